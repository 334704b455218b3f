import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import type { ConnectionObservation } from "../../model/observation.ts"
import { readText } from "../reading.ts"
import { zeekConnReader, zeekJsonReader } from "./zeek-conn.ts"

const folder = new URL("../../../test/fixtures/zeek-conn/", import.meta.url)

function connections(name: string): readonly ConnectionObservation[] {
  const text = readFileSync(new URL(name, folder), "utf8")
  const { observations } = readText(name, text, [zeekConnReader, zeekJsonReader])
  assert.ok(observations.every((each) => each.kind === "connection"))
  return observations.filter((each) => each.kind === "connection")
}

const whole = connections("zeek6-conn.log")

test("reads the TCP rows with their states, and no others", () => {
  assert.deepEqual(
    whole.map(({ state }) => state),
    ["S0", "SF", "REJ", "RSTO", "RSTR", "S1", "RSTOS0", "SHR", "SF"],
  )
})

test("reads counters, end, answer and who closed", () => {
  const [silent, closed, refused, , , , , late] = whole
  assert.deepEqual(silent?.synTimes, [1700000000.123456])
  assert.equal(silent?.answer, "none")
  assert.equal(silent?.end, silent?.start)
  assert.equal(silent?.bytes, undefined)
  assert.deepEqual(silent?.ipBytes, { from: 60, to: 0 })
  assert.deepEqual(closed?.bytes, { from: 1820, to: 2412 })
  assert.equal(closed?.end, 1700000000.5 + 1.5321)
  assert.equal(closed?.closedBy, "from")
  assert.equal(closed?.answer, "syn-ack")
  assert.equal(refused?.answer, "rst")
  assert.equal(refused?.closedBy, "to")
  assert.deepEqual(late?.synTimes, [])
  assert.equal(late?.answer, undefined)
})

test("follows the use of a four-tuple: the second use, its gap, who held the TIME-WAIT", () => {
  const again = whole.at(-1)
  assert.equal(again?.incarnation, 2)
  assert.equal(again?.earlier?.timeWaitAt, "from")
  assert.ok(Math.abs((again?.earlier?.gapMs ?? 0) - 59_467.9) < 0.01)
})

test("reads the same from rows without header, other separators and JSON", () => {
  const place = ({ at: _at, ...rest }: ConnectionObservation) => rest
  assert.deepEqual(connections("grepped-without-header.log").map(place), whole.map(place))
  assert.deepEqual(
    connections("bars-other-order.log").map(({ state, start, from, to }) => [
      state,
      start,
      from,
      to,
    ]),
    whole.map(({ state, start, from, to }) => [state, start, from, to]),
  )
  const json = connections("json-lines.log")
  assert.equal(json[3]?.scope, "vlan 12")
  assert.deepEqual(
    json.map((each) => ({ ...place(each), scope: undefined })),
    whole.map((each) => ({ ...place(each), scope: undefined })),
  )
})

test("names a row that is cut and goes on", () => {
  const header =
    "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\n"
  const rows =
    "1.5\tC1\t10.0.0.1\t1\t10.0.0.2\t2\n1.5\tC1\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\tXX\nx\tC1\t10.0.0.1\t1\t10.0.0.2\t99999\ttcp\tSF\n"
  const { observations } = readText("conn.log", header + rows, [zeekConnReader])
  assert.deepEqual(
    observations.map((each) => (each.kind === "oddity" ? each.name : each.kind)),
    ["row-truncated", "state-unknown", "connection", "row-malformed"],
  )
})
