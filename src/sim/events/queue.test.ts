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

test("timers come like other events where they still run, and not at all where they have stopped", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 3000 }), (seed, many) => {
      const random = new Random(seed, "timers")
      const deadlines = new Map<number, number>()
      const queue = new EventQueue({ counts: (time, _turn, data) => deadlines.get(data) === time })
      const sorted = new Sorted()
      const delays = [200, 1000, 70_000]
      const rings = delays.map((delay) => queue.ring(delay, 0, true))
      const plain = queue.ring(1000)
      const push = (data: number): void => {
        const which = random.below(delays.length + 1)
        const delay = delays[which]
        if (delay === undefined) queue.after(plain, data)
        else queue.timer(rings[which] ?? 0, data)
        const time = sorted.time + (delay ?? 1000)
        sorted.at(time, data)
        deadlines.set(data, time)
        if (delay !== undefined && random.unit() < 0.8) deadlines.delete(random.below(data + 1))
      }
      for (let data = 0; data < many; data++) push(data)
      const came: number[][] = []
      while (queue.next(Number.POSITIVE_INFINITY)) {
        const { time, data } = queue
        if (deadlines.get(data) === time) came.push([time, data])
      }
      const expected: number[][] = []
      while (sorted.next(Number.POSITIVE_INFINITY)) {
        const { time, data } = sorted
        if (deadlines.get(data) === time) expected.push([time, data])
      }
      assert.deepEqual(came, expected)
    }),
    { numRuns: 30 },
  )
})

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
