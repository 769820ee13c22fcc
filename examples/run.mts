// `npm run example express`: starts a stand-in for PostHog, runs the example beside it, asks it once and ends it.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { PostHogServer } from './demo/posthog-server.js'

interface Example {
  /** What Node runs. */
  args: string[]
  /** Packages that are no part of this repository; they are installed without being saved. */
  packages?: string[]
  env?: Record<string, string>
}

const EXAMPLES: Record<string, Example> = {
  cluster: { args: ['cluster/main.mjs'] },
  express: { args: ['express/server.mjs'], packages: ['express@5'] },
  lambda: { args: ['--input-type=module', '-e', callHandler()] },
  nestjs: {
    args: ['--import', 'tsx', 'nestjs/main.mts'],
    packages: ['@nestjs/common@11', '@nestjs/core@11', '@nestjs/platform-express@11', 'reflect-metadata', 'rxjs@7'],
    env: { TSX_TSCONFIG_PATH: fileURLToPath(new URL('nestjs/tsconfig.json', import.meta.url)) },
  },
  'worker-threads': { args: ['worker-threads/main.mjs'] },
}

const name = process.argv[2] ?? ''
const example = Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined
if (example === undefined) {
  console.error(`expected one of: ${Object.keys(EXAMPLES).join(', ')}. Received: ${name || 'nothing'}`)
  process.exit(2)
}
installPackages(example.packages ?? [])

/** Half of those who pay see a wide page. */
const checkoutLayout = {
  key: 'checkout-layout',
  active: true,
  filters: {
    groups: [
      { properties: [{ key: 'plan', type: 'person', operator: 'exact', value: ['pro'] }], rollout_percentage: 100 },
    ],
    multivariate: {
      variants: [
        { key: 'wide', rollout_percentage: 50 },
        { key: 'narrow', rollout_percentage: 50 },
      ],
    },
  },
}
const definitions = JSON.stringify({ flags: [checkoutLayout], group_type_mapping: {}, cohorts: {} })
const server = new PostHogServer([{ token: 'phc_example', secretKey: 'phs_example', definitions }])
const env = {
  POSTHOG_HOST: await server.start(),
  POSTHOG_PROJECT_KEY: 'phc_example',
  POSTHOG_SECRET_KEY: 'phs_example',
  PORT: '0',
}
const child = spawn(process.execPath, example.args, {
  cwd: fileURLToPath(new URL('.', import.meta.url)),
  env: { ...process.env, ...env, ...example.env },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const ended = once(child, 'exit')
for await (const line of createInterface(child.stdout)) {
  console.log(line)
  if (line.startsWith('http://') && !child.killed) {
    const response = await fetch(line)
    console.log(await response.text())
    child.kill('SIGTERM')
  }
}
const [code, signal] = await ended
await server.stop()
process.exitCode = code ?? (signal === 'SIGTERM' ? 0 : 1)

/** What AWS does with a handler. */
function callHandler(): string {
  return `import { handler } from './lambda/handler.mjs'
    console.log(JSON.stringify(await handler({ queryStringParameters: { user: 'user-17', plan: 'pro' } })))`
}

function installPackages(packages: string[]): void {
  const require = createRequire(import.meta.url)
  const missing = packages.filter((name) => {
    try {
      return require.resolve(name.replace(/(?<=.)@.*/, '')) === ''
    } catch {
      return true
    }
  })
  if (missing.length > 0) {
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', ...packages]
    spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' })
  }
}
