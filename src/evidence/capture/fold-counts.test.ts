/** What is counted: bytes, retransmissions, gaps, windows, copies, challenges, errors of ICMP. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { connectionOfPackets, foldOf } from "../../../test/segments.ts"

const shake = `
  0.000 A>B S 1000
  0.010 B>A SA 5000 1001
  0.020 A>B A 1001 5001`

test("bytes are counted by sequence, retransmissions once", () => {
  const { bytes, retransmits, ipBytes, history } = connectionOfPackets(`${shake}
    1.0 A>B PA 1001 5001 +100
    1.3 A>B PA 1001 5001 +100
    1.9 A>B PA 1001 5001 +100
    2.0 B>A A 5001 1101`)
  assert.deepEqual(bytes, { from: 100, to: 0 })
  assert.deepEqual(retransmits, { from: 2, to: 0 })
  assert.equal(ipBytes?.from, 40 + 40 + 3 * 140)
  assert.equal(history, "ShADTa")
})

test("retransmissions are written at the first, tenth and hundredth", () => {
  const again = Array.from({ length: 100 }, (_, index) => `${2 + index} A>B PA 1001 5001 +100`)
  const { history, retransmits } = connectionOfPackets(
    `${shake}\n 1 A>B PA 1001 5001 +100\n${again.join("\n")}`,
  )
  assert.equal(history, "ShADTTT")
  assert.deepEqual(retransmits, { from: 100, to: 0 })
})

test("keep-alives are neither bytes nor retransmissions", () => {
  const { bytes, retransmits } = connectionOfPackets(`${shake}
    1.0 A>B PA 1001 5001 +100
    1.1 B>A A 5001 1101
    60.0 A>B A 1100 5001 +1
    60.1 B>A A 5001 1101
    120.0 A>B A 1100 5001
    120.1 B>A A 5001 1101`)
  assert.deepEqual(
    [bytes, retransmits],
    [
      { from: 100, to: 0 },
      { from: 0, to: 0 },
    ],
  )
})

test("a segment overtaken by another is no retransmission", () => {
  const reordered = (delay: string) => `${shake}
    1.000 A>B A 2001 5001 +1000
    ${delay} A>B A 1001 5001 +1000
    1.500 B>A A 5001 3001`
  const soon = connectionOfPackets(reordered("1.001"))
  assert.deepEqual([soon.retransmits?.from, soon.bytes?.from, soon.history], [0, 2000, "ShADTa"])
  // So late it was sent again, for the first time was lost before it could be captured.
  assert.equal(connectionOfPackets(reordered("1.300")).retransmits?.from, 1)
})

test("a FIN again is a retransmission and no new letter", () => {
  const { retransmits, history, halfClosedMs } = connectionOfPackets(`${shake}
    1.0 A>B FA 1001 5001
    1.3 A>B FA 1001 5001
    2.0 B>A FA 5001 1002
    2.1 A>B A 1002 5002`)
  assert.deepEqual([retransmits, history, halfClosedMs], [{ from: 1, to: 0 }, "ShAFf", 1000])
})

test("FINs and RSTs from another place are letters again", () => {
  const { history, resets } = connectionOfPackets(`${shake}
    1.0 A>B R 1001
    1.1 A>B R 1001
    1.2 A>B R 1005
    1.3 A>B R 1006`)
  assert.deepEqual([history, resets], ["ShARRR", { from: 4, to: 0 }])
})

test("bytes beyond 4 GiB", () => {
  const step = 1 << 30
  const lines: string[] = []
  let next = 1001
  for (let count = 0; count < 9; count++) {
    lines.push(`${1 + count} A>B PA ${next} 5001 +${step} ip${step}`)
    next = (next + step) % 2 ** 32
    lines.push(`${1 + count}.5 B>A A 5001 ${next}`)
  }
  for (const hasShortcuts of [true, false]) {
    const { connections } = foldOf(`${shake}\n${lines.join("\n")}`, { hasShortcuts })
    assert.equal(connections[0]?.bytes?.from, 9 * step)
    assert.equal(connections[0]?.ipBytes?.from, 80 + 9 * step)
    assert.equal(connections[0]?.history, "ShADa")
  }
})

test("sequence numbers that pass zero", () => {
  const { bytes, history, state } = connectionOfPackets(`
    0.00 A>B S 4294967290
    0.01 B>A SA 4294967295 4294967291
    0.02 A>B A 4294967291 0
    0.03 A>B PA 4294967291 0 +100
    0.04 B>A A 0 95
    0.05 B>A PA 0 95 +10
    0.06 A>B FA 95 10
    0.07 B>A FA 10 96
    0.08 A>B A 96 11`)
  assert.deepEqual([bytes, history, state], [{ from: 100, to: 10 }, "ShADadFf", "SF"])
})

test("bytes of SYNs, FINs and RSTs alone", () => {
  const { bytes, history } = connectionOfPackets(`
    0.0 A>B S 1000
    0.1 B>A SA 5000 1001
    9.0 A>B FA 3000001001 8001
    9.1 B>A FA 8001 3000001002`)
  assert.deepEqual([bytes, history], [{ from: 3_000_000_000, to: 3000 }, "ShFf"])
})

test("bytes that only the other side's acknowledgments show", () => {
  const { bytes, history } = connectionOfPackets(`${shake}
    1.0 A>B PA 1001 5001 +100
    1.1 B>A A 5001 1501
    1.2 A>B A 1501 5001`)
  assert.deepEqual([bytes, history], [{ from: 500, to: 0 }, "ShADaG"])
})

test("a hole that is acknowledged is a gap, one that is filled is none", () => {
  const hole = `${shake}
    1.0 B>A PA 5001 1001 +100
    1.1 B>A PA 5201 1001 +100`
  assert.equal(connectionOfPackets(`${hole}\n 1.2 A>B A 1001 5301`).history, "ShAdg")
  const filled = `${hole}\n 1.15 B>A PA 5101 1001 +100\n 1.2 A>B A 1001 5301`
  assert.equal(connectionOfPackets(filled).history, "ShAdt")
})

test("zero windows are written, but not those of RSTs", () => {
  const { history } = connectionOfPackets(`${shake}
    1.0 A>B PA 1001 5001 +100
    1.1 B>A A 5001 1101 w0
    1.2 B>A A 5001 1101
    2.0 B>A RA 5001 1101 w0`)
  assert.equal(history, "ShADawr")
})

test("FIN with RST and SYN with FIN have letters of their own", () => {
  assert.equal(connectionOfPackets(`${shake}\n 1 A>B FR 1001`).history, "ShAI")
  assert.equal(connectionOfPackets("0 A>B SF 1000\n 1 B>A RA 0 1002").history, "Qr")
})

test("duplicate SYN-ACKs are counted", () => {
  const { synAcks, handshakeMs, history, bytes } = connectionOfPackets(`
    0 A>B S 1000
    .1 B>A SA 5000 1001
    1.1 B>A SA 5000 1001
    3.1 B>A SA 5000 1001
    3.2 A>B A 1001 5001`)
  assert.deepEqual([synAcks, handshakeMs, history], [3, 3200, "ShA"])
  assert.deepEqual(bytes, { from: 0, to: 0 })
})

test("a RST inside the window that is challenged", () => {
  const { challengeAcks, resets } = connectionOfPackets(`${shake}
    1.0 A>B PA 1001 5001 +100
    1.1 B>A A 5001 1101
    2.0 A>B R 1500
    2.1 B>A A 5001 1101`)
  assert.deepEqual([challengeAcks, resets], [1, { from: 1, to: 0 }])
})

test("a RST where it is due is not challenged by an ACK that was on its way", () => {
  const { challengeAcks } = connectionOfPackets(`${shake}
    1.0 B>A PA 5001 1001 +100
    2.0 A>B R 1001
    2.1 B>A A 5101 1001`)
  assert.equal(challengeAcks, undefined)
})

test("a SYN that is repeated in the open connection is challenged", () => {
  const { challengeAcks, synTimes, state } = connectionOfPackets(`${shake}
    1.0 A>B S 1000
    1.1 B>A A 5001 1001
    1.2 B>A A 5001 1001`)
  assert.deepEqual([challengeAcks, synTimes.length, state], [1, 2, "S1"])
})

const copies: readonly (readonly [string, number, number, string])[] = [
  ["on another interface", 1, 1, "0 A>B S 1000 id7 if0\n .001 A>B S 1000 id7 if1"],
  ["on the same interface", 1, 1, "0 A>B S 1000 id7\n .0001 A>B S 1000 id7"],
  ["behind a router", 1, 1, "0 A>B S 1000 id7 ttl64\n .001 A>B S 1000 id7 ttl63"],
  ["three times", 1, 2, "0 A>B S 1000 id7\n .001 A>B S 1000 id7\n .002 A>B S 1000 id7"],
  ["a retransmission has another identification", 2, 0, "0 A>B S 1000 id7\n .01 A>B S 1000 id8"],
  [
    "an identification that is the same for all says nothing",
    2,
    0,
    "0 A>B S 1000 id1\n .01 A>B S 1000 id1",
  ],
  ["a retransmission is late", 2, 0, "0 A>B S 1000 id7\n 1 A>B S 1000 id7"],
  ["without identification, at once", 1, 1, "0 A>B S 1000 id0\n .0002 A>B S 1000 id0"],
  ["without identification, a little later", 2, 0, "0 A>B S 1000 id0\n .02 A>B S 1000 id0"],
  ["IPv6 with timestamps", 1, 1, "0 E>F S 1000 ts5\n .02 E>F S 1000 ts5"],
  ["IPv6 with another timestamp", 2, 0, "0 E>F S 1000 ts5\n .02 E>F S 1000 ts6"],
]

for (const [name, packets, copied, notation] of copies) {
  test(`copies: ${name}`, () => {
    const connection = connectionOfPackets(notation)
    assert.deepEqual([connection.packets?.from, connection.copies ?? 0], [packets, copied])
    assert.equal(connection.synTimes.length, packets)
  })
}

test("equal acknowledgments in a row are no copies, unless others were", () => {
  const acks = "1 F>E A 5001 1001\n 1.0001 F>E A 5001 1001\n 1.0002 F>E A 5001 1001"
  const once = "0 E>F S 1000\n .01 F>E SA 5000 1001\n .02 E>F A 1001 5001"
  assert.equal(connectionOfPackets(`${once}\n${acks}`).packets?.to, 4)
  const twice = "0 E>F S 1000 if0\n 0.0001 E>F S 1000 if1\n .01 F>E SA 5000 1001"
  const { packets, copies: count } = connectionOfPackets(`${twice}\n${acks}`)
  assert.deepEqual([packets?.to, count], [2, 3])
})

test("copies behind each other's originals are found, too", () => {
  const data = Array.from(
    { length: 40 },
    (_, index) => `A>B PA ${1001 + index * 10} 5001 +10 id${index + 1}`,
  )
  const lines = [...data.map((line) => `1 ${line} if0`), ...data.map((line) => `1.001 ${line} if1`)]
  const {
    packets,
    copies: count,
    retransmits,
  } = connectionOfPackets(`${shake}\n${lines.join("\n")}`)
  assert.deepEqual([packets?.from, count, retransmits?.from], [42, 40, 0])
})

test("an ICMP error answers the SYN that it quotes", () => {
  const { answer, answerMs, answeredBy, answerTtl, state } = connectionOfPackets(`
    0.00 A>B S 1000
    0.02 10.0.0.254 icmp3/13 A>B 1000`)
  assert.deepEqual(
    [answer, answerMs, answeredBy, answerTtl, state],
    ["icmp 3/13", 20, "10.0.0.254", 64, "S0"],
  )
})

test("an ICMP error that quotes something else answers nothing", () => {
  for (const quote of ["A>B 999", "B>A 1000", "A>C 1000"]) {
    const { answer, answeredBy } = connectionOfPackets(
      `0 A>B S 1000\n .02 10.0.0.9 icmp3/13 ${quote}`,
    )
    assert.deepEqual([answer, answeredBy], ["none", undefined])
  }
})

test("an ICMP error before the SYN-ACK was not the last word", () => {
  const { answer, answeredBy } = connectionOfPackets(`
    0.0 A>B S 1000
    0.1 10.0.0.254 icmp3/1 A>B 1000
    1.0 A>B S 1000
    1.1 B>A SA 5000 1001`)
  assert.deepEqual([answer, answeredBy], ["syn-ack", undefined])
})

test("an ICMP error alone makes no connection", () => {
  const { connections, fold } = foldOf("0 10.0.0.254 icmp3/13 A>B 1000")
  assert.deepEqual([connections.length, fold.icmpErrors], [0, 1])
})

test("half-closed: the time between the FINs, data goes on", () => {
  const { halfClosedMs, bytes, closedBy, history } = connectionOfPackets(`${shake}
    1.0 A>B FA 1001 5001
    1.1 B>A A 5001 1002
    5.0 B>A PA 5001 1002 +5000
    5.1 A>B A 1002 10001
    6.0 B>A FA 10001 1002
    6.1 A>B A 1002 10002`)
  assert.deepEqual([halfClosedMs, closedBy, history], [5000, "from", "ShAFadf"])
  assert.deepEqual(bytes, { from: 0, to: 5000 })
})

test("data in the SYN", () => {
  const { bytes, history, state } = connectionOfPackets(`
    0.0 A>B S 1000 +50
    0.1 B>A SA 5000 1051
    0.2 A>B A 1051 5001
    0.3 A>B PA 1051 5001 +50`)
  assert.deepEqual([bytes, history, state], [{ from: 100, to: 0 }, "ShAD", "S1"])
})
