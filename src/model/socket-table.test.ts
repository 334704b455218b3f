import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { Interner, type SocketRow, SocketTable } from "./socket-table.ts"
import { STATES } from "./state.ts"

const plain: SocketRow = {
  state: "ESTABLISHED",
  localAddress: "10.0.0.1",
  localPort: 40000,
  remoteAddress: "10.0.0.9",
  remotePort: 443,
}

const number = fc.option(fc.nat(2 ** 31 - 1), { nil: undefined })
const row: fc.Arbitrary<SocketRow> = fc.record({
  state: fc.constantFrom(...STATES),
  localAddress: fc.ipV4(),
  localPort: fc.nat(65535),
  remoteAddress: fc.oneof(fc.ipV6(), fc.constant("")),
  remotePort: fc.nat(65535),
  pid: number,
  process: fc.constantFrom(undefined, "nginx", "__proto__", "svchost.exe"),
  sendQueue: number,
  bytesAcked: number,
  line: number,
})

test("rows come back as they were added; what they did not have is -1 or empty", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
      const table = new SocketTable(1)
      for (const each of rows) table.add(each)
      assert.equal(table.length, rows.length)
      for (const [index, each] of rows.entries()) {
        for (const [name, value] of Object.entries(table.row(index))) {
          const wanted = each[name as keyof SocketRow] ?? (name === "process" ? "" : -1)
          assert.equal(value, wanted, name)
        }
      }
    }),
  )
})

test("a value that one row has is unknown in the rows before and after it", () => {
  const table = new SocketTable()
  for (const pid of [undefined, 812, undefined]) table.add({ ...plain, pid })
  assert.deepEqual([...table.column("pid").subarray(0, 3)], [-1, 812, -1])
})

test("a number beyond 31 bits is the largest that fits, never a negative one", () => {
  const table = new SocketTable()
  table.add({ ...plain, bytesReceived: 3_000_000_000, expiresMs: 2 ** 40 })
  assert.equal(table.row(0).bytesReceived, 2 ** 31 - 1)
  assert.equal(table.row(0).expiresMs, 2 ** 31 - 1)
})

test("reserved rows count only when they are committed", () => {
  const table = new SocketTable()
  table.add(plain)
  const columns = table.reserve(1000)
  columns.localPort[1] = 7
  columns.state[1] = 0
  assert.equal(table.length, 1)
  table.commit(1)
  assert.equal(table.row(1).localPort, 7)
  assert.equal(table.row(1).pid, -1)
})

test("rows appended in columns stand behind those that were there, the rest unknown", () => {
  const table = new SocketTable(1)
  table.add({ ...plain, pid: 5 })
  table.append(3, { localPort: Int32Array.of(1, 2, 3, 4), state: new Int32Array(3) })
  assert.equal(table.length, 4)
  assert.deepEqual([...table.column("localPort").subarray(0, 4)], [40000, 1, 2, 3])
  assert.deepEqual([...table.column("pid").subarray(0, 4)], [5, -1, -1, -1])
})

test("an interner numbers texts from the empty one on and gives each back", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (texts) => {
      const interner = new Interner()
      const ids = texts.map((text) => interner.idOf(text))
      assert.equal(interner.textOf(0), "")
      assert.deepEqual(
        ids.map((id) => interner.textOf(id)),
        texts,
      )
      assert.equal(interner.size, new Set(["", ...texts]).size)
    }),
  )
})

test("an interner finds nothing it was not given", () => {
  const interner = new Interner()
  assert.equal(interner.find("constructor"), undefined)
  assert.equal(interner.textOf(99), "")
  assert.equal(interner.size, 1)
})
