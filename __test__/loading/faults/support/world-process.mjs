// Runs one world to its end.
import { World } from './world.mjs'

// What posthog-node says to users of methods that are old, and of quotas.
console.warn = () => {}
console.error = () => {}
try {
  const world = await World.start(JSON.parse(process.argv[2]))
  const result = await world.run()
  await new Promise((resolve) => process.send?.({ result }, resolve))
} catch (error) {
  process.stderr.write(`${error?.stack ?? error}\n`)
  process.exitCode = 1
}
// Whatever is left of a world that failed.
process.exit()
