/** What no log should hold: cuts at every byte, hostile numbers at every place, templates that hold themselves. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import {
  buildLog,
  CHUNK_BYTES,
  type ElementSpec,
  element,
  optional,
  slot,
  TYPES,
  template,
  value,
} from "../../../test/evtx-builder.ts"
import { eventRecord } from "../../../test/evtx-events.ts"
import { readByUs } from "../../../test/evtx-rival.ts"
import { readText } from "../reading.ts"

const fileHeaderBytes = 4096
const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../test/fixtures/evtx/${name}`, import.meta.url)))

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Offset in the file after each record of the first chunk. */
function endsOf(log: Uint8Array): readonly number[] {
  const ends: number[] = []
  let at = fileHeaderBytes + 512
  while (at + 8 <= log.length && viewOf(log).getUint32(at, true) === 0x2a2a) {
    at += viewOf(log).getUint32(at + 4, true)
    ends.push(at)
  }
  return ends
}

for (const name of ["limits-cut.evtx", "types.evtx"]) {
  test(`${name}, cut at every byte, gives the records before the cut`, () => {
    const log = fixture(name)
    const whole = readByUs(log).records
    const ends = endsOf(log)
    for (let length = 0; length <= log.length; length++) {
      const { records } = readByUs(log.subarray(0, length))
      const count = ends.filter((end) => end <= length).length
      assert.deepEqual([...records], [...whole].slice(0, count), `cut at ${length}`)
    }
  })

  test(`${name}, with hostile numbers at every place, is read without end or error`, () => {
    const log = fixture(name)
    const numbers = [0, 0x7fffffff, 0xffffffff, 0x10000, 512, 536]
    let slowestMs = 0
    for (let at = fileHeaderBytes; at + 4 <= log.length; at += 2) {
      const damaged = log.slice()
      const number = numbers[(at / 2) % numbers.length] ?? 0
      viewOf(damaged).setUint32(at, number, true)
      const before = performance.now()
      readText("System.evtx", damaged)
      slowestMs = Math.max(slowestMs, performance.now() - before)
    }
    assert.ok(slowestMs < 1000, `${slowestMs} ms`)
  })
}

/** Offset of the bytes that begin a use of a template: token, version, its number. */
function usesOf(log: Uint8Array): readonly number[] {
  const uses: number[] = []
  for (let at = fileHeaderBytes + 512; at < log.length; at++) {
    if (log[at] === 0x0c && log[at + 1] === 1) uses.push(at)
  }
  return uses
}

test("a template that holds itself is damage, not a loop", () => {
  const inner = template(element("Inner", {}, "x"))
  const outer = template(element("EventData", {}, { template: inner, values: [] }))
  const records = [1, 2, 3].map((record) =>
    eventRecord({ source: "S", id: 1, time: 1.7e9, record, data: { template: outer, values: [] } }),
  )
  const log = buildLog(records)
  const offsets = usesOf(log).map((at) => viewOf(log).getUint32(at + 6, true))
  assert.ok(offsets.length >= 3)
  for (const target of new Set(offsets)) {
    for (const at of usesOf(log)) {
      const damaged = log.slice()
      viewOf(damaged).setUint32(at + 6, target, true)
      readByUs(damaged)
    }
  }
  const damaged = log.slice()
  // The third use stands in the template that the second one holds.
  viewOf(damaged).setUint32((usesOf(log)[2] ?? 0) + 6, offsets[1] ?? 0, true)
  const { records: read, faults } = readByUs(damaged)
  const unread = faults.filter((says) => says.startsWith("Record"))
  assert.equal(read.size + unread.length, 3)
  assert.match(faults.join(), /template/)
})

test("nesting has a limit", () => {
  const nested = (depth: number): ElementSpec =>
    depth === 0 ? element("Leaf", {}, "x") : element("E", {}, nested(depth - 1))
  const log = (depth: number) =>
    buildLog([
      eventRecord({
        source: "S",
        id: 1,
        time: 1.7e9,
        record: 1,
        data: { template: template(element("EventData", {}, nested(depth))), values: [] },
      }),
    ])
  assert.equal(readByUs(log(40)).records.size, 1)
  const { records, faults } = readByUs(log(400))
  assert.equal(records.size, 0)
  assert.match(faults.join(), /nested too deeply/)
})

test("a chunk that unfolds to far more than its size is stopped", () => {
  const long = "x".repeat(2000)
  const repeated = template(
    element(
      "EventData",
      {},
      ...Array.from({ length: 8 }, () => element("Data", { Name: long }, slot(0, TYPES.uint8))),
    ),
  )
  const bytes = new Uint8Array(8000)
  const values = [{ type: TYPES.uint8 | 0x80, bytes }]
  const log = buildLog([
    eventRecord({
      source: "S",
      id: 1,
      time: 1.7e9,
      record: 1,
      data: { template: repeated, values },
    }),
  ])
  const before = performance.now()
  const { records, faults } = readByUs(log)
  assert.ok(performance.now() - before < 1000)
  assert.equal(records.size, 0)
  assert.match(faults.join(), /unfolds to more/)
})

test("many short records that use a long template are stopped, too", () => {
  const wide = template(
    element(
      "Event",
      {},
      element("System", {}, element("Provider", { Name: "S" }), element("EventID", {}, "1")),
      ...Array.from({ length: 1000 }, () => element("E", {}, optional(0, TYPES.uint8))),
    ),
  )
  const log = buildLog(
    Array.from({ length: 700 }, () => ({ body: { template: wide, values: [value.uint8(1)] } })),
  )
  assert.ok(log.length <= fileHeaderBytes + 2 * CHUNK_BYTES)
  const before = performance.now()
  const { records, faults } = readByUs(log)
  assert.ok(performance.now() - before < 3000)
  assert.ok(records.size > 300 && faults.length > 0, `${records.size} read`)
})
