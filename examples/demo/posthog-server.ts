// A stand-in for PostHog on loopback: flag definitions with ETags, and the capture endpoint.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** A project that the server knows, by its public token. */
export interface Project {
  token: string
  secretKey: string
  /** The definitions document, as JSON text. */
  definitions: string
}

/** One captured event, as far as the demo looks at it. */
export interface CapturedEvent {
  event: string
  distinct_id: string
  properties: Record<string, unknown>
}

/** Speaks as much of PostHog's HTTP API as a client with local evaluation uses. */
export class PostHogServer {
  /** Events received, by project token. */
  private readonly events = new Map<string, CapturedEvent[]>()
  private readonly projects: Map<string, Project>
  private readonly server: Server

  constructor(projects: Project[]) {
    this.projects = new Map(projects.map((project) => [project.token, project]))
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        respond(response, 400, { error: error instanceof Error ? error.message : String(error) })
      })
    })
  }

  /** Starts listening on a free port of loopback and returns the URL to give to clients as `host`. */
  async start(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(0, '127.0.0.1', resolve)
    })
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    this.server.closeAllConnections()
    await closed
  }

  /** Hands over the events received since the last call. */
  takeEvents(token: string): CapturedEvent[] {
    const taken = this.events.get(token) ?? []
    this.events.delete(token)
    return taken
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://loopback')
    if (request.method === 'GET' && url.pathname === '/flags/definitions') {
      this.answerDefinitions(request, response, url.searchParams.get('token') ?? '')
    } else if (request.method === 'POST' && url.pathname === '/batch/') {
      await this.answerBatch(request, response)
    } else {
      respond(response, 404, { error: `no such endpoint: ${request.method} ${url.pathname}` })
    }
  }

  private answerDefinitions(request: IncomingMessage, response: ServerResponse, token: string): void {
    const project = this.projects.get(token)
    if (project === undefined || !sameSecret(request.headers.authorization, `Bearer ${project.secretKey}`)) {
      respond(response, 401, { type: 'authentication_error', code: 'invalid_api_key' })
      return
    }
    const etag = `W/"${createHash('sha256').update(project.definitions).digest('hex').slice(0, 32)}"`
    response.setHeader('ETag', etag)
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end()
      return
    }
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(project.definitions)
  }

  private async answerBatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) {
      chunks.push(chunk as Buffer)
    }
    const body = Buffer.concat(chunks)
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const { api_key: token, batch } = JSON.parse(text.toString()) as { api_key: string; batch: CapturedEvent[] }
    if (!this.projects.has(token)) {
      respond(response, 401, { type: 'authentication_error', code: 'invalid_api_key' })
      return
    }
    this.events.set(token, [...(this.events.get(token) ?? []), ...batch])
    respond(response, 200, { status: 'Ok' })
  }
}

function respond(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

function sameSecret(received: string | undefined, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(received ?? ''), digest(expected))
}
