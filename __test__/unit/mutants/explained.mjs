// Faults in lib/ that no test can notice, and why. A place is known by its file and the text of its line; without `mutants`, what
// StrykerJS puts in the place of something there, all that it plants in that line is meant.

/** @param {string} file @param {string} why @param {...(string | [text: string, ...mutants: string[]])} places */
const places = (file, why, ...places) =>
  places.map((place) => {
    const [text, ...mutants] = Array.isArray(place) ? place : [place]
    return { file, why, text, mutants: mutants.length > 0 ? mutants : undefined }
  })

/** @type {{ file: string, text: string, mutants?: string[], why: string }[]} */
export const EXPLAINED = [
  ...places(
    'lib/evaluation/evaluation-context.js',
    'the empty person is no proxy: whether there is a person is asked first because it is quick',
    ['if (person !== NOTHING && isProxy(person)) {', 'true']
  ),
]
