// How large the package may become before somebody must say that it is worth it. Bytes.

/**
 * One addon, and what it adds to the tarball. Every release has eight of them. The server's semantics are 0.8 MB of it: the tables
 * of Unicode, the server's engine for patterns, dates and time zones.
 */
const ADDON = { unpacked: 6_000_000, packed: 2_900_000 }

/** Everything else: JavaScript, types, documents. The subpaths `caches`, `openfeature` and `testing` are 70 KB of it, with their types. */
const REST = { unpacked: 800_000, packed: 230_000 }

/**
 * @param {Pick<import('./tarball.mjs').Packed, 'files' | 'tarballBytes' | 'unpackedBytes'>} packed
 * @returns {string[]} what exceeds its budget
 */
export function overBudget({ files, tarballBytes, unpackedBytes }) {
  const addons = files.filter(({ name }) => name.endsWith('.node'))
  const rest = unpackedBytes - addons.reduce((sum, { bytes }) => sum + bytes, 0)
  return [
    ...addons.map(({ name, bytes }) => excess(name, bytes, ADDON.unpacked)),
    excess('everything but the addons', rest, REST.unpacked),
    excess('the tarball', tarballBytes, REST.packed + addons.length * ADDON.packed),
  ].filter((text) => text !== undefined)
}

/**
 * @param {string} what
 * @param {number} bytes
 * @param {number} budget
 */
function excess(what, bytes, budget) {
  return bytes > budget ? `${what}: expected at most ${budget} bytes, it has ${bytes}` : undefined
}
