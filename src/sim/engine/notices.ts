/**
 * What programs and machines are still to be told of the event that is being handled: a call into TCP must end before a
 * program makes the next. First in, first out.
 */
export const CONNECTED = 0
export const FAILED = 1
export const ENDED = 2
export const RECEIVED = 3
/** A listener has a connection to accept: host, index of the listener. */
export const READY = 4
/** An attempt that waits may begin: host. */
export const OPEN_NEXT = 5

export class Notices {
  #cells = new Int32Array(3 * 64)
  #head = 0
  #tail = 0
  kind = 0
  subject = 0
  value = 0

  get isEmpty(): boolean {
    return this.#head === this.#tail
  }

  add(kind: number, subject: number, value: number): void {
    if (this.#tail === this.#cells.length) this.#makeRoom()
    const cells = this.#cells
    cells[this.#tail] = kind
    cells[this.#tail + 1] = subject
    cells[this.#tail + 2] = value
    this.#tail += 3
  }

  /** Takes the first; false where there is none. */
  next(): boolean {
    if (this.#head === this.#tail) {
      this.#head = 0
      this.#tail = 0
      return false
    }
    const cells = this.#cells
    this.kind = cells[this.#head] ?? 0
    this.subject = cells[this.#head + 1] ?? 0
    this.value = cells[this.#head + 2] ?? 0
    this.#head += 3
    return true
  }

  #makeRoom(): void {
    const rest = this.#cells.subarray(this.#head, this.#tail)
    const cells =
      rest.length * 2 > this.#cells.length ? new Int32Array(2 * this.#cells.length) : this.#cells
    cells.set(rest)
    this.#cells = cells
    this.#tail = rest.length
    this.#head = 0
  }
}
