/**
 * Addresses ↔ small numbers, like the Interner of socket-table.ts. An IPv4 address is kept as its 32 bits and becomes a
 * text only when somebody asks: a listing may have a million of them (a scan, a flood), and a million texts cost more
 * than all columns of the table.
 */

const slotsMin = 128
const memoBits = 10

export class Addresses {
  /** By number: the 32 bits of an IPv4 address, where `#kinds` is 1. */
  #words = new Int32Array(slotsMin / 2)
  #kinds = new Uint8Array(slotsMin / 2)
  /** Open addressing by the 32 bits; 0 = empty, since number 0 is the empty text. At most half full. */
  #slots = new Int32Array(slotsMin)
  readonly #ids = new Map<string, number>([["", 0]])
  readonly #texts = new Map<number, string>([[0, ""]])
  #size = 1
  /** Texts made lately, by the low bits of their numbers. */
  readonly #madeIds = new Int32Array(1 << memoBits)
  readonly #made: string[] = new Array<string>(1 << memoBits).fill("")

  /** The number of an address or name; number 0 is always the empty text. */
  idOf(text: string): number {
    const word = wordOf(text)
    if (word >= 0) return this.idOfIpv4(word)
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const id = this.#add(0, 0)
    // A slice of a large chunk keeps the whole chunk alive in V8: copy it.
    const copy = ` ${text}`.slice(1)
    this.#ids.set(copy, id)
    this.#texts.set(id, copy)
    return id
  }

  /** The number of an IPv4 address given as its 32 bits, first octet highest. */
  idOfIpv4(word: number): number {
    const key = word | 0
    const slot = this.#slotOf(key)
    const known = this.#slots[slot] ?? 0
    if (known !== 0) return known
    const id = this.#add(key, 1)
    this.#slots[slot] = id
    if (2 * id > this.#slots.length) this.#widen()
    return id
  }

  /** The text of a number; empty for one that was never given. */
  textOf(id: number): string {
    if (this.#kinds[id] !== 1) return this.#texts.get(id) ?? ""
    const place = id & ((1 << memoBits) - 1)
    if (this.#madeIds[place] !== id) {
      this.#madeIds[place] = id
      this.#made[place] = formatIpv4(this.#words[id] ?? 0)
    }
    return this.#made[place] ?? ""
  }

  /** The 32 bits (0 and up) of a number that is an IPv4 address; -1 for any other. */
  ipv4Of(id: number): number {
    return this.#kinds[id] === 1 ? (this.#words[id] ?? 0) >>> 0 : -1
  }

  /** The number of a text already seen; undefined otherwise. */
  find(text: string): number | undefined {
    const word = wordOf(text)
    if (word < 0) return this.#ids.get(text)
    const id = this.#slots[this.#slotOf(word | 0)] ?? 0
    return id === 0 ? undefined : id
  }

  get size(): number {
    return this.#size
  }

  /** All texts in the order of their numbers. */
  texts(): readonly string[] {
    return Array.from({ length: this.#size }, (_, id) => this.textOf(id))
  }

  #add(word: number, kind: number): number {
    const id = this.#size++
    if (id >= this.#words.length) {
      const [words, kinds] = [this.#words, this.#kinds]
      this.#words = new Int32Array(2 * words.length)
      this.#words.set(words)
      this.#kinds = new Uint8Array(2 * kinds.length)
      this.#kinds.set(kinds)
    }
    this.#words[id] = word
    this.#kinds[id] = kind
    return id
  }

  /** Where the address stands, or the empty slot where it would. */
  #slotOf(key: number): number {
    const mask = this.#slots.length - 1
    const hash = Math.imul(key, 0x9e3779b1)
    let slot = (hash ^ (hash >>> 15)) & mask
    for (let id = this.#slots[slot] ?? 0; id !== 0; id = this.#slots[slot] ?? 0) {
      if (this.#words[id] === key) break
      slot = (slot + 1) & mask
    }
    return slot
  }

  #widen(): void {
    this.#slots = new Int32Array(2 * this.#slots.length)
    for (let id = 1; id < this.#size; id++) {
      if (this.#kinds[id] === 1) this.#slots[this.#slotOf(this.#words[id] ?? 0)] = id
    }
  }
}

function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
}

/** The 32 bits of a dotted quad in the one way it is formatted; -1 for any other text. */
function wordOf(text: string): number {
  if (text.length < 7 || text.length > 15) return -1
  let word = 0
  let octet = 0
  let digits = 0
  let dots = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 46) {
      if (digits === 0 || dots === 3) return -1
      word = word * 256 + octet
      octet = 0
      digits = 0
      dots++
      continue
    }
    if (code < 48 || code > 57 || (digits > 0 && octet === 0)) return -1
    octet = octet * 10 + code - 48
    digits++
    if (octet > 255) return -1
  }
  return dots === 3 && digits > 0 ? word * 256 + octet : -1
}
