// The comparison with other products as a table.
import report from './report.js'

/**
 * @param {import('./results.mjs').PeerResult[]} peers
 * @returns {import('./tables.mjs').Table}
 */
export function peerTable(peers) {
  return {
    title: '50 % rollout and one condition, alone and 100 of them',
    head: ['', 'version', '1 flag', 'p99', '100 flags', 'p99', 'split', 'how'],
    rows: peers.map(({ name, version, one, all, share, how }) => [
      ...[name, version],
      ...[one.ns, one.p99Ns, all.ns, all.p99Ns].map(report.duration),
      ...[share.toFixed(3), how],
    ]),
  }
}
