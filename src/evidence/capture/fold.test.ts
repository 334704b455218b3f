import assert from "node:assert/strict"
import { test } from "node:test"
import { connectionOfPackets, EPOCH_SEC } from "../../../test/segments.ts"

const shake = `
  0.000 A>B S 1000
  0.010 B>A SA 5000 1001
  0.020 A>B A 1001 5001`
const talk = `
  0.030 A>B PA 1001 5001 +100
  0.040 B>A A 5001 1101
  0.050 B>A PA 5001 1101 +1000
  0.060 A>B A 1101 6001`

/** Packets, state and history as Zeek's conn.log has them. */
const states: readonly (readonly [string, string, string, string])[] = [
  ["S0: a SYN without answer", "0 A>B S 1000", "S0", "S"],
  ["S0: the SYN three times", "0 A>B S 1000\n1 A>B S 1000\n3 A>B S 1000", "S0", "S"],
  ["S1: open", shake, "S1", "ShA"],
  ["S1: open before the last ACK", "0 A>B S 1000\n.1 B>A SA 5000 1001", "S1", "Sh"],
  ["S1: talking", shake + talk, "S1", "ShADad"],
  [
    "SF: closed by the client",
    `${shake}${talk}
    0.070 A>B FA 1101 6001
    0.080 B>A FA 6001 1102
    0.090 A>B A 1102 6002`,
    "SF",
    "ShADadFf",
  ],
  [
    "SF: closed by the server",
    `${shake}
    0.070 B>A FA 5001 1001
    0.080 A>B A 1001 5002
    0.090 A>B FA 1001 5002
    0.100 B>A A 5002 1002`,
    "SF",
    "ShAfFa",
  ],
  [
    "SF: a RST behind both FINs changes nothing",
    `${shake}
    0.070 A>B FA 1001 5001
    0.080 B>A FA 5001 1002
    0.090 A>B R 1002`,
    "SF",
    "ShAFfR",
  ],
  [
    "SF: a RST of one who had closed, then the other's FIN",
    `${shake}\n1 A>B FA 1001 5001\n2 A>B R 1002\n3 B>A FA 5001 1002`,
    "SF",
    "ShAFRf",
  ],
  [
    "RSTO: the other's FIN came when all was over",
    `${shake}\n1 A>B FA 1001 5001\n2 A>B R 1002\n30 B>A FA 5001 1002`,
    "RSTO",
    "ShAFRf",
  ],
  ["REJ: refused", "0 A>B S 1000\n.01 B>A RA 0 1001", "REJ", "Sr"],
  [
    "REJ: refused three times",
    `0.0 A>B S 1000
     0.1 B>A RA 0 1001
     0.6 A>B S 1000
     0.7 B>A RA 0 1001
     1.1 A>B S 1000
     1.2 B>A RA 0 1001`,
    "REJ",
    "Sr",
  ],
  [
    "S2: the client has closed",
    `${shake}\n0.07 A>B FA 1001 5001\n.08 B>A A 5001 1002`,
    "S2",
    "ShAFa",
  ],
  [
    "S3: the server has closed",
    `${shake}\n0.07 B>A FA 5001 1001\n.08 A>B A 1001 5002`,
    "S3",
    "ShAf",
  ],
  ["RSTO: reset by the client", `${shake}${talk}\n0.07 A>B RA 1101 6001`, "RSTO", "ShADadR"],
  ["RSTR: reset by the server", `${shake}${talk}\n0.07 B>A RA 6001 1101`, "RSTR", "ShADadr"],
  ["RSTR: after a FIN", `${shake}\n0.07 A>B FA 1001 5001\n.08 B>A R 5001`, "RSTR", "ShAFr"],
  ["RSTOS0: a SYN and a RST", "0 A>B S 1000\n.1 A>B R 1001", "RSTOS0", "SR"],
  ["RSTRH: a SYN-ACK and a RST", "0 B>A SA 5000 1001\n.1 B>A R 5001", "RSTRH", "^hr"],
  ["SH: a SYN and a FIN", "0 A>B S 1000\n.1 A>B FA 1001 1", "SH", "SF"],
  ["SHR: a SYN-ACK and a FIN", "0 B>A SA 5000 1001\n.1 B>A FA 5001 1001", "SHR", "^hf"],
  ["OTH: data in the middle", "0 A>B PA 1001 5001 +10\n.1 B>A A 5001 1011", "OTH", "Da"],
  ["OTH: data of the server first", "0 B>A PA 5001 1001 +10\n.1 A>B A 1001 5011", "OTH", "^dA"],
  ["OTH: a stray RST", "0 A>B R 1001", "OTH", "R"],
  ["OTH: a SYN-ACK alone", "0 B>A SA 5000 1001", "OTH", "^h"],
  ["OTH: no flags at all", "0 A>B - 1001", "OTH", ""],
  ["S0: the SYN-ACK was not captured", "0 A>B S 1000\n.2 A>B A 1001 5001", "S0", "SA"],
  ["SH: SYN and FIN in one", "0 A>B SF 1000", "SH", "Q"],
  ["SF: simultaneous close", `${shake}\n.1 A>B FA 1001 5001\n.1 B>A FA 5001 1001`, "SF", "ShAFf"],
]

for (const [name, packets, state, history] of states) {
  test(name, () => {
    const connection = connectionOfPackets(packets)
    assert.deepEqual([connection.state, connection.history], [state, history])
    assert.equal(connection.from.address, "10.0.0.1")
    assert.equal(connection.to.port, 80)
  })
}

test("a whole connection says everything", () => {
  const connection = connectionOfPackets(`
    0.000 A>B S 1000 ttl128 ts10
    0.010 B>A SA 5000 1001 ttl57 ts20
    0.020 A>B A 1001 5001 ttl128
    0.030 A>B PA 1001 5001 +100
    0.040 B>A PA 5001 1101 +2000
    0.050 A>B A 1101 7001
    1.000 B>A FA 7001 1101
    1.250 A>B FA 1101 7002
    1.260 B>A A 7002 1102`)
  assert.deepEqual(connection, {
    from: { address: "10.0.0.1", port: 40000 },
    to: { address: "10.0.0.2", port: 80 },
    state: "SF",
    history: "ShADdfFa",
    start: EPOCH_SEC,
    end: EPOCH_SEC + 1.26,
    synTimes: [EPOCH_SEC],
    answer: "syn-ack",
    answerMs: 10,
    handshakeMs: 20,
    synAcks: 1,
    closedBy: "to",
    closedAt: EPOCH_SEC + 1,
    halfClosedMs: 250,
    resets: { from: 0, to: 0 },
    bytes: { from: 100, to: 2000 },
    packets: { from: 5, to: 4 },
    ipBytes: { from: 312, to: 2172 },
    retransmits: { from: 0, to: 0 },
    ttl: { from: 128, to: 57 },
    answerTtl: 57,
    isn: { from: 1000, to: 5000 },
    incarnation: 1,
  })
})
