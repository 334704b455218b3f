import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type HostParts, hostOf, type MomentParts, rowsOf } from "../../test/host-evidence.ts"
import type { LedgerRow } from "../model/diagnosis.ts"
import { ledgerRows, seriesOf } from "./details.ts"
import { viewOf } from "./view.ts"

const settings = { "net.ipv4.ip_local_port_range": "40000 40999" }

function ledger(parts: HostParts): readonly LedgerRow[] {
  return ledgerRows(viewOf(hostOf({ settings, ...parts })))
}

test("ports held and ports free are the pool, and the states are those that hold them", () => {
  const count = fc.nat(300)
  fc.assert(
    fc.property(count, count, (established, waiting) => {
      const rows = [
        ...rowsOf(established),
        ...rowsOf(waiting, { state: "TIME-WAIT", localPort: 40_500 }),
      ]
      const [row] = ledger({ moments: [{ rows }] })
      if (established + waiting === 0) return assert.equal(row, undefined)
      assert.equal(row?.pool, 1000)
      assert.equal(row.held + (row.free ?? 0), 1000)
      assert.equal((row.heldBy.ESTABLISHED ?? 0) + (row.heldBy["TIME-WAIT"] ?? 0), row.held)
    }),
  )
})

test("the busiest processes are named, with the ports each holds", () => {
  const rows = [
    ...rowsOf(5, { pid: 7, process: "curl" }),
    ...rowsOf(9, { localPort: 40_100, pid: 8 }),
    ...rowsOf(2, { localPort: 40_200 }),
  ]
  assert.deepEqual(ledger({ moments: [{ rows }] })[0]?.processes, [
    { name: "pid 8", pid: 8, ports: 9 },
    { name: "curl", pid: 7, ports: 5 },
  ])
})

test("ports come free in the order of their timers", () => {
  const rows = [500, 9000, 59_000, 61_000].map((expiresMs, index) => ({
    state: "TIME-WAIT" as const,
    localPort: 40_000 + index,
    expiresMs,
  }))
  assert.deepEqual(ledger({ moments: [{ rows }] })[0]?.freeing, [
    [1000, 1],
    [10_000, 2],
    [30_000, 2],
    [60_000, 3],
    [120_000, 4],
  ])
  assert.deepEqual(ledger({ moments: [{ rows: rowsOf(3) }] })[0]?.freeing, [])
})

test("a pool shared by all destinations is nobody's alone", () => {
  const [row] = ledger({ systems: ["macos"], settings: {}, moments: [{ rows: rowsOf(3) }] })
  assert.ok(row !== undefined && !("pool" in row) && !("free" in row))
})

test("rows of a full pool are told at once", () => {
  const rows = rowsOf(25_000).map((row, index) => ({ ...row, pid: 1 + (index % 3) }))
  const view = viewOf(hostOf({ moments: [{ rows }] }))
  const start = performance.now()
  assert.equal(ledgerRows(view)[0]?.processes.length, 3)
  assert.ok(performance.now() - start < 500)
})

test("series have a point for every sample that was compared, however many there are", () => {
  const sample = (_: unknown, index: number): MomentParts => ({
    time: 100 + index,
    rows: [...rowsOf(3), ...rowsOf(index, { state: "TIME-WAIT", localPort: 40_500 })],
  })
  for (const [samples, points] of [
    [2, 2],
    [40, 16],
  ] as const) {
    const series = seriesOf(viewOf(hostOf({ moments: Array.from({ length: samples }, sample) })))
    const [established, , timeWait] = series
    assert.equal(established?.points.length, points)
    assert.deepEqual(timeWait?.points.at(-1), [99 + samples, samples - 1])
  }
})

test("a sample without a socket is a point at zero", () => {
  const moments = [
    { time: 1, rows: rowsOf(3) },
    { time: 2, rows: [] },
    { time: 3, rows: rowsOf(2) },
  ]
  assert.deepEqual(seriesOf(viewOf(hostOf({ moments })))[0]?.points, [
    [1, 3],
    [2, 0],
    [3, 2],
  ])
})

test("without times, or with one sample, there is no series", () => {
  const points = (moments: readonly MomentParts[]): number =>
    seriesOf(viewOf(hostOf({ moments }))).reduce((sum, series) => sum + series.points.length, 0)
  assert.equal(points([{ rows: rowsOf(1) }, { rows: rowsOf(2) }]), 0)
  assert.equal(points([{ time: 1, rows: rowsOf(1) }]), 0)
})
