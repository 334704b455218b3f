import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { FlowObservation } from "../model/observation.ts"
import { FlowCounts } from "./flow-counts.ts"

function flow(more: Partial<FlowObservation> = {}): FlowObservation {
  const from = { address: "192.168.1.20", port: 40000 }
  const to = { address: "203.0.113.9", port: 443 }
  return { kind: "flow", protocol: "tcp", from, to, at: { source: "conntrack" }, ...more }
}

function countsOf(flows: Iterable<FlowObservation>): FlowCounts {
  const counts = new FlowCounts()
  for (const each of flows) counts.add(each)
  return counts
}

const any = fc
  .record({
    from: fc.nat(3),
    to: fc.nat(3),
    port: fc.constantFrom(undefined, 80, 443),
    state: fc.constantFrom(undefined, "SYN_SENT", "ESTABLISHED"),
    unreplied: fc.boolean(),
  })
  .map(({ from, to, port, state, unreplied }) =>
    flow({
      from: { address: `10.0.0.${from}`, port: 1 },
      to: { address: `10.0.1.${to}`, ...(port === undefined ? {} : { port }) },
      unreplied,
      ...(state === undefined ? {} : { state }),
    }),
  )

test("the groups together are all flows, whatever their order", () => {
  const sorted = (counts: FlowCounts): readonly string[] =>
    [...counts.groups()].map((group) => JSON.stringify(group)).sort()
  fc.assert(
    fc.property(fc.array(any), (flows) => {
      const counts = countsOf(flows)
      const sum = [...counts.groups()].reduce((total, { count }) => total + count, 0)
      assert.equal(sum, flows.length)
      assert.equal(counts.total, flows.length)
      assert.deepEqual(sorted(countsOf(flows.toReversed())), sorted(counts))
    }),
  )
})

test("a flow without a state that nobody answered is UNREPLIED", () => {
  const states = [...countsOf([flow({ unreplied: true }), flow()]).groups()].map(
    (each) => each.state,
  )
  assert.deepEqual(states, ["UNREPLIED", ""])
})

test("translated flows are counted per outside address and destination, with the ports they span", () => {
  const ports = [1024, 65000, 30000]
  const translated = ports.map((port) =>
    flow({
      replyFrom: { address: "203.0.113.9", port: 443 },
      replyTo: { address: "198.51.100.1", port },
    }),
  )
  assert.deepEqual(
    [...countsOf(translated).translations()],
    [
      {
        outsideAddress: "198.51.100.1",
        toAddress: "203.0.113.9",
        toPort: 443,
        count: 3,
        portMin: 1024,
        portMax: 65000,
      },
    ],
  )
})

for (const [name, replyTo] of [
  ["is answered to its own address", { address: "192.168.1.20", port: 40000 }],
  ["has no port on the way back (ICMP)", { address: "198.51.100.1" }],
] as const) {
  test(`a flow that ${name} is not translated`, () => {
    assert.deepEqual([...countsOf([flow({ replyTo })]).translations()], [])
  })
}

test("a public source that is answered to a private address came from outside", () => {
  const from = { address: "198.51.100.7", port: 5000 }
  const replyTo = { address: "10.0.0.4", port: 5000 }
  assert.deepEqual([...countsOf([flow({ from, replyTo })]).translations()], [])
})

test("a scan of 300,000 destinations is counted to the end and kept to a bound", () => {
  const counts = new FlowCounts()
  for (let index = 0; index < 300_000; index++) {
    const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
    const replyTo = { address: "198.51.100.1", port: index & 0xffff }
    counts.add(flow({ to: { address, port: 22 }, replyTo }))
  }
  const groups = [...counts.groups()].length
  assert.equal(counts.total, 300_000)
  assert.equal(groups + counts.uncounted, 300_000)
  assert.ok(groups <= 200_000 && [...counts.translations()].length <= 200_000)
})
