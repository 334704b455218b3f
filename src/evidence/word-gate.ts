/**
 * Which of many words stand in a line, asked in one pass over its bytes: the cheap question before the dear ones that
 * readers ask. Three characters in a row choose the words that are compared. Upper and lower case are one, all blanks
 * are one, and a run of digits is one digit: the word "(0: " stands in "(111: Connection refused".
 *
 * Cost: about 1.5 ns a byte, whatever the number of words.
 */

const gramLength = 3
const classBits = 6
const gramMask = (1 << (classBits * gramLength)) - 1
const digit = 27
const lineFeed = 10
/** Sets are told by bits, so many in a number. */
const setsPerNumber = 31
/** How often characters stand in log text, the most frequent first: a rare gram is compared less often. */
const frequent = " etaoinsrlcdpmu0hg.:=-fbk_/vy"

/** Letters 1 to 26 in either case, digits 27, blanks 28, the rest of ASCII one each; 0 for what is no text. */
const classes = classTable()

type Word = {
  readonly folded: Uint8Array
  /** Where in the word the gram ends by which it is found. */
  readonly gramEnd: number
  readonly set: number
}

export class WordGate {
  /** 1 where a gram begins a comparison. */
  readonly #isGram = new Uint8Array(gramMask + 1)
  readonly #words = new Map<number, Word[]>()
  /** The sets of which a word was in the line that was scanned last, as bits (hasSet). */
  readonly found: Int32Array

  /** Each word has at least three characters of ASCII; a set is known by its number. */
  constructor(sets: readonly (readonly string[])[]) {
    this.found = new Int32Array(Math.ceil(Math.max(1, sets.length) / setsPerNumber))
    const text = new LineBytes()
    for (const [set, words] of sets.entries()) {
      // Short ones first: a word that has another of its set in it adds nothing.
      for (const word of [...words].sort((a, b) => a.length - b.length)) {
        const length = text.encode(word)
        if (length >= 0) this.scan(text.bytes, 0, length)
        if (!hasSet(this.found, set)) this.#add(word, set)
      }
    }
  }

  /** Notes in `found` which sets have a word in those bytes; false where they are not all ASCII. */
  scan(bytes: Uint8Array, from: number, to: number): boolean {
    const isGram = this.#isGram
    this.found.fill(0)
    let gram = 0
    for (let at = from; at < to; at++) {
      const kind = classes[bytes[at] ?? 0] ?? 0
      if (kind === 0) return false
      if (kind === digit && (gram & 63) === digit) continue
      gram = ((gram << classBits) | kind) & gramMask
      if (isGram[gram] === 1) this.#note(bytes, from, to, at, gram)
    }
    return true
  }

  /**
   * Where the line that begins there ends, at its line feed, if none of those sets has a word in it; −1 if one may:
   * also where the line is not all ASCII or does not end before `to`.
   */
  endWithout(sets: Int32Array, bytes: Uint8Array, from: number, to: number): number {
    const isGram = this.#isGram
    let gram = 0
    for (let at = from; at < to; at++) {
      const code = bytes[at] ?? 0
      if (code === lineFeed) return at
      const kind = classes[code] ?? 0
      if (kind === 0) return -1
      if (kind === digit && (gram & 63) === digit) continue
      gram = ((gram << classBits) | kind) & gramMask
      if (isGram[gram] === 1 && this.#isAny(sets, bytes, from, to, at, gram)) return -1
    }
    return -1
  }

  #add(word: string, set: number): void {
    const folded = fold(word)
    if (folded.length < gramLength) throw new RangeError(`A word of a gate is too short: "${word}"`)
    const gramEnd = rarestGram(folded)
    const gram = gramAt(folded, gramEnd)
    this.#isGram[gram] = 1
    const known = this.#words.get(gram)
    const added = { folded, gramEnd, set }
    if (known === undefined) this.#words.set(gram, [added])
    else known.push(added)
  }

  #note(bytes: Uint8Array, from: number, to: number, at: number, gram: number): void {
    for (const word of this.#words.get(gram) ?? []) {
      if (hasSet(this.found, word.set) || !stands(word, bytes, from, to, at)) continue
      const index = Math.floor(word.set / setsPerNumber)
      this.found[index] = (this.found[index] ?? 0) | (1 << (word.set % setsPerNumber))
    }
  }

  #isAny(
    sets: Int32Array,
    bytes: Uint8Array,
    from: number,
    to: number,
    at: number,
    gram: number,
  ): boolean {
    for (const word of this.#words.get(gram) ?? []) {
      if (hasSet(sets, word.set) && stands(word, bytes, from, to, at)) return true
    }
    return false
  }
}

/** A gate of one set, for lines as texts. */
export class WordFilter {
  readonly #gate: WordGate
  readonly #line = new LineBytes()

  constructor(words: readonly string[]) {
    this.#gate = new WordGate([words])
  }

  /** Whether one of the words may stand in the line: true too where that is not all ASCII. */
  mayHave(line: string): boolean {
    const length = this.#line.encode(line)
    if (length < 0 || !this.#gate.scan(this.#line.bytes, 0, length)) return true
    return this.#gate.found[0] !== 0
  }
}

const encodedMax = 1 << 16

/** The bytes of a line that is a text; the same buffer is used again. */
export class LineBytes {
  readonly #encoder = new TextEncoder()
  readonly bytes = new Uint8Array(encodedMax)

  /** How many bytes; −1 where the line is not all ASCII, or longer than 64 KiB. */
  encode(line: string): number {
    if (line.length > encodedMax) return -1
    const { read, written } = this.#encoder.encodeInto(line, this.bytes)
    return read === line.length && written === line.length ? written : -1
  }

  /** The first characters, at most so many, those above ASCII as 255: how many. */
  encodeHead(line: string, most: number): number {
    const length = Math.min(line.length, most)
    for (let at = 0; at < length; at++) this.bytes[at] = Math.min(line.charCodeAt(at), 255)
    return length
  }
}

/** Whether that set is among those that the bits tell. */
export function hasSet(sets: Int32Array, set: number): boolean {
  const bits = sets[Math.floor(set / setsPerNumber)] ?? 0
  return (bits & (1 << (set % setsPerNumber))) !== 0
}

/** The bits of some sets, of `count` in all. */
export function setsOf(numbers: readonly number[], count: number): Int32Array {
  const sets = new Int32Array(Math.ceil(Math.max(1, count) / setsPerNumber))
  for (const set of numbers) {
    const index = Math.floor(set / setsPerNumber)
    sets[index] = (sets[index] ?? 0) | (1 << (set % setsPerNumber))
  }
  return sets
}

/** Whether the word stands in bytes[from, to) with the end of its gram there. */
function stands(
  { folded, gramEnd }: Word,
  bytes: Uint8Array,
  from: number,
  to: number,
  end: number,
): boolean {
  let at = end
  for (let index = gramEnd; index >= 0; index--) {
    if (at < from) return false
    const kind = classes[bytes[at] ?? 0]
    if (kind !== folded[index]) return false
    at--
    while (kind === digit && at >= from && classes[bytes[at] ?? 0] === digit) at--
  }
  at = end
  for (let index = gramEnd; index < folded.length; index++) {
    if (at >= to) return false
    const kind = classes[bytes[at] ?? 0]
    if (kind !== folded[index]) return false
    at++
    while (kind === digit && at < to && classes[bytes[at] ?? 0] === digit) at++
  }
  return true
}

function fold(word: string): Uint8Array {
  const folded: number[] = []
  for (let at = 0; at < word.length; at++) {
    const kind = classes[word.charCodeAt(at)] ?? 0
    if (kind === 0) throw new RangeError(`A word of a gate is not printable ASCII: "${word}"`)
    if (kind !== digit || folded.at(-1) !== digit) folded.push(kind)
  }
  return Uint8Array.from(folded)
}

function rarestGram(folded: Uint8Array): number {
  let best = gramLength - 1
  for (let end = gramLength; end < folded.length; end++) {
    if (rarity(folded, end) > rarity(folded, best)) best = end
  }
  return best
}

const rarities = rarityTable()

function rarity(folded: Uint8Array, end: number): number {
  let sum = 0
  for (const kind of folded.subarray(end + 1 - gramLength, end + 1)) sum += rarities[kind] ?? 0
  return sum
}

function gramAt(folded: Uint8Array, end: number): number {
  let gram = 0
  for (const kind of folded.subarray(end + 1 - gramLength, end + 1)) {
    gram = (gram << classBits) | kind
  }
  return gram
}

function classTable(): Uint8Array {
  const table = new Uint8Array(256)
  let next = digit + 2
  for (let code = 9; code < 127; code++) {
    const lower = code | 32
    if (lower >= 97 && lower <= 122 && code >= 65) table[code] = lower - 96
    else if (code >= 48 && code <= 57) table[code] = digit
    else if (code <= 13 || code === 32) table[code] = digit + 1
    else if (code > 32) table[code] = next++
  }
  // Escapes of terminals are text.
  table[27] = next
  return table
}

function rarityTable(): Uint8Array {
  const table = new Uint8Array(64).fill(frequent.length)
  for (const [rank, character] of [...frequent].entries()) {
    table[classes[character.charCodeAt(0)] ?? 0] = rank
  }
  return table
}
