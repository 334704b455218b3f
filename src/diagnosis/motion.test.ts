import assert from "node:assert/strict"
import { test } from "node:test"
import { ledgerOf } from "../capacity/ledger.ts"
import { type SocketRow, SocketTable } from "../model/socket-table.ts"
import { type EndpointMotion, followSockets } from "./motion.ts"

/** Samples of rows towards one endpoint, a second apart. */
function follow(...samples: readonly (readonly Partial<SocketRow>[])[]): EndpointMotion {
  const ledgers = samples.map((rows, sample) => {
    const table = new SocketTable()
    // Numbers of addresses differ between tables.
    for (let other = 0; other < sample; other++) table.addresses.idOf(`192.0.2.${other}`)
    for (const row of rows) {
      table.add({
        state: "ESTABLISHED",
        localAddress: "10.0.0.1",
        localPort: 40000,
        remoteAddress: "10.0.0.9",
        remotePort: 443,
        ...row,
      })
    }
    return ledgerOf(table, undefined)
  })
  const times = samples.map((_, index) => index)
  const [motion] = followSockets(ledgers, times).endpoints
  assert.ok(motion !== undefined)
  return motion
}

test("a handshake that completes after a retransmitted SYN opened late", () => {
  const motion = follow([{ state: "SYN-SENT", retransmits: 1 }], [{ state: "ESTABLISHED" }])
  assert.equal(motion.opened, 1)
  assert.equal(motion.openedLate, 1)
  assert.deepEqual(motion.openedBy, [0, 1])
})

test("an attempt that was there a second ago is silent, whatever its counter says", () => {
  const motion = follow([{ state: "SYN-SENT" }], [{ state: "SYN-SENT" }])
  assert.deepEqual(motion.silent, [0, 1])
})

test("an attempt that is gone without having connected is abandoned", () => {
  const motion = follow([{ state: "SYN-SENT" }, { localPort: 40001 }], [{ localPort: 40001 }])
  assert.equal(motion.abandoned, 1)
  assert.equal(motion.closed, 0)
})

test("connections that close are counted whether or not a row of them stays", () => {
  const motion = follow(
    [{}, { localPort: 40001 }, { localPort: 40002 }],
    [{ state: "TIME-WAIT" }, { localPort: 40002 }],
  )
  assert.equal(motion.closed, 2)
  assert.equal(motion.opened, 0)
  assert.equal(motion.establishedKept, 1)
})

test("CLOSE-WAIT in the first and the last sample is kept, even if not in between", () => {
  const row = { state: "CLOSE-WAIT" } as const
  const motion = follow([row], [{ localPort: 40001 }], [row])
  assert.equal(motion.closeWaitKept, 1)
})

test("rows without a port are one connection each only in their number", () => {
  const rows = Array.from({ length: 2000 }, () => ({ localPort: 0 }))
  const motion = follow(rows, rows)
  assert.deepEqual(motion.established, [2000, 2000])
  assert.equal(motion.opened, 0)
})
