import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type SocketRow, SocketTable } from "../model/socket-table.ts"
import { STATES } from "../model/state.ts"
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

test("of several listeners on a port, the one on the connection's address has accepted it", () => {
  const listen = { state: "LISTEN", localPort: 443, remotePort: 0 } as const
  const listening = ["0.0.0.0", "10.0.0.2", "::"].map((localAddress) => ({
    ...listen,
    localAddress,
  }))
  const accepted = ["10.0.0.1", "10.0.0.2", "2001:db8::1"].flatMap((localAddress, index) =>
    Array.from({ length: index + 1 }, () => ({ localAddress, localPort: 443, remotePort: 40000 })),
  )
  const { listeners } = ledgerOf(tableOf([...listening, ...accepted]), pool)
  assert.deepEqual(
    listeners.map(({ address, connections }) => [address, connections]),
    [
      ["0.0.0.0", 1],
      ["10.0.0.2", 2],
      ["::", 3],
    ],
  )
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

test("a local port from outside the pool is connected but holds none of its ports", () => {
  const rows = [{ localPort: 700 }, { localPort: 701 }, { localPort: 32768 }]
  const [use] = ledgerOf(tableOf(rows.map((row) => ({ ...row, remotePort: 2049 }))), pool).uses
  assert.equal(use?.held, 1)
  assert.equal(use.rows.length, 3)
})

const row = fc.record({
  state: fc.constantFrom(...STATES),
  localAddress: fc.constantFrom("10.0.0.1", "10.0.0.2", "::1"),
  localPort: fc.constantFrom(0, 22, 443, 700, 32768, 32769, 32770, 32771, 32777, 65535),
  remoteAddress: fc.constantFrom("10.0.0.9", "10.0.0.8", "0.0.0.0"),
  remotePort: fc.constantFrom(0, 22, 443, 32768, 50000),
  pid: fc.constantFrom(undefined, 1, 2),
})

test("the totals are those of the rows, and no pool holds more ports than it has", () => {
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 80 }),
      fc.constantFrom(pool, undefined),
      (rows, known) => {
        const ledger = ledgerOf(tableOf(rows), known)
        const sumOf = (counts: Int32Array): number => counts.reduce((sum, count) => sum + count, 0)
        assert.equal(sumOf(ledger.byState), rows.length)
        const seen = new Set<number>()
        for (const use of ledger.uses) {
          assert.equal(sumOf(use.byState), use.rows.length)
          assert.ok(use.held <= use.rows.length)
          for (const index of use.rows) {
            assert.ok(!seen.has(index), "a row belongs to one use")
            seen.add(index)
          }
          const named = [...use.rows].filter((index) => (rows[index]?.localPort ?? 0) > 0)
          const unnamed = use.rows.length - named.length
          if (known !== undefined) assert.ok(use.held - unnamed <= known.size)
        }
        const inbound = ledger.listeners.reduce(
          (sum, { connections, embryonic }) => sum + connections + embryonic,
          0,
        )
        assert.ok(seen.size + inbound <= rows.length)
        assert.equal(ledger.listeners.length, rows.filter(({ state }) => state === "LISTEN").length)
      },
    ),
  )
})

test("a million distinct targets cost bounded time and memory", () => {
  const count = 1_000_000
  const table = new SocketTable(count)
  const local = table.addresses.idOf("10.9.9.9")
  const remotes = Int32Array.from({ length: count }, (_, index) =>
    table.addresses.idOf(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`),
  )
  table.append(count, {
    state: new Int32Array(count).fill(STATES.indexOf("SYN-SENT")),
    localAddress: new Int32Array(count).fill(local),
    localPort: Int32Array.from({ length: count }, (_, index) => 32768 + (index % 10)),
    remoteAddress: remotes,
    remotePort: new Int32Array(count).fill(22),
  })
  const before = process.memoryUsage()
  const start = performance.now()
  const ledger = ledgerOf(table, pool)
  const ms = performance.now() - start
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const megabytes = (heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers) / 2 ** 20
  assert.equal(ledger.uses.length, 20_000)
  assert.equal(ledger.byState[STATES.indexOf("SYN-SENT")], count)
  assert.ok(ms < 2000, `${Math.round(ms)} ms`)
  assert.ok(megabytes < 120, `${Math.round(megabytes)} MB`)
})
