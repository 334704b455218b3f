import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { hostOf, rowsOf } from "../../test/host-evidence.ts"
import { viewOf } from "./view.ts"

function change(
  values: readonly (number | undefined)[],
  times: readonly (number | undefined)[] = [],
) {
  const moments = values.map((value, index) => {
    const time = times[index]
    return {
      ...(value === undefined ? {} : { counters: { n: value } }),
      ...(time === undefined ? {} : { time }),
    }
  })
  return viewOf(hostOf({ moments })).change("n")
}

test("a counter changes between the first and the last snapshot that have it", () => {
  const found = change([undefined, 5, undefined, 11, undefined], [0, 10, 20, 30, 40])
  assert.deepEqual([found?.by, found?.seconds, found?.perSec], [6, 20, 0.3])
})

test("without times there is a change and no rate", () => {
  const found = change([5, 11])
  assert.equal(found?.by, 6)
  assert.ok(!("perSec" in found))
})

test("one reading is no change", () => {
  assert.equal(change([5]), undefined)
  assert.equal(change([undefined, 5]), undefined)
  assert.equal(change([]), undefined)
})

test("a counter that went back began anew: what it shows has happened since", () => {
  assert.equal(change([500, 30])?.by, 30)
})

test("a change is never negative", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 2 }), (values) => {
      assert.ok((change(values)?.by ?? -1) >= 0)
    }),
  )
})

test("the latest value is the last snapshot's that has it", () => {
  const view = viewOf(hostOf({ moments: [{ counters: { n: 1 } }, { counters: { n: 2 } }, {}] }))
  assert.equal(view.counter("n")?.value, 2)
  assert.equal(view.counter("constructor"), undefined)
})

test("of very many snapshots the first and the last are looked at, and few between", () => {
  const moments = Array.from({ length: 100 }, (_, index) => ({
    time: index,
    rows: rowsOf(index + 1),
  }))
  const { ledgers, motion, now } = viewOf(hostOf({ moments }))
  assert.equal(ledgers.length, 16)
  assert.deepEqual([ledgers[0]?.table.length, now?.table.length], [1, 100])
  assert.deepEqual([motion.seconds, motion.snapshots], [99, 16])
})

test("events are found by source and number, as text or not, whatever the case", () => {
  const view = viewOf(
    hostOf({
      events: [
        { source: "Tcpip", id: 4227 },
        { source: "kernel", id: "4227" },
      ],
    }),
  )
  assert.equal(view.events("tcpip", "4227").length, 1)
  assert.equal(view.events("Tcpip", 4226).length, 0)
})

test("a setting that is no number is none", () => {
  const view = viewOf(hostOf({ settings: { a: "12", b: 12, c: Number.NaN } }))
  assert.deepEqual(["a", "b", "c", "d"].map(view.number), [undefined, 12, undefined, undefined])
})

test("a machine without sockets has neither ledger nor motion", () => {
  const { now, hasSockets, hasMotion, ledgers } = viewOf(hostOf({}))
  assert.deepEqual([now, hasSockets, hasMotion, ledgers.length], [undefined, false, false, 0])
})
