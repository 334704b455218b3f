import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { rowsOf, tableOf } from "../../test/host-evidence.ts"
import type { SocketRow, SocketTable } from "../model/socket-table.ts"
import { joinTables } from "./table-join.ts"

function join(...tables: readonly SocketTable[]): SocketTable {
  const joined = joinTables(new Map(tables.map((table, index) => [`listing-${index} ss`, table])))
  assert.ok(joined !== undefined)
  return joined.table
}

function rows(table: SocketTable): readonly SocketRow[] {
  return Array.from({ length: table.length }, (_, index) => table.row(index))
}

test("no listing is no table, one listing is its own", () => {
  assert.equal(joinTables(new Map()), undefined)
  const table = tableOf([{}])
  const joined = joinTables(new Map([["case/ss -tan.txt ss", table]]))
  assert.equal(joined?.table, table)
  assert.equal(joined.source, "case/ss -tan.txt")
})

test("the source is the longest listing's file, also where it was absorbed from another moment", () => {
  const listings = [
    ["netstat.txt netstat", tableOf([{}])],
    ["a/ss.txt ss + +", tableOf(rowsOf(3))],
  ] as const
  assert.equal(joinTables(new Map(listings))?.source, "a/ss.txt")
})

test("a row in both listings is one row, with the process from the one that knows it", () => {
  const table = join(tableOf(rowsOf(3)), tableOf([{ localPort: 40001, pid: 812, process: "curl" }]))
  assert.deepEqual(
    rows(table).map(({ localPort, pid, process }) => [localPort, pid, process]),
    [
      [40000, -1, ""],
      [40001, 812, "curl"],
      [40002, -1, ""],
    ],
  )
})

test("what the longer listing does not show comes from the other, while the state is the same", () => {
  const more = { timer: 1, retransmits: 3, unacked: 2, bytesAcked: 900 }
  const longer = tableOf([{}, { localPort: 40001 }, { localPort: 40002 }])
  const detailed = tableOf([
    { ...more, state: "ESTABLISHED" },
    { ...more, localPort: 40001, state: "TIME-WAIT" },
  ])
  const [same, moved] = rows(join(longer, detailed))
  assert.deepEqual([same?.retransmits, same?.unacked, same?.bytesAcked], [3, 2, 900])
  assert.deepEqual([moved?.state, moved?.retransmits], ["ESTABLISHED", -1])
})

test("rows of one listing that look alike are several sockets", () => {
  const listeners = Array.from({ length: 4 }, () => ({ state: "LISTEN", localPort: 80 }) as const)
  const unknown = Array.from({ length: 5 }, () => ({ state: "TIME-WAIT", localPort: 0 }) as const)
  const table = join(tableOf([...listeners, ...unknown]), tableOf(listeners))
  assert.equal(table.length, 9)
})

const row = fc.record({
  state: fc.constantFrom("ESTABLISHED" as const, "TIME-WAIT" as const, "LISTEN" as const),
  localPort: fc.nat(4),
  remotePort: fc.constantFrom(0, 80),
  pid: fc.constantFrom(undefined, 1, 2),
  sendQueue: fc.constantFrom(undefined, 0, 5),
})
const listing = fc.array(row, { maxLength: 10 })

test("joining a table with itself, or again with what it was joined from, changes nothing", () => {
  fc.assert(
    fc.property(listing, listing, (one, other) => {
      assert.deepEqual(rows(join(tableOf(one), tableOf(one))), rows(tableOf(one)))
      const joined = join(tableOf(one), tableOf(other))
      assert.deepEqual(rows(join(joined, tableOf(one), tableOf(other))), rows(joined))
    }),
  )
})

test("a join has no fewer rows than any listing and no more than all", () => {
  fc.assert(
    fc.property(fc.array(listing, { minLength: 1, maxLength: 4 }), (listings) => {
      const { length } = join(...listings.map(tableOf))
      const lengths = listings.map((each) => each.length)
      assert.ok(length >= Math.max(...lengths))
      assert.ok(length <= lengths.reduce((sum, each) => sum + each, 0))
    }),
  )
})

test("two listings of 100,000 rows are joined within two seconds", () => {
  const many = rowsOf(100_000).map((each, index) => ({
    ...each,
    localPort: index & 0xffff,
    remotePort: index >> 16,
  }))
  const start = performance.now()
  assert.equal(join(tableOf(many), tableOf(many)).length, 100_000)
  assert.ok(performance.now() - start < 2000)
})
