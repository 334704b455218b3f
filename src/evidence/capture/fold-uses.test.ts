/** Which packets are one connection, who opened it, and what the four-tuple was before. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { connectionOfPackets, EPOCH_SEC, foldOf } from "../../../test/segments.ts"

const shake = `
  0.000 A>B S 1000
  0.010 B>A SA 5000 1001
  0.020 A>B A 1001 5001`
/** The client closes first. */
const closed = `${shake}
  1.000 A>B FA 1001 5001 ts50
  1.010 B>A FA 5001 1002 ts50
  1.020 A>B A 1002 5002`
/** The server closes first, and so holds the TIME-WAIT. */
const closedByServer = `${shake}
  1.000 B>A FA 5001 1001
  1.010 A>B FA 1001 5002 ts50
  1.020 B>A A 5002 1002`

function statesOf(notation: string): readonly string[] {
  return foldOf(notation).connections.map(({ state, history }) => `${state} ${history}`)
}

test("the same initial sequence number again is the same attempt", () => {
  const { synTimes, answer, state } = connectionOfPackets(`
    0 A>B S 1000
    1 A>B S 1000
    3 A>B S 1000
    7 A>B S 1000`)
  assert.deepEqual(
    synTimes,
    [0, 1, 3, 7].map((sec) => EPOCH_SEC + sec),
  )
  assert.deepEqual([answer, state], ["none", "S0"])
})

test("a refused SYN that Windows repeats is one attempt, refused three times", () => {
  const connection = connectionOfPackets(`
    0.00 A>B S 1000
    0.01 B>A RA 0 1001 ttl60
    0.50 A>B S 1000
    0.51 B>A RA 0 1001
    1.00 A>B S 1000
    1.01 B>A RA 0 1001`)
  assert.equal(connection.refusals, 3)
  assert.equal(connection.synTimes.length, 3)
  assert.deepEqual(connection.resets, { from: 0, to: 3 })
  assert.deepEqual([connection.answer, connection.answerMs, connection.answerTtl], ["rst", 10, 60])
})

test("refused, and taken the next time", () => {
  const connection = connectionOfPackets(`
    0.00 A>B S 1000
    0.01 B>A RA 0 1001
    0.50 A>B S 1000
    0.51 B>A SA 5000 1001
    0.52 A>B A 1001 5001`)
  const { state, answer, answerMs, handshakeMs, refusals, closedBy } = connection
  assert.deepEqual(
    { state, answer, answerMs, handshakeMs, refusals, closedBy },
    {
      state: "S1",
      answer: "syn-ack",
      answerMs: 510,
      handshakeMs: 520,
      refusals: 1,
      closedBy: undefined,
    },
  )
})

test("another initial sequence number is another use of the four-tuple", () => {
  const { connections } = foldOf(`${closed}\n 2.020 A>B S 9000\n 2.030 B>A SA 7000 9001`)
  const [first, second] = connections
  assert.deepEqual([first?.state, second?.state], ["SF", "S1"])
  assert.deepEqual([first?.incarnation, second?.incarnation], [1, 2])
  assert.deepEqual(second?.earlier, { gapMs: 1000, timeWaitAt: "from" })
  assert.equal(first?.earlier, undefined)
})

test("a SYN into a TIME-WAIT says why it may be taken", () => {
  const earlierOf = (syn: string) => foldOf(`${closedByServer}\n${syn}`).connections[1]?.earlier
  const seen = { gapMs: 980, timeWaitAt: "to" }
  assert.deepEqual(earlierOf("2 A>B S 1003"), { ...seen, reopenedBy: "sequence" })
  assert.deepEqual(earlierOf("2 A>B S 500"), seen)
  assert.deepEqual(earlierOf("2 A>B S 500 ts51"), { ...seen, reopenedBy: "timestamp" })
  assert.deepEqual(earlierOf("2 A>B S 500 ts49"), seen)
  assert.deepEqual(earlierOf("2 A>B S 1002"), seen)
})

test("after a reset nobody holds a TIME-WAIT", () => {
  const { connections } = foldOf(`${shake}\n 1 A>B R 1001\n 2 A>B S 9000`)
  assert.deepEqual(connections[1]?.earlier, { gapMs: 1000 })
})

test("who held the TIME-WAIT is said by the ends of the new use", () => {
  const { connections } = foldOf(`${closedByServer}\n 2 B>A S 70000`)
  assert.deepEqual([connections[1]?.from.port, connections[1]?.earlier?.timeWaitAt], [80, "from"])
})

test("a SYN that a TIME-WAIT challenges is one connection", () => {
  const { connections } = foldOf(`${closedByServer}
    2.000 A>B S 700
    2.001 B>A A 5002 1002
    2.002 A>B R 1002
    3.000 A>B S 700
    3.001 B>A SA 8000 701
    3.002 A>B A 701 8001
    3.003 A>B PA 701 8001 +10
    3.004 A>B FA 711 8001
    3.005 B>A FA 8001 712
    3.006 A>B A 712 8002`)
  assert.equal(connections.length, 2)
  const [, second] = connections
  assert.equal(second?.state, "SF")
  assert.equal(second?.challengeAcks, 1)
  assert.equal(second?.synTimes.length, 2)
  assert.deepEqual([second?.answer, second?.answerMs], ["syn-ack", 1001])
  assert.deepEqual(second?.bytes, { from: 10, to: 0 })
  assert.deepEqual([second?.closedBy, second?.closedAt], ["from", EPOCH_SEC + 3.004])
})

test("a challenge whose beginning was not captured is one, too", () => {
  const connection = connectionOfPackets(`
    2.000 A>B S 700
    2.001 B>A A 5002 1002
    2.002 A>B R 1002`)
  const { state, answer, challengeAcks, bytes } = connection
  assert.deepEqual(
    { state, answer, challengeAcks, bytes },
    { state: "RSTOS0", answer: "ack", challengeAcks: 1, bytes: { from: 0, to: 0 } },
  )
})

test("an ACK of the SYN itself is no challenge", () => {
  const { challengeAcks, answer, state } = connectionOfPackets(`
    0.0 A>B S 1000
    0.1 B>A A 5000 1001
    0.2 B>A SA 5000 1001`)
  assert.deepEqual([challengeAcks, answer, state], [undefined, "syn-ack", "S1"])
})

test("a SYN inside an open connection: what fits the open one stays there", () => {
  const { connections } = foldOf(`${shake}
    1.0 A>B PA 1001 5001 +10
    1.1 A>B S 900000
    1.2 B>A A 5001 1011
    1.3 B>A PA 5001 1011 +20
    1.4 A>B A 1011 5021
    1.5 A>B FA 1011 5021
    1.6 B>A FA 5021 1012`)
  assert.deepEqual(
    connections.map(({ state, bytes, challengeAcks }) => [state, bytes, challengeAcks]),
    [
      ["SF", { from: 10, to: 20 }, undefined],
      ["S0", { from: 0, to: 0 }, 1],
    ],
  )
})

test("a FIN of the former use behind the new SYN is the former's", () => {
  const { connections } = foldOf(`${closedByServer}
    2.0 A>B S 5000
    2.1 B>A FA 5001 1001
    2.2 B>A SA 9000 5001`)
  assert.deepEqual(
    connections.map(({ state }) => state),
    ["SF", "S1"],
  )
  assert.deepEqual(connections[0]?.retransmits, { from: 0, to: 1 })
  assert.deepEqual(connections[1]?.packets, { from: 1, to: 1 })
})

test("a SYN-ACK that answers the former of two SYNs is the former's", () => {
  const { connections } = foldOf(`
    0.0 A>B S 1000
    0.5 A>B S 2000
    0.6 B>A SA 5000 1001
    0.7 B>A SA 6000 2001`)
  assert.deepEqual(
    connections.map(({ isn }) => isn),
    [
      { from: 1000, to: 5000 },
      { from: 2000, to: 6000 },
    ],
  )
})

test("a SYN behind its SYN-ACK was overtaken", () => {
  const { state, history, synTimes, answerMs, from } = connectionOfPackets(`
    0.010 B>A SA 5000 1001
    0.011 A>B S 1000
    0.020 A>B A 1001 5001
    0.030 A>B FA 1001 5001
    0.040 B>A FA 5001 1002`)
  assert.deepEqual([state, history, from.port], ["SF", "^hSAFf", 40000])
  assert.deepEqual([synTimes.length, answerMs], [1, undefined])
})

test("a SYN behind the first data was overtaken", () => {
  assert.deepEqual(statesOf("0 A>B A 1001 5001\n .1 A>B S 1000\n .2 B>A SA 5000 1001").length, 1)
})

test("the same number long after is another attempt", () => {
  assert.equal(foldOf("0 A>B S 1000\n 3600 A>B S 1000").connections.length, 2)
})

test("the same number again after the connection has ended is another one", () => {
  assert.deepEqual(statesOf(`${closed}\n 5 A>B S 1000\n 5.1 B>A SA 5000 1001`), [
    "SF ShAFf",
    "S1 Sh",
  ])
})

test("simultaneous open is one connection", () => {
  const { state, history, from, synTimes } = connectionOfPackets(`
    0.000 C>D S 1000
    0.001 D>C S 5000
    0.010 D>C SA 5000 1001
    0.011 C>D SA 1000 5001
    0.020 C>D A 1001 5001`)
  assert.deepEqual([state, history, from.port, synTimes.length], ["S1", "SsA", 50001, 1])
})

test("a SYN the other way when the first has long been given up is another attempt", () => {
  const { connections } = foldOf("0 C>D S 1000\n 90 D>C S 5000\n 90.1 C>D SA 2000 5001")
  assert.deepEqual(
    connections.map(({ from, state }) => [from.port, state]),
    [
      [50001, "S0"],
      [50002, "S1"],
    ],
  )
})

test("a handshake that begins with the SYN-ACK has the right direction", () => {
  for (const server of ["B", "D"]) {
    const { from, state, history, answer } = connectionOfPackets(`
      0.0 ${server}>C SA 5000 1001
      0.1 C>${server} A 1001 5001`)
    assert.deepEqual([from.address, state, history], ["10.0.0.3", "S1", "^hA"])
    // No SYN was seen: nothing is said of its answer.
    assert.equal(answer, undefined)
  }
})

test("SYN-ACKs without their SYNs are told apart by their numbers", () => {
  const { connections } = foldOf("0 B>A SA 5000 1001\n 1 B>A SA 5000 1001\n 2 B>A SA 9000 2001")
  assert.deepEqual(
    connections.map(({ synAcks }) => synAcks),
    [2, 1],
  )
})

/** The first packet's sender and receiver, and which port is the server's. */
const middles: readonly (readonly [number, number, number])[] = [
  [80, 40000, 80],
  [40000, 80, 80],
  [445, 1043, 445],
  [1043, 445, 445],
  [8080, 40000, 8080],
  [9999, 51000, 9999],
  [51000, 9999, 9999],
  [12345, 50000, 12345],
  [20, 40000, 40000],
  [2049, 801, 2049],
  [801, 2049, 2049],
  [3389, 1433, 1433],
  [50000, 60000, 60000],
  [22, 443, 22],
  [443, 22, 22],
]

for (const [from, to, server] of middles) {
  test(`from the middle: the first packet from port ${from} to ${to}, the server is ${server}`, () => {
    const end = (port: number) => `10.0.0.${port === from ? 1 : 2}:${port}`
    const connection = connectionOfPackets(`
      0.0 ${end(from)}>${end(to)} PA 1001 5001 +10
      0.1 ${end(to)}>${end(from)} A 5001 1011`)
    assert.equal(connection.to.port, server)
    assert.equal(connection.history.startsWith("^"), server === from)
  })
}

test("a guessed direction is turned by a SYN-ACK", () => {
  const { from, history } = connectionOfPackets(`
    0.00 D>C PA 1001 5001 +10
    0.01 D>C SA 1000 5001`)
  assert.equal(from.port, 50001)
  assert.equal(history[0], "^")
})

test("packets of a connection whose SYN was missed are not added to one that has ended", () => {
  assert.deepEqual(statesOf(`${closed}\n 60 A>B PA 900000000 1 +10\n 60.1 B>A A 1 900000010`), [
    "SF ShAFf",
    "OTH Da",
  ])
})

test("packets with other numbers after a long silence are another connection", () => {
  const [first, second] = foldOf(
    `${shake}\n 400 A>B PA 900000000 1 +10\n 400.1 B>A A 1 900000010`,
  ).connections
  assert.deepEqual([first?.state, second?.state], ["S1", "OTH"])
  assert.deepEqual([first?.bytes?.from, second?.bytes?.from], [0, 10])
})

test("tunnels of two networks do not mix", () => {
  const { connections } = foldOf(`
    0.0 A>B S 1000 vx1
    0.1 A>B S 1000 vx2
    0.2 B>A SA 5000 1001 vx2`)
  assert.deepEqual(
    connections.map(({ scope, state }) => [scope, state]),
    [
      ["vxlan 1", "S0"],
      ["vxlan 2", "S1"],
    ],
  )
})

test("a long idle connection stays one", () => {
  assert.deepEqual(statesOf(`${shake}\n 7200 A>B PA 1001 5001 +1\n 90000 B>A A 5001 1002`), [
    "S1 ShADa",
  ])
})

test("a clock that goes back breaks nothing", () => {
  const { start, end, state, answerMs } = connectionOfPackets(`
    100.0 A>B S 1000
    40.0 B>A SA 5000 1001
    40.1 A>B A 1001 5001
    40.2 A>B FA 1001 5001
    40.3 B>A FA 5001 1002`)
  assert.deepEqual(
    [start, end, state, answerMs],
    [EPOCH_SEC + 100, EPOCH_SEC + 100, "SF", undefined],
  )
})

test("SYN times are bounded, SYNs are counted on", () => {
  const lines = Array.from({ length: 100 }, (_, second) => `${second} A>B S 1000`)
  const { synTimes, packets } = connectionOfPackets(lines.join("\n"))
  assert.equal(synTimes.length, 64)
  assert.equal(packets?.from, 100)
})

test("connections beyond the most are counted, those that are kept go on", () => {
  const { connections, fold } = foldOf(
    `${shake}
    1 C>D S 1
    2 E>F S 1
    3 E>F S 1
    4 A>B S 9000
    5 A>B FA 1001 5001`,
    { connectionsMax: 2 },
  )
  assert.deepEqual(
    connections.map(({ state }) => state),
    ["S2", "S0"],
  )
  assert.deepEqual([fold.synsUnkept, fold.packetsUnkept], [3, 3])
})
