import assert from "node:assert/strict"
import { test } from "node:test"
import { sweepOf } from "../../test/connections.ts"
import { hostOf, rowsOf } from "../../test/host-evidence.ts"
import { TrafficDraft } from "../evidence/traffic.ts"
import { timelineOf } from "./timeline.ts"

const start = 1_700_000_000
const sweep = sweepOf({ targets: 200, level: 30, perSec: 20, holdSec: 5, start })

function traffic() {
  const draft = new TrafficDraft("sweep.pcap", "capture")
  for (const [index, connection] of sweep.entries()) draft.add(connection, index + 1)
  return draft.finish()
}

test("each vantage has its lane on one grid", () => {
  const parts = {
    moments: [{ time: start + 4, rows: rowsOf(30) }],
    attempts: [
      { time: start + 3, ok: true },
      { time: start + 5, ms: 1000 },
    ],
    events: [
      { source: "Tcpip", id: 4226, time: start + 6 },
      { source: "Tcpip", id: 4226, time: start - 86_400 },
    ],
  }
  const timeline = timelineOf([{ ...hostOf(parts), traffic: [traffic()] }])
  assert.deepEqual(
    timeline?.lanes.map(({ kind }) => kind),
    ["capture", "sockets", "client log", "event log"],
  )
  const [capture, sockets, client, events] = timeline?.lanes ?? []
  const most = Math.max(...(capture?.level?.points ?? []).map(([, value]) => value))
  assert.equal(most, 30)
  const refused = capture?.counts.find(({ isTrouble }) => isTrouble)?.perBin ?? []
  const expected = sweep.filter(({ answer }) => answer === "none").length
  assert.equal(
    refused.reduce((sum, count) => sum + count, 0),
    expected,
  )
  assert.deepEqual(sockets?.level?.points, [[start + 4, 30]])
  assert.equal(client?.counts.length, 2)
  assert.equal(events?.marks.length, 1, "an event of yesterday is not on the line")
})

test("without a course over time there is no line", () => {
  assert.equal(timelineOf([hostOf({ moments: [{ time: start, rows: rowsOf(3) }] })]), undefined)
})
