/** Which known names a mistyped word is close to, by how many letters are wrong; nearest first. */

const namesMax = 5
/** Longer than every name there is. */
const wordMax = 200

/** Names within about a third of the word's length, counting a name's hyphenated parts as well. */
export function nearestNames(word: string, names: readonly string[]): readonly string[] {
  if (word.length > wordMax) return []
  const allowed = Math.max(1, Math.floor(word.length / 3))
  return names
    .map((name) => [name, distanceToName(word, name)] as const)
    .filter(([, distance]) => distance <= allowed)
    .toSorted(([, a], [, b]) => a - b)
    .slice(0, namesMax)
    .map(([name]) => name)
}

function distanceToName(word: string, name: string): number {
  const parts = name.split("-").filter((part) => part.length > 2)
  return Math.min(...[name, ...parts].map((text) => distanceOf(word, text)))
}

/** Fewest insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function distanceOf(a: string, b: string): number {
  let twoBefore: readonly number[] = []
  let before = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? (twoBefore[j - 2] ?? 0) + 1 : replaced
      row.push(Math.min(replaced, swapped, (before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    twoBefore = before
    before = row
  }
  return before[b.length] ?? 0
}
