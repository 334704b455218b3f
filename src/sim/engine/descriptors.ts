/** File descriptors that each program holds, up to its machine's bound. */
import type { HostPool } from "./pool-watch.ts"

export class Descriptors {
  readonly #held: number[] = []

  /** For a program; false where it has as many as it may. */
  take(program: number, pool: HostPool, now: number): boolean {
    const held = this.#held[program] ?? 0
    if (held >= pool.capacity) {
      pool.refuse(now)
      return false
    }
    this.#held[program] = held + 1
    if (held + 1 > pool.peak) pool.set(held + 1)
    return true
  }

  give(program: number): void {
    this.#held[program] = (this.#held[program] ?? 1) - 1
  }
}
