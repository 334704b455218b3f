/**
 * Chosen fields of a line of key=value pairs in one pass, without a string for any other field. Values end at a blank or
 * a comma, or stand in double quotes, in which a backslash guards the next character.
 */

const namesMax = 64

export class KeyValues {
  readonly #names: readonly string[]
  /** By a mix of length, first and last letter: the first name with that mix, and the next one by name. */
  readonly #heads = new Int16Array(512).fill(-1)
  readonly #nexts: Int16Array
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  #text = ""

  constructor(names: readonly string[]) {
    this.#names = names.slice(0, namesMax)
    this.#nexts = new Int16Array(namesMax).fill(-1)
    this.#starts = new Int32Array(namesMax)
    this.#ends = new Int32Array(namesMax)
    for (const [index, name] of this.#names.entries()) {
      const mix = mixOf(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1))
      this.#nexts[index] = this.#heads[mix] ?? -1
      this.#heads[mix] = index
    }
  }

  /** Finds the fields of a line from that offset on; how many of the names it has. */
  scan(text: string, from = 0): number {
    this.#text = text
    this.#starts.fill(-1)
    let found = 0
    let at = from
    for (;;) {
      const equals = text.indexOf("=", at)
      if (equals < 0) return found
      const keyStart = keyStartOf(text, equals, at)
      const isQuoted = text.charCodeAt(equals + 1) === 34
      const start = isQuoted ? equals + 2 : equals + 1
      const end = isQuoted ? quoteEnd(text, start) : wordEnd(text, start)
      const index = this.#indexOf(text, keyStart, equals)
      if (index >= 0 && this.#starts[index] === -1) {
        this.#starts[index] = start
        this.#ends[index] = end
        found++
      }
      at = isQuoted ? end + 1 : end
      if (at >= text.length) return found
    }
  }

  /** The field's text; "" where the line has none. */
  text(index: number): string {
    const start = this.#starts[index] ?? -1
    return start < 0 ? "" : this.#text.slice(start, this.#ends[index])
  }

  /** The field's number; −1 where the line has none or it is no whole number. */
  number(index: number): number {
    const start = this.#starts[index] ?? -1
    const end = this.#ends[index] ?? 0
    if (start < 0 || start === end || end - start > 15) return -1
    let value = 0
    for (let at = start; at < end; at++) {
      const code = this.#text.charCodeAt(at)
      if (code < 48 || code > 57) return -1
      value = value * 10 + code - 48
    }
    return value
  }

  #indexOf(text: string, start: number, end: number): number {
    const length = end - start
    if (length <= 0) return -1
    const mix = mixOf(length, text.charCodeAt(start), text.charCodeAt(end - 1))
    for (let index = this.#heads[mix] ?? -1; index >= 0; index = this.#nexts[index] ?? -1) {
      const name = this.#names[index] ?? ""
      if (name.length === length && text.startsWith(name, start)) return index
    }
    return -1
  }
}

function mixOf(length: number, first: number, last: number): number {
  return (length * 29 + first * 7 + last * 3) & 511
}

/** Where the key begins whose equals sign stands there: behind a blank or comma. */
function keyStartOf(text: string, equals: number, from: number): number {
  let at = equals
  while (at > from) {
    const code = text.charCodeAt(at - 1)
    if (code === 32 || code === 44 || code === 9 || code === 59) break
    at--
  }
  return at
}

function wordEnd(text: string, start: number): number {
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 32 || code === 44 || code === 9) break
  }
  return at
}

function quoteEnd(text: string, start: number): number {
  let at = start
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return text.length
    if (text.charCodeAt(quote - 1) !== 92) return quote
    at = quote + 1
  }
}
