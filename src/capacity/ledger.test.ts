import assert from "node:assert/strict"
import { test } from "node:test"
import { type SocketRow, SocketTable } from "../model/socket-table.ts"
import { countIn, dominantState, ledgerOf } from "./ledger.ts"
import type { HostPool } from "./port-pool.ts"

const pool: HostPool = {
  pool: { range: { first: 32768, last: 32777 }, excluded: [{ first: 32770, last: 32770 }] },
  size: 9,
  sharing: "four-tuple",
  source: "test",
  assumed: false,
}

function tableOf(rows: readonly Partial<SocketRow>[]): SocketTable {
  const table = new SocketTable()
  for (const row of rows) {
    table.add({
      state: "ESTABLISHED",
      localAddress: "10.0.0.1",
      localPort: 32768,
      remoteAddress: "10.0.0.9",
      remotePort: 443,
      ...row,
    })
  }
  return table
}

test("rows are counted per local address, remote address and remote port, fullest first", () => {
  const ledger = ledgerOf(
    tableOf([
      { localPort: 32768 },
      { localPort: 32769, state: "TIME-WAIT", expiresMs: 900 },
      { localPort: 32771, state: "TIME-WAIT" },
      { localPort: 32768, remotePort: 80, pid: 7 },
      { localPort: 32768, remoteAddress: "10.0.0.8" },
      { localPort: 32768, localAddress: "10.0.0.2" },
    ]),
    pool,
  )
  const [first] = ledger.uses
  assert.equal(ledger.uses.length, 4)
  assert.equal(first?.held, 3)
  assert.ok(first !== undefined && dominantState(first) === "TIME-WAIT")
  assert.equal(countIn(first, "ESTABLISHED"), 1)
  assert.deepEqual(first.expiries, [900])
  assert.deepEqual([...first.rows], [0, 1, 2])
  assert.deepEqual([...(ledger.uses.find((use) => use.remotePort === 80)?.byPid ?? [])], [[7, 1]])
  assert.equal(ledger.portsHeld, 3)
})

test("a port that appears twice towards one endpoint is held once, an unknown port each time", () => {
  const ledger = ledgerOf(
    tableOf([{ localPort: 32768 }, { localPort: 32768 }, { localPort: 0 }, { localPort: 0 }]),
    pool,
  )
  assert.equal(ledger.uses[0]?.held, 3)
})

test("what a listener accepted is not opened from here", () => {
  const rows: Partial<SocketRow>[] = [{ state: "LISTEN", localPort: 443, remotePort: 0 }]
  for (let port = 32768; port < 32778; port++) {
    rows.push({ localPort: 443, remoteAddress: "10.0.0.7", remotePort: port })
  }
  rows.push({ localPort: 443, state: "SYN-RECEIVED", remotePort: 32768 })
  const ledger = ledgerOf(tableOf(rows), pool)
  assert.equal(ledger.uses.length, 0)
  assert.equal(ledger.listeners[0]?.connections, 10)
  assert.equal(ledger.listeners[0]?.embryonic, 1)
  assert.equal(ledger.portsHeld, 0)
})

test("without a known pool the port that repeats tells the direction", () => {
  const rows = Array.from({ length: 20 }, (_, index) => ({ localPort: 2000 + index }))
  assert.equal(ledgerOf(tableOf(rows), undefined).uses[0]?.held, 20)
  const served = rows.map(({ localPort }) => ({ localPort: 8443, remotePort: localPort }))
  assert.equal(ledgerOf(tableOf(served), undefined).uses.length, 0)
})

test("of more pools than are kept, the largest are", () => {
  const table = new SocketTable()
  for (let index = 0; index < 21_000; index++) {
    const remoteAddress = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
    const row = { state: "SYN-SENT", localAddress: "10.9.9.9", remoteAddress } as const
    table.add({ ...row, localPort: 32768, remotePort: 443 })
    if (index % 1000 === 999) table.add({ ...row, localPort: 32769, remotePort: 443 })
  }
  const { uses } = ledgerOf(table, pool)
  assert.equal(uses.length, 20_000)
  assert.equal(uses.filter((use) => use.held === 2).length, 21)
})
