// Keeps what a long run has measured, so that it can be made in pieces.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** @typedef {import('./results.mjs').Results} Results */

const FILE = path.join(import.meta.dirname, '../../..', 'target', 'bench-run.json')

/** The measurements of one commit on one machine. */
export class SavedRun {
  /**
   * @param {import('./results.mjs').Circumstances & { rounds: number }} about
   * @param {{ resume: boolean, within: number }} options seconds, after which nothing more is measured
   */
  constructor(about, { resume, within }) {
    this._of = JSON.stringify(about)
    this._resume = resume
    this._until = performance.now() + within * 1000
    /** @type {Record<string, Partial<Results>>} */
    this._measured = {}
    /** How many measurements are still to be made. */
    this.left = 0
    if (resume && existsSync(FILE)) {
      const { of, measured } = JSON.parse(readFileSync(FILE, 'utf8'))
      this._measured = of === this._of ? measured : {}
    }
  }

  /**
   * @param {string} title
   * @param {() => Promise<Partial<Results>>} measure
   * @returns {Promise<Partial<Results>>} what was measured, now or earlier; nothing once the time is over
   */
  async takeOr(title, measure) {
    if (this._measured[title] === undefined) {
      if (performance.now() > this._until) {
        this.left++
        return {}
      }
      this._measured[title] = await measure()
      if (this._resume) {
        mkdirSync(path.dirname(FILE), { recursive: true })
        writeFileSync(FILE, JSON.stringify({ of: this._of, measured: this._measured }))
      }
    }
    return this._measured[title]
  }
}
