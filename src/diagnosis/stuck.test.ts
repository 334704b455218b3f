import assert from "node:assert/strict"
import { test } from "node:test"
import { hostOf } from "../../test/host-evidence.ts"
import type { SocketRow } from "../model/socket-table.ts"
import { type Stuck, stuckOf } from "./stuck.ts"
import { viewOf } from "./view.ts"

function stuck(...rows: readonly Partial<SocketRow>[]): Stuck | undefined {
  return stuckOf(viewOf(hostOf({ moments: [{ rows }] })))
}

const unheard = { retransmits: 3, sendQueue: 100 } as const

test("without a socket listing nobody knows", () => {
  assert.equal(stuckOf(viewOf(hostOf({}))), undefined)
})

test("data sent again twice without an acknowledgement is stuck", () => {
  const found = stuck(unheard, { ...unheard, localPort: 2, remoteAddress: "10.0.0.8" }, unheard)
  assert.deepEqual([found?.count, found?.remote, found?.established], [3, "10.0.0.9:443", 3])
})

for (const [name, row] of [
  [
    "sent again once: reordering and delayed acknowledgements do that",
    { ...unheard, retransmits: 1 },
  ],
  ["with nothing in the queue", { ...unheard, sendQueue: 0 }],
  ["whose queue is not known", { retransmits: 3 }],
  ["that never opened", { ...unheard, state: "SYN-SENT" }],
] as const) {
  test(`a connection ${name} is not stuck`, () => assert.equal(stuck(row)?.count, 0))
}

test("a full segment waits where the queue holds one, by the connection's own size or by 1000", () => {
  const of = (sendQueue: number, mss?: number): number | undefined =>
    stuck({ ...unheard, sendQueue, mss })?.full
  assert.deepEqual([of(999), of(1000), of(500, 536), of(536, 536), of(1400, 1460)], [0, 1, 0, 1, 0])
})

test("silence before the first transmission counts, silence of the retries does not", () => {
  // Three retransmissions take 3 s (RTO 0.2 s doubling).
  const soon = stuck({ ...unheard, lastReceiveMs: 3000 })
  assert.deepEqual([soon?.afterIdle, soon?.idleSecMax], [0, 0])
  const late = stuck({ ...unheard, lastReceiveMs: 63_000 })
  assert.deepEqual([late?.afterIdle, late?.idleSecMax], [1, 60])
  assert.equal(stuck(unheard)?.afterIdle, 0)
})
