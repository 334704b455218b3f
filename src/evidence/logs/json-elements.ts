/**
 * The elements of a JSON document without holding the document: the objects of an array at the top, or of a named array
 * in the object at the top ({"records": […]}), one after another; beside them the texts of that object's own members.
 * Documents may follow each other. An element is held until it ends, up to a bound.
 */

const elementLengthMax = 1 << 26
const scalarsMax = 64
const scalarLengthMax = 1024

export type JsonElementSink = {
  /** An element begins here. */
  readonly began?: () => void
  /** One element, parsed; `key` is the array it stands in, "" at the top. */
  readonly element: (value: Readonly<Record<string, unknown>>, key: string) => void
  /** Text of an element that is no JSON, or longer than can be held. */
  readonly broken: (why: "malformed" | "too large") => void
  /** The document has ended; its own members with a text as value. */
  readonly ended?: (scalars: ReadonlyMap<string, string>) => void
}

export class JsonElements {
  readonly #sink: JsonElementSink
  readonly #keys: ReadonlySet<string>
  #depth = 0
  /** The document is an array, or an object with arrays of the wanted names. */
  #isArray = false
  /** Key of the wanted array that is open, and the depth of its elements. */
  #arrayKey: string | undefined
  #elementDepth = -1
  /** Pieces of the element that is open, from earlier texts. */
  #pieces: string[] = []
  #length = 0
  #isCapturing = false
  #isTooLarge = false
  #isInString = false
  #isEscaped = false
  /** The string that is being read at depth 1, and the key before it. */
  #string = ""
  #key = ""
  #isValue = false
  #scalars = new Map<string, string>()
  #count = 0

  constructor(keys: readonly string[], sink: JsonElementSink) {
    this.#keys = new Set(keys)
    this.#sink = sink
  }

  /** Whether a document has begun and not ended. */
  get isOpen(): boolean {
    return this.#depth > 0
  }

  push(text: string): void {
    let start = 0
    for (let at = 0; at < text.length; at++) {
      if (this.#isInString) {
        const end = this.#stringEnd(text, at)
        if (end < 0) break
        at = end
        continue
      }
      const code = text.charCodeAt(at)
      if (code === 34) this.#beginString()
      else if (code === 123 || code === 91) {
        if (this.#open(code)) start = at
      } else if (code === 125 || code === 93) {
        if (this.#close(text, start, at)) start = at + 1
      } else if (code === 58 && this.#depth === 1) this.#isValue = true
      else if (code === 44 && this.#depth === 1) this.#isValue = false
    }
    if (this.#isCapturing) this.#hold(text.slice(start))
  }

  #beginString(): void {
    this.#isInString = true
    this.#string = ""
  }

  /** Where the string that is open ends in this text; −1 when it does not. */
  #stringEnd(text: string, from: number): number {
    let at = from
    if (this.#isEscaped) {
      this.#isEscaped = false
      at++
    }
    // What an escape over the border has used up is not counted again.
    const first = at
    for (;;) {
      const quote = text.indexOf('"', at)
      const end = quote < 0 ? text.length : quote
      let slashes = 0
      while (end - 1 - slashes >= first && text.charCodeAt(end - 1 - slashes) === 92) slashes++
      const isEscaped = slashes % 2 === 1
      if (quote < 0) {
        this.#isEscaped = isEscaped
        this.#keepString(text, from, end)
        return -1
      }
      if (!isEscaped) {
        this.#keepString(text, from, end)
        this.#endString()
        return quote
      }
      at = quote + 1
    }
  }

  #keepString(text: string, from: number, end: number): void {
    if (this.#depth === 1 && this.#string.length < scalarLengthMax) {
      this.#string += text.slice(from, Math.min(end, from + scalarLengthMax))
    }
  }

  #endString(): void {
    this.#isInString = false
    if (this.#depth !== 1 || this.#isArray) return
    if (!this.#isValue) this.#key = this.#string
    else if (this.#scalars.size < scalarsMax) this.#scalars.set(this.#key, this.#string)
  }

  /** True where an element begins. */
  #open(code: number): boolean {
    const depth = this.#depth++
    if (depth === 0) {
      this.#begin(code === 91)
      if (this.#isArray) return false
      return this.#capture()
    }
    if (depth === 1 && code === 91 && !this.#isArray && this.#keys.has(this.#key)) {
      this.#arrayKey = this.#key
      this.#elementDepth = 2
      this.#drop()
      return false
    }
    if (depth === this.#elementDepth && code === 123) return this.#capture()
    return false
  }

  #begin(isArray: boolean): void {
    this.#isArray = isArray
    this.#arrayKey = isArray ? "" : undefined
    this.#elementDepth = isArray ? 1 : -1
    this.#scalars = new Map()
    this.#count = 0
    this.#key = ""
    this.#isValue = false
  }

  #capture(): true {
    this.#drop()
    this.#isCapturing = true
    this.#sink.began?.()
    return true
  }

  #drop(): void {
    this.#isCapturing = false
    this.#isTooLarge = false
    this.#pieces = []
    this.#length = 0
  }

  #hold(piece: string): void {
    this.#length += piece.length
    if (this.#length <= elementLengthMax) {
      if (piece !== "") this.#pieces.push(piece)
      return
    }
    this.#pieces = []
    this.#isTooLarge = true
  }

  /** True where an element ends. */
  #close(text: string, start: number, at: number): boolean {
    if (this.#depth === 0) return false
    const depth = --this.#depth
    if (depth === 1 && this.#elementDepth === 2) {
      // The wanted array has ended.
      this.#arrayKey = undefined
      this.#elementDepth = -1
      return false
    }
    const isElement = this.#isCapturing && (depth === this.#elementDepth || depth === 0)
    if (isElement) {
      this.#hold(text.slice(start, at + 1))
      this.#emit(this.#arrayKey ?? "")
    }
    if (depth === 0) {
      this.#sink.ended?.(this.#scalars)
      this.#drop()
    }
    return isElement
  }

  #emit(key: string): void {
    const text = this.#pieces.length === 1 ? (this.#pieces[0] ?? "") : this.#pieces.join("")
    const isTooLarge = this.#isTooLarge
    this.#drop()
    if (isTooLarge) {
      this.#sink.broken("too large")
      return
    }
    // What is left of an object whose arrays were taken out is no element of its own.
    if (this.#depth === 0 && this.#count > 0) return
    const value = parsed(text)
    if (value === undefined) this.#sink.broken("malformed")
    else {
      this.#count++
      this.#sink.element(value, key)
    }
  }
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
