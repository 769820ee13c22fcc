// Copies what the program needs, as tools that make function archives do, to the folder `traced`.
import { cpSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { nodeFileTrace } from '@vercel/nft'

const { fileList } = await nodeFileTrace(['app.mjs'])
for (const file of fileList) {
  const copy = path.join('traced', file)
  mkdirSync(path.dirname(copy), { recursive: true })
  // As it is: pnpm's folders are links.
  cpSync(file, copy, { dereference: false, verbatimSymlinks: true })
}
