import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { FlowTable, NO_FLOW, NO_NODE } from "./flow-table.ts"

type Slow = { flow: number; from: number; port: number; outside: number; deadline: number }

const delays = [10, 25, 400]
const server = 9

/** Everything the table says, against a list that is searched and sorted each time. */
function agree(table: FlowTable, slow: readonly Slow[]): void {
  assert.equal(table.count, slow.length)
  for (const { flow, from, port, outside, deadline } of slow) {
    assert.equal(table.find(from, port, server, 80), 2 * flow)
    assert.equal(table.find(server, 80, outside, port + 1), 2 * flow + 1)
    assert.equal(table.find(from, port, server, 81), NO_NODE)
    assert.deepEqual([table.from(flow), table.fromPort(flow)], [from, port])
    assert.deepEqual([table.to(flow), table.toPort(flow)], [server, 80])
    assert.deepEqual([table.outside(flow), table.outsidePort(flow)], [outside, port + 1])
    assert.equal(table.deadline(flow), deadline)
  }
}

for (const buckets of [undefined, 4]) {
  test(`flows are found and end as in a list, ${buckets ?? "growing"} buckets`, () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 12 }),
      does: fc.constantFrom("add", "add", "hold", "remove"),
      list: fc.integer({ min: 0, max: 2 }),
      which: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const table = new FlowTable(buckets === undefined ? { delays } : { delays, buckets }, 2)
        let slow: Slow[] = []
        let now = 0
        let made = 0
        for (const { wait, does, list, which } of steps) {
          now += wait
          for (let flow = table.expired(now); flow !== NO_FLOW; flow = table.expired(now)) {
            const first = Math.min(...slow.map(({ deadline }) => deadline))
            assert.equal(table.deadline(flow), first)
            assert.equal(first <= now, true)
            slow = slow.filter((each) => each.flow !== flow)
            table.remove(flow)
          }
          assert.equal(
            slow.every(({ deadline }) => deadline > now),
            true,
          )
          const chosen = slow[which % Math.max(1, slow.length)]
          const deadline = now + (delays[list] ?? 0)
          if (does === "add") {
            const from = 100 + (made % 7)
            const port = 1000 + made++
            const flow = table.add(from, port, server, 80, 50, port + 1)
            table.hold(flow, list, now)
            slow.push({ flow, from, port, outside: 50, deadline })
          } else if (chosen !== undefined && does === "hold") {
            table.hold(chosen.flow, list, now)
            chosen.deadline = deadline
          } else if (chosen !== undefined) {
            slow = slow.filter((each) => each !== chosen)
            table.remove(chosen.flow)
          }
          agree(table, slow)
        }
      }),
      { numRuns: 200 },
    )
  })
}
