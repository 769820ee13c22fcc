// What a command says of itself: the comment at the head of its script.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Prints that comment and ends the process, if the command was given `--help`.
 *
 * @param {string} url `import.meta.url` of the script
 */
export function helpIfAsked(url) {
  if (process.argv.includes('--help')) {
    const lines = readFileSync(fileURLToPath(url), 'utf8').split('\n')
    const end = lines.findIndex((line) => !line.startsWith('//'))
    console.log(
      lines
        .slice(0, end)
        .map((line) => line.replace(/^\/\/ ?/, ''))
        .join('\n')
    )
    process.exit()
  }
}
