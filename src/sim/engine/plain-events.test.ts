/** Events of several sources and those of the queue come in one order. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { EventQueue } from "../events/queue.ts"
import { PlainEvents } from "./plain-events.ts"

const place = 1
const other = 2

/** What comes to a source, and at which event: when, and later by how much. Source 3 stands for the queue itself. */
const made = fc.record({ source: fc.nat({ max: 3 }), after: fc.nat({ max: 60 }) })
const scripts = fc.array(fc.array(made, { maxLength: 3, size: "max" }), {
  minLength: 100,
  maxLength: 200,
})

test("sources and queue take turns, whatever one event adds to another source", () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const queue = new EventQueue()
      const events = new PlainEvents(queue, place)
      const waiting: { time: number; turn: number }[][] = [[], [], []]
      const sources = waiting.map((_, index) => events.add(index))
      const expected: string[] = []
      const came: string[] = []
      const tell = (index: number): void => {
        const { time, turn } = waiting[index]?.[0] ?? { time: Number.POSITIVE_INFINITY, turn: 0 }
        events.set(sources[index] ?? 0, time, turn)
      }
      let count = 0
      const make = (): void => {
        came.push(`${queue.time} ${queue.turn}`)
        for (const { source, after } of script[count++] ?? []) {
          const time = queue.time + after
          const list = waiting[source]
          // A source has its events in order.
          const isLate = list !== undefined && time < (list.at(-1)?.time ?? 0)
          if (isLate) continue
          const turn = list === undefined ? queue.at(time, other) : queue.takeTurn()
          list?.push({ time, turn })
          expected.push(`${time} ${turn}`)
          if (list?.length === 1) tell(source)
        }
        // Even where it has none.
        tell(count % 3)
      }
      const byOrder = (a: string, b: string): number => {
        const [time = 0, turn = 0] = a.split(" ").map(Number)
        const [otherTime = 0, otherTurn = 0] = b.split(" ").map(Number)
        return time - otherTime || turn - otherTurn
      }
      make()
      while (queue.next(1e6)) {
        if (queue.data === other) {
          make()
          continue
        }
        const first = came.length
        for (let index = events.begin(1e6); index >= 0; index = events.next()) {
          waiting[index]?.shift()
          tell(index)
          make()
          // An event of the queue may have been made that comes before.
          if (count % 5 === 0 || script[count - 1]?.some(({ source }) => source === 3)) break
        }
        assert.ok(came.length > first)
        events.end()
      }
      assert.deepEqual(came.slice(1), expected.toSorted(byOrder))
    }),
    { numRuns: 300 },
  )
})
