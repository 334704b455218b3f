/**
 * Which of many words stand in a line, asked in one pass over it: the cheap question before the dear ones that
 * readers ask. Three characters in a row choose the words that are compared. Upper and lower case are one, all blanks
 * are one, and a run of digits is one digit: the word "(0: " stands in "(111: Connection refused".
 *
 * Cost: about 1 ns a character, whatever the number of words.
 */

const gramLength = 3
const classBits = 6
const gramMask = (1 << (classBits * gramLength)) - 1
const digit = 27
/** How often characters stand in log text, the most frequent first: a rare gram is compared less often. */
const frequent = " etaoinsrlcdpmu0hg.:=-fbk_/vy"

/** Letters 1 to 26 in either case, digits 27, blanks 28, the rest of ASCII one each. */
const classes = classTable()

type Word = {
  readonly folded: readonly number[]
  /** Where in the word the gram ends by which it is found. */
  readonly gramEnd: number
  readonly bits: number
}

export class WordGate {
  /** 1 where a gram begins a comparison. */
  readonly #isGram = new Uint8Array(gramMask + 1)
  readonly #words = new Map<number, Word[]>()
  /** All bits: the answer for a line with characters that are not of ASCII. */
  readonly #all: number

  /** At most 31 sets of words, each of at least three characters of ASCII; a set's number is its bit. */
  constructor(sets: readonly (readonly string[])[]) {
    if (sets.length > 31) throw new RangeError("A gate has at most 31 sets of words")
    this.#all = sets.length === 31 ? 0x7fffffff : (1 << sets.length) - 1
    for (const [set, words] of sets.entries()) {
      const bit = 1 << set
      // Short ones first: a word that has another of its set in it adds nothing.
      for (const word of [...words].sort((a, b) => a.length - b.length)) {
        if ((this.find(word) & bit) === 0) this.#add(word, bit)
      }
    }
  }

  /** The bits of the sets of which a word stands in the line; all where not all of it is ASCII. */
  find(line: string): number {
    const isGram = this.#isGram
    let found = 0
    let gram = 0
    for (let at = 0; at < line.length; at++) {
      const code = line.charCodeAt(at)
      if (code > 127) return this.#all
      const kind = classes[code] ?? 0
      if (kind === digit && (gram & 63) === digit) continue
      gram = ((gram << classBits) | kind) & gramMask
      if (isGram[gram] === 1) found |= this.#bitsAt(line, at, gram, found)
    }
    return found
  }

  #add(word: string, bits: number): void {
    const folded = fold(word)
    if (folded.length < gramLength) throw new RangeError(`A word of a gate is too short: "${word}"`)
    const gramEnd = rarestGram(folded)
    const gram = gramAt(folded, gramEnd)
    this.#isGram[gram] = 1
    const known = this.#words.get(gram) ?? []
    const same = known.findIndex((each) => each.folded.join() === folded.join())
    const before = known[same]
    if (before === undefined) known.push({ folded, gramEnd, bits })
    else known[same] = { ...before, bits: before.bits | bits }
    this.#words.set(gram, known)
  }

  /** Those of the words with that gram that stand around it, and whose bits are not yet found. */
  #bitsAt(line: string, at: number, gram: number, found: number): number {
    let bits = 0
    for (const word of this.#words.get(gram) ?? []) {
      if ((word.bits & ~found) !== 0 && stands(word, line, at)) bits |= word.bits
    }
    return bits
  }
}

/** Whether the word stands in the line with the end of its gram there. */
function stands({ folded, gramEnd }: Word, line: string, end: number): boolean {
  let at = end
  for (let index = gramEnd; index >= 0; index--) {
    const kind = kindAt(line, at)
    if (kind !== folded[index]) return false
    at--
    while (kind === digit && kindAt(line, at) === digit) at--
  }
  at = end
  for (let index = gramEnd; index < folded.length; index++) {
    const kind = kindAt(line, at)
    if (kind !== folded[index]) return false
    at++
    while (kind === digit && kindAt(line, at) === digit) at++
  }
  return true
}

function kindAt(line: string, at: number): number {
  const code = line.charCodeAt(at)
  return code <= 127 ? (classes[code] ?? 0) : 0
}

function fold(word: string): readonly number[] {
  const folded: number[] = []
  for (let at = 0; at < word.length; at++) {
    const kind = kindAt(word, at)
    if (kind === 0) throw new RangeError(`A word of a gate is not printable ASCII: "${word}"`)
    if (kind !== digit || folded.at(-1) !== digit) folded.push(kind)
  }
  return folded
}

function rarestGram(folded: readonly number[]): number {
  let best = gramLength - 1
  for (let end = gramLength; end < folded.length; end++) {
    if (rarity(folded, end) > rarity(folded, best)) best = end
  }
  return best
}

const rarities = rarityTable()

function rarity(folded: readonly number[], end: number): number {
  let sum = 0
  for (const kind of folded.slice(end + 1 - gramLength, end + 1)) sum += rarities[kind] ?? 0
  return sum
}

function gramAt(folded: readonly number[], end: number): number {
  let gram = 0
  for (const kind of folded.slice(end + 1 - gramLength, end + 1)) gram = (gram << classBits) | kind
  return gram
}

function classTable(): Uint8Array {
  const table = new Uint8Array(128)
  let next = digit + 2
  for (let code = 9; code < 127; code++) {
    const lower = code | 32
    if (lower >= 97 && lower <= 122 && code >= 65) table[code] = lower - 96
    else if (code >= 48 && code <= 57) table[code] = digit
    else if (code <= 13 || code === 32) table[code] = digit + 1
    else if (code > 32) table[code] = next++
  }
  return table
}

function rarityTable(): Uint8Array {
  const table = new Uint8Array(64).fill(frequent.length)
  for (const [rank, character] of [...frequent].entries()) {
    table[classes[character.charCodeAt(0)] ?? 0] = rank
  }
  return table
}
