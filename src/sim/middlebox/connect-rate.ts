/**
 * How many connects a source may make in a window. Microsoft documents that the quota refills after one minute (blog
 * of nessus.nl; ISA 2006 management pack), not how the minute is counted, so that is a choice:
 * - "fixed": a window begins with the source's first connect, and the next follows without a gap;
 * - "sliding": at no time more than the quota in the last window;
 * - "block": as fixed, but the connect above the quota blocks the source for a whole window from then on.
 */
import { Counts } from "./key-table.ts"

export type RateWindow = "fixed" | "sliding" | "block"

export class ConnectRate {
  readonly #kind: RateWindow
  readonly #window: number
  readonly #counts = new Counts()
  #starts = new Float64Array(64).fill(Number.NEGATIVE_INFINITY)
  /** Times of each source's last connects, in a ring. */
  readonly #recent: (Float64Array | undefined)[] = []

  /** `window` in microseconds. */
  constructor(kind: RateWindow, window: number) {
    this.#kind = kind
    this.#window = window
  }

  /** Whether the source (a number from 0) may connect now. It has not yet. */
  allows(source: number, quota: number, now: number): boolean {
    if (this.#kind === "sliding") {
      const recent = this.#recent[source]
      if (recent === undefined) return quota > 0
      // The quota's-last connect must have left the window.
      const place = (this.#counts.of(source) - quota) % recent.length
      return place < 0 || now - (recent[place] ?? 0) >= this.#window
    }
    this.#turn(source, now)
    if (now < (this.#starts[source] ?? 0)) return false
    if (this.#counts.of(source) < quota) return true
    if (this.#kind === "block") {
      this.#starts[source] = now + this.#window
      this.#counts.add(source, -this.#counts.of(source))
    }
    return false
  }

  /** The source connects. */
  count(source: number, quota: number, now: number): void {
    if (this.#kind === "sliding") {
      let recent = this.#recent[source]
      if (recent === undefined) {
        recent = new Float64Array(Math.max(1, quota))
        this.#recent[source] = recent
      }
      recent[this.#counts.of(source) % recent.length] = now
    }
    this.#counts.add(source, 1)
  }

  /** Connects in the present window of the source. */
  used(source: number, now: number): number {
    if (this.#kind !== "sliding") {
      this.#turn(source, now)
      return this.#counts.of(source)
    }
    const recent = this.#recent[source]
    const connects = this.#counts.of(source)
    let used = 0
    for (let place = 0; place < Math.min(connects, recent?.length ?? 0); place++) {
      if (now - (recent?.[place] ?? 0) < this.#window) used++
    }
    return used
  }

  /** Begins the source's next window if its time has come. */
  #turn(source: number, now: number): void {
    if (source >= this.#starts.length) {
      const starts = new Float64Array(2 * (source + 1)).fill(Number.NEGATIVE_INFINITY)
      starts.set(this.#starts)
      this.#starts = starts
    }
    const start = this.#starts[source] ?? 0
    const passed = now - start
    if (passed < this.#window) return
    this.#starts[source] = start === Number.NEGATIVE_INFINITY ? now : now - (passed % this.#window)
    this.#counts.add(source, -this.#counts.of(source))
  }
}
