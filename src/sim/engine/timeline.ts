/** Looks at everything in equal steps: connections by state, pools, attempts ended since the last look. */
import { STATES } from "../../model/state.ts"
import type { Attempts } from "./attempts.ts"
import type { Timeline } from "./simulated-run.ts"

type Series = {
  readonly name: string
  readonly kind: Timeline["series"][number]["kind"]
  readonly of: string
  readonly capacity?: number
  readonly look: () => number
  readonly values: number[]
}

export class TimelineSampler {
  readonly #stepSec: number
  readonly #series: Series[] = []

  constructor(stepSec: number) {
    this.#stepSec = stepSec
  }

  /** A group's connections in each state. */
  watchStates(group: string, counts: Int32Array): void {
    STATES.forEach((state, code) => {
      this.#watch(state, "state", group, () => counts[code] ?? 0)
    })
  }

  watchPool(name: string, of: string, capacity: number, look: () => number): void {
    const bound = Number.isFinite(capacity) ? { capacity } : {}
    this.#series.push({ name, kind: "pool", of, ...bound, look, values: [] })
  }

  watchAttempts(attempts: Attempts): void {
    let succeeded = 0
    let failed = 0
    this.#watch("succeeded", "attempts", attempts.name, () => {
      const more = attempts.succeeded - succeeded
      succeeded = attempts.succeeded
      return more
    })
    this.#watch("failed", "attempts", attempts.name, () => {
      const more = attempts.failed - failed
      failed = attempts.failed
      return more
    })
  }

  look(): void {
    for (const series of this.#series) series.values.push(series.look())
  }

  /** Without what never was anything but nothing. */
  timeline(): Timeline {
    return {
      stepSec: this.#stepSec,
      series: this.#series
        .filter(({ values }) => values.some((value) => value !== 0))
        .map(({ look: _look, ...series }) => series),
    }
  }

  #watch(name: string, kind: Series["kind"], of: string, look: () => number): void {
    this.#series.push({ name, kind, of, look, values: [] })
  }
}
