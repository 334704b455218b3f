import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { Random } from "../random.ts"
import { EventQueue } from "./queue.ts"

/** The same events in a sorted list: what the queue must give. */
class Sorted {
  #events: { time: number; order: number; data: number }[] = []
  #made = 0
  time = 0
  data = 0

  at(time: number, data: number): void {
    this.#events.push({ time: Math.max(Math.round(time), this.time), order: this.#made++, data })
  }

  next(until: number): boolean {
    this.#events.sort((a, b) => a.time - b.time || a.order - b.order)
    const [first] = this.#events
    if (first === undefined || first.time > until) return false
    this.#events.shift()
    this.time = first.time
    this.data = first.data
    return true
  }
}

test("events come by time, then in the order in which they were made", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), (seed, spread) => {
      const random = new Random(seed, "events")
      const queue = new EventQueue()
      const sorted = new Sorted()
      const delays = [0, 100, 500_000, 60_000_000]
      const rings = delays.map((delay) => queue.ring(delay))
      const push = (data: number): void => {
        if (random.unit() < 0.5) {
          const which = random.below(delays.length)
          queue.after(rings[which] ?? 0, data)
          sorted.at(sorted.time + (delays[which] ?? 0), data)
        } else {
          const time = sorted.time + Math.floor(2 ** (random.unit() * spread))
          queue.at(time, data)
          sorted.at(time, data)
        }
      }
      for (let data = 0; data < 60; data++) push(data)
      for (let data = 60; data < 400; data++) {
        const until = sorted.time + 2 ** random.below(44)
        const comes = sorted.next(until)
        assert.equal(queue.next(until), comes)
        if (!comes) continue
        assert.deepEqual([queue.time, queue.data], [sorted.time, sorted.data])
        if (random.unit() < 0.9) push(data)
      }
      while (sorted.next(Number.POSITIVE_INFINITY)) {
        assert.equal(queue.next(Number.POSITIVE_INFINITY), true)
        assert.deepEqual([queue.time, queue.data], [sorted.time, sorted.data])
      }
      assert.equal(queue.length, 0)
    }),
    { numRuns: 150 },
  )
})
