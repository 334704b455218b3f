/** Words of a listing as bytes → small numbers: each is decoded once and compared in place from then on. */
import { type State, stateCode } from "../model/state.ts"

const bytesOf = new TextEncoder()
const textOf = new TextDecoder()
/** State words that begin with the same letter; more are left to the ordinary way. */
const candidatesMax = 12
const wordLengthMax = 40
const arenaBytes = 1 << 21

type StateWord = { readonly bytes: Uint8Array; readonly code: number }

/** The state column: bytes → state code. */
export class StateWords {
  /** The code of the last scan that succeeded. */
  code = 0
  readonly #resolve: (word: string) => State | undefined
  readonly #byFirst: StateWord[][] = Array.from({ length: 128 }, () => [])

  constructor(resolve: (word: string) => State | undefined) {
    this.#resolve = resolve
  }

  /** The offset after the state word that begins at `start`, or -1 when it is none. */
  scan(bytes: Uint8Array, start: number): number {
    const words = this.#byFirst[bytes[start] ?? 0]
    if (words === undefined) return -1
    for (let index = 0; index < words.length; index++) {
      const word = words[index]
      if (word === undefined) break
      const { length } = word.bytes
      let same = 1
      while (same < length && bytes[start + same] === word.bytes[same]) same++
      if (same < length || (bytes[start + length] ?? 0) > 32) continue
      this.code = word.code
      return start + length
    }
    return this.#learn(bytes, start, words)
  }

  #learn(bytes: Uint8Array, start: number, words: StateWord[]): number {
    let end = start
    while (end - start < wordLengthMax && (bytes[end] ?? 0) > 32 && (bytes[end] ?? 0) < 127) end++
    if (end === start || (bytes[end] ?? 0) > 32 || words.length >= candidatesMax) return -1
    const word = textOf.decode(bytes.subarray(start, end))
    const state = this.#resolve(word)
    if (state === undefined) return -1
    this.code = stateCode(state)
    words.push({ bytes: bytesOf.encode(word), code: this.code })
    return end
  }
}

type Span = { readonly from: number; readonly to: number }

/** Any words: bytes → number, by a hash table that keeps the bytes. */
export class WordIds {
  #starts = new Int32Array(256)
  #lengths = new Int32Array(256)
  #ids = new Int32Array(256)
  #count = 0
  #arena = new Uint8Array(4096)
  #used = 0

  /**
   * The number of the word bytes[from, to); `make` is asked once for each word, and what it gives is kept (unless
   * it is 0) as long as there is room.
   */
  idOf(bytes: Uint8Array, span: Span, make: (word: string) => number): number {
    const { from, to } = span
    let hash = to - from
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
    let slot = this.#first(hash)
    for (;;) {
      const id = this.#ids[slot] ?? 0
      if (id === 0) break
      if (this.#isAt(slot, bytes, span)) return id
      slot = (slot + 1) & (this.#ids.length - 1)
    }
    const id = make(textOf.decode(bytes.subarray(from, to)))
    if (id !== 0 && this.#used + to - from <= arenaBytes) {
      this.#keep(bytes.subarray(from, to))
      this.#put(slot, { start: this.#used - (to - from), length: to - from, id })
      if (this.#count * 2 > this.#ids.length) this.#grow()
    }
    return id
  }

  #first(hash: number): number {
    return (hash ^ (hash >>> 15)) & (this.#ids.length - 1)
  }

  #isAt(slot: number, bytes: Uint8Array, { from, to }: Span): boolean {
    const length = this.#lengths[slot] ?? 0
    if (length !== to - from) return false
    const start = this.#starts[slot] ?? 0
    const arena = this.#arena
    for (let at = 0; at < length; at++) if (arena[start + at] !== bytes[from + at]) return false
    return true
  }

  #put(slot: number, word: { start: number; length: number; id: number }): void {
    this.#starts[slot] = word.start
    this.#lengths[slot] = word.length
    this.#ids[slot] = word.id
    this.#count++
  }

  #keep(word: Uint8Array): void {
    if (this.#used + word.length > this.#arena.length) {
      const wider = new Uint8Array(Math.max(this.#arena.length * 2, this.#used + word.length))
      wider.set(this.#arena.subarray(0, this.#used))
      this.#arena = wider
    }
    this.#arena.set(word, this.#used)
    this.#used += word.length
  }

  #grow(): void {
    const [starts, lengths, ids] = [this.#starts, this.#lengths, this.#ids]
    const wider = ids.length * 2
    this.#starts = new Int32Array(wider)
    this.#lengths = new Int32Array(wider)
    this.#ids = new Int32Array(wider)
    this.#count = 0
    for (let old = 0; old < ids.length; old++) {
      const [start = 0, length = 0, id = 0] = [starts[old], lengths[old], ids[old]]
      if (id === 0) continue
      let hash = length
      for (let at = start; at < start + length; at++)
        hash = Math.imul(hash ^ (this.#arena[at] ?? 0), 0x01000193)
      let slot = this.#first(hash)
      while (this.#ids[slot] !== 0) slot = (slot + 1) & (wider - 1)
      this.#put(slot, { start, length, id })
    }
  }
}
