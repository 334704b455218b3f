/**
 * Objects of a JSON text, cut out one at a time, so that an array of any length is read in the memory of one element:
 * a single object, an array of objects, or objects one after another.
 */

export type JsonObjectsSink = {
  /** The text of an object, from its "{" to its "}". */
  readonly object: (text: string) => void
  /** An object is longer than can be held, and left out. */
  readonly tooLong: () => void
  /** An object of the outermost level begins. */
  readonly begin: () => void
}

const backslash = 92
const quote = 34
const braceOpen = 123
const braceClose = 125
const bracketOpen = 91
const bracketClose = 93

export class JsonObjects {
  readonly #sink: JsonObjectsSink
  readonly #lengthMax: number
  #depth = 0
  #isInString = false
  #isEscaped = false
  /** What has come of the object so far. */
  #held = ""
  #isTooLong = false
  /** The array has ended. */
  isDone = false

  constructor(lengthMax: number, sink: JsonObjectsSink) {
    this.#lengthMax = lengthMax
    this.#sink = sink
  }

  get isInObject(): boolean {
    return this.#depth > 0
  }

  push(text: string): void {
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (code === backslash) this.#isEscaped = true
        else if (code === quote) this.#isInString = false
      } else if (code === quote) this.#isInString = this.#depth > 0
      else if (code === braceOpen) {
        if (this.#depth++ === 0) {
          from = at
          this.isDone = false
          this.#sink.begin()
        }
      } else if (code === braceClose && this.#depth > 0) {
        if (--this.#depth === 0) this.#end(text.slice(from, at + 1))
      } else if (this.#depth === 0) {
        if (code === bracketClose) this.isDone = true
        else if (code === bracketOpen) this.isDone = false
      }
    }
    if (this.#depth > 0) this.#keep(text.slice(from))
  }

  #keep(text: string): void {
    if (this.#isTooLong) return
    if (this.#held.length + text.length > this.#lengthMax) {
      this.#isTooLong = true
      this.#held = ""
      this.#sink.tooLong()
    } else this.#held += text
  }

  #end(text: string): void {
    const whole = this.#held + text
    const wasTooLong = this.#isTooLong
    this.#held = ""
    this.#isTooLong = false
    if (!wasTooLong) this.#sink.object(whole)
  }
}
