'use strict'

/** What must not be seen anywhere. The values of a person's properties all contain the same word. */
const SECRETS = {
  secretKey: 'phs_Kq7ZsecretKey',
  projectToken: 'phc_Wt4ZprojectToken',
  personProperty: 'Xv9ZpersonProperty',
}

/**
 * The secrets in a text: as they are, as JSON or a URL would write them, or in base64.
 *
 * @param {string} text
 * @returns {string[]} their names
 */
function secretsIn(text) {
  return Object.entries(SECRETS)
    .filter(([, secret]) => {
      // Of base64 the middle, which does not depend on what stands before and after.
      const encoded = [0, 1, 2].map((shift) =>
        Buffer.from(' '.repeat(shift) + secret)
          .toString('base64')
          .slice(4, -4)
      )
      return [secret, ...encoded].some((form) => text.includes(form))
    })
    .map(([name]) => name)
}

module.exports = { SECRETS, secretsIn }
