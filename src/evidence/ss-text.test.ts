import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { SocketObservation } from "../model/observation.ts"
import { SocketTable } from "../model/socket-table.ts"
import { STATES } from "../model/state.ts"
import { readText } from "./reading.ts"
import { parseSsTime } from "./ss-extras.ts"
import { formatSsTime, ssBoundText, ssText } from "./ss-text.ts"

function rowsOf(name: string, text: string): readonly SocketObservation[] {
  const { observations } = readText(name, text)
  assert.deepEqual(
    observations.filter(({ kind }) => kind === "oddity"),
    [],
  )
  return observations.filter((each): each is SocketObservation => each.kind === "socket")
}

/** ss says UNCONN for CLOSED as for BOUND, and the kernel lists no closed sockets. */
const listed = STATES.filter((state) => state !== "CLOSED")

function tableOf(): SocketTable {
  const table = new SocketTable()
  for (const [index, state] of listed.entries()) {
    const isOpen = state === "LISTEN" || state === "BOUND"
    table.add({
      state,
      localAddress: index % 2 === 0 ? "10.1.1.5" : "2001:db8::5",
      localPort: 40_000 + index,
      remoteAddress: isOpen ? (index % 2 === 0 ? "0.0.0.0" : "::") : "192.0.2.7",
      remotePort: isOpen ? 0 : 443,
      receiveQueue: index,
      sendQueue: index + 1,
      pid: state === "CLOSE-WAIT" ? 812 : undefined,
      process: state === "CLOSE-WAIT" ? "nginx" : undefined,
      timer: state === "TIME-WAIT" ? 3 : undefined,
      expiresMs: state === "TIME-WAIT" ? 59_000 : undefined,
      uid: 1000,
      mss: state === "ESTABLISHED" ? 1448 : undefined,
      retransTotal: state === "ESTABLISHED" ? 7 : undefined,
      retransmits: state === "ESTABLISHED" ? 2 : undefined,
      rttUs: state === "ESTABLISHED" ? 30_500 : undefined,
    })
  }
  return table
}

test("ssText is read back by the ss reader, every state but BOUND", () => {
  const rows = rowsOf("t0/ss-tanoie.txt", [...ssText(tableOf())].join(""))
  assert.deepEqual(
    rows.map(({ state }) => state),
    listed.filter((state) => state !== "BOUND"),
  )
  const [closeWait] = rows.filter(({ state }) => state === "CLOSE-WAIT")
  assert.equal(closeWait?.process, "nginx")
  assert.equal(closeWait?.pid, 812)
  const [timeWait] = rows.filter(({ state }) => state === "TIME-WAIT")
  assert.equal(timeWait?.timer, "timewait")
  assert.equal(timeWait?.expiresMs, 59_000)
  const [established] = rows.filter(({ state }) => state === "ESTABLISHED")
  assert.equal(established?.mss, 1448)
  assert.equal(established?.rttMs, 30.5)
  assert.equal(established?.retransTotal, 7)
  assert.deepEqual(established?.remote, { address: "192.0.2.7", port: 443 })
})

test("ssBoundText is read back as BOUND", () => {
  const rows = rowsOf("t0/ss-bound.txt", [...ssBoundText(tableOf())].join(""))
  assert.deepEqual(
    rows.map(({ state, local }) => [state, local.port]),
    [["BOUND", 40_010]],
  )
})

test("ssText comes in bounded pieces", () => {
  const table = new SocketTable()
  for (let port = 1; port <= 5000; port++) {
    table.add({
      state: "ESTABLISHED",
      localAddress: "10.0.0.1",
      localPort: port,
      remoteAddress: "10.0.0.2",
      remotePort: 80,
    })
  }
  const pieces = [...ssText(table, (address) => address.replace("10.0.0.2", "10.0.0.9"))]
  assert.equal(pieces.length, 3)
  const rows = rowsOf("ss-tanoie.txt", pieces.join(""))
  assert.equal(rows.length, 5000)
  assert(rows.every(({ remote }) => remote.address === "10.0.0.9"))
})

test("formatSsTime is read back within the precision ss prints", () => {
  fc.assert(
    fc.property(fc.nat(400_000), (milliseconds) => {
      const read = parseSsTime(formatSsTime(milliseconds))
      assert(read !== undefined)
      const precision = milliseconds < 10_000 ? 1 : 1000
      assert(
        milliseconds - read >= 0 && milliseconds - read < precision,
        `${milliseconds}: ${read}`,
      )
    }),
  )
})
