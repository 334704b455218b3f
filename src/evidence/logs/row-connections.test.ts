/** Rows to connections: what each kind of row gives, what several of them give together, and the bounds. */
import assert from "node:assert/strict"
import test from "node:test"
import fc from "fast-check"
import { type IsaDecision, isaLog } from "../../../test/isa-log.ts"
import type { Connection } from "../../model/connection.ts"
import type { LogObservation } from "../../model/observation.ts"
import { readText } from "../reading.ts"
import { RowConnections } from "./row-connections.ts"

const begin = 1_173_686_400

/** What a row has besides the usual; null takes a usual field away. */
type Row = { readonly [Key in keyof LogObservation]?: LogObservation[Key] | null }

function fold(rows: readonly Row[], most?: number) {
  const connections: Connection[] = []
  const lines: (number | undefined)[] = []
  const folded = new RowConnections((connection, at) => {
    connections.push(connection)
    lines.push(at.line)
  }, most)
  for (const [index, row] of rows.entries()) folded.add(rowOf(index, row))
  return { tally: folded.finish(), connections, lines }
}

function rowOf(index: number, row: Row): LogObservation {
  const usual: LogObservation = {
    kind: "log",
    source: "isa",
    action: row.did ?? "row",
    protocol: "tcp",
    from: { address: "10.1.1.5", port: 1118 },
    to: { address: "10.2.0.1", port: 445 },
    time: begin + index,
    at: { source: "isa.w3c", line: index + 1 },
  }
  const fields = Object.entries({ ...usual, ...row }).filter(([, value]) => value !== null)
  return Object.fromEntries(fields) as LogObservation
}

/** What a case is about, times in seconds after the first row. */
function brief(connection: Connection) {
  const { state, answer, start, end, synTimes, closedBy, incarnation } = connection
  const since = (time: number) => Math.round((time - begin) * 1000) / 1000
  const times = `${since(start)}-${since(end)} [${synTimes.map(since).join(" ")}]`
  const more = [closedBy ?? "", incarnation > 1 ? `#${incarnation}` : ""].join("")
  return `${state} ${answer ?? "-"} ${times}${more === "" ? "" : ` ${more}`}`
}

const key = { connection: "1:7" } as const

const cases: readonly (readonly [string, readonly Row[], readonly string[]])[] = [
  [
    "opened and closed in order",
    [
      { did: "open", ...key },
      { did: "close", ...key, result: "0x80074e20", ms: 900 },
    ],
    ["SF syn-ack 0-1 [0]"],
  ],
  ["without a key, by four-tuple", [{ did: "open" }, { did: "close" }], ["SF syn-ack 0-1 [0]"]],
  [
    "open when the log ends",
    [
      { did: "open", ...key },
      { did: "deny", from: other(2) },
    ],
    ["S0 deny deny 1-1 [1]", "S1 syn-ack 0-1 [0]"],
  ],
  [
    "ended by the firewall",
    [
      { did: "open", ...key },
      { did: "close", ...key, result: "0x80074e24" },
    ],
    ["S1 syn-ack 0-1 [0]"],
  ],
  [
    "ended by a timeout, in the words of others",
    [
      { did: "open", ...key },
      { did: "close", ...key, result: "Connection timeout", source: "asa" },
    ],
    ["S1 syn-ack 0-1 [0]"],
  ],
  [
    "reset by a side that the row names",
    [
      { did: "open", ...key },
      { did: "close", ...key, result: "tcp-rst-from-server", source: "pan" },
    ],
    ["RSTR syn-ack 0-1 [0] to"],
  ],
  [
    "closed because the server never answered",
    [
      { did: "open", ...key },
      { did: "close", ...key, result: "0xc0040038" },
    ],
    ["S0 none 0-1 [0]"],
  ],
  [
    "failed, with the row that let the SYN through",
    [
      { did: "open", ...key },
      { did: "fail", ...key, result: "0xc0040038" },
    ],
    ["S0 none 0-1 [0]"],
  ],
  ["failed, with its duration only", [{}, { did: "fail", ms: 1000 }], ["S0 none 0-1 [0]"]],
  ["failed, and nothing says since when", [{ did: "fail" }], ["S0 none 0-0 []"]],
  ["refused by the target", [{ did: "fail", result: "10061", ms: 0 }], ["REJ rst 0-0 [0]"]],
  ["unreachable", [{ did: "fail", result: "10065", ms: 0 }], ["S0 icmp unreachable 0-0 [0]"]],
  ["closed, with its duration only", [{}, { did: "close", ms: 500 }], ["SF syn-ack 0.5-1 [0.5]"]],
  ["closed, and nothing says since when", [{ did: "close" }], ["OTH - 0-0 []"]],
  [
    "denied, its SYNs repeated",
    [0, 3, 9].map((second) => ({ did: "deny", result: "0xc0040037", time: begin + second })),
    ["S0 deny 0xc0040037 0-9 [0 3 9]"],
  ],
  [
    "denied, and the port used again later",
    [0, 200].map((second) => ({ did: "deny", result: "0xc004000d", time: begin + second })),
    ["S0 deny 0xc004000d 0-0 [0]", "S0 deny 0xc004000d 200-200 [200] #2"],
  ],
  [
    "denied first, let through when its SYN came again",
    [{ did: "deny" }, {}, {}, { did: "open", ...key }, { did: "close", ...key }],
    ["SF syn-ack 0-4 [0 3]"],
  ],
  [
    "closed after the clock was set back",
    [
      { did: "open", ...key, time: begin + 100 },
      { did: "close", ...key, time: begin },
    ],
    ["SF syn-ack 100-100 [100]"],
  ],
  [
    "rejected with a reset",
    [{ did: "deny", action: "REJECT", result: "policy 7" }],
    ["REJ deny policy 7 0-0 [0]"],
  ],
  [
    "a segment of a connection unknown there is no attempt",
    [
      { did: "deny", result: "0xc0040017" },
      { did: "deny", result: "ACK FIN", source: "netfilter" },
    ],
    [],
  ],
  [
    "known only by a row of its status",
    [{}, { ...key, ms: 901_000 }, { did: "close", ...key, ms: 902_000 }],
    ["SF syn-ack -900-2 [-900]"],
  ],
  [
    "the firewall counts its keys from the start again",
    [
      { did: "open", ...key },
      { did: "open", ...key, from: other(9) },
    ],
    ["S1 syn-ack 0-0 [0]", "S1 syn-ack 1-1 [1]"],
  ],
  [
    "other protocols, and rows that say nothing of a connection",
    [{ did: "open", protocol: "udp" }, { action: "Allowed" }, { did: "open", to: null }],
    [],
  ],
]

function other(port: number) {
  return { address: "10.1.1.5", port: 2000 + port }
}

for (const [name, rows, want] of cases) {
  test(name, () => {
    const { connections, tally } = fold(rows)
    assert.deepEqual(connections.map(brief), want)
    assert.equal(tally.connections, want.length)
  })
}

test("the gap since the last use of a four-tuple is said", () => {
  const times = [0, 10, 100, 110].map((second) => begin + second)
  const rows = times.map((time, index): Row => ({ did: index % 2 === 0 ? "open" : "close", time }))
  const [first, second] = fold(rows).connections
  assert.equal(first?.earlier, undefined)
  assert.deepEqual(second?.earlier, { gapMs: 90_000 })
  assert.equal(second?.incarnation, 2)
})

test("what the firewall ended holds no place in it any more", () => {
  const ended = fold([{ did: "open" }, { did: "close", result: "0x80074e24" }]).connections
  assert.equal(ended[0]?.closedAt, begin + 1)
  assert.equal(fold([{ did: "open" }]).connections[0]?.closedAt, undefined)
})

test("rows of one second keep their order", () => {
  const rows = Array.from({ length: 20 }, (_, index): Row => {
    return { did: index < 16 ? "open" : "deny", from: other(index), time: begin }
  })
  const { connections } = fold([...rows, { did: "open", time: begin + 1 }])
  const denied = connections.filter(({ state }) => state === "S0")
  assert.equal(denied.length, 4)
  for (const { start } of denied) {
    assert.equal(connections.filter((each) => each.state === "S1" && each.start < start).length, 16)
    assert.equal(Math.floor(start), begin)
  }
})

test("each firewall has keys of its own", () => {
  const rows = ["a", "b"].map((vantage): Row => ({ did: "open", ...key, vantage }))
  const { connections } = fold([...rows, { did: "close", ...key, vantage: "a" }])
  assert.deepEqual(connections.map(({ state }) => state).sort(), ["S1", "SF"])
})

test("rows without a time, strays and dropped ones are counted", () => {
  const rows: Row[] = [
    { did: "open", time: null },
    { did: "deny", result: "0xc0040017" },
    ...[1, 2, 3].map((port): Row => ({ did: "open", from: other(port) })),
  ]
  const { tally, connections } = fold(rows, 2)
  assert.deepEqual(tally, {
    rows: 4,
    connections: 2,
    stillOpen: 2,
    dropped: 1,
    strays: 1,
    undated: 1,
  })
  // The one opened longest ago was let go.
  assert.deepEqual(
    connections.map(({ from }) => from.port),
    [2002, 2003],
  )
})

test("a connection cites the row that began it", () => {
  const { lines } = fold([
    { did: "open", ...key },
    { did: "deny", from: other(1) },
    { did: "close", ...key },
  ])
  assert.deepEqual(lines, [1, 2])
})

test("connections at once are the rows that opened less those that closed", () => {
  const decision = fc.record({
    start: fc.integer({ min: 0, max: 600 }),
    holds: fc.option(fc.integer({ min: 1, max: 300 })),
    isAllowed: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(decision, { maxLength: 60 }), (decisions) => {
      const log = isaLog(
        decisions.map(({ start, holds, isAllowed }, index): IsaDecision => {
          const time = begin + start
          const from = { address: "10.1.1.5", port: 1025 + index }
          const to = { address: `10.2.0.${index}`, port: 445 }
          return { time, from, to, isAllowed, ...(holds === null ? {} : { closed: time + holds }) }
        }),
      )
      const rows = readText("isa.w3c", log).observations.filter((each) => each.kind === "log")
      const connections: Connection[] = []
      const folded = new RowConnections((connection) => connections.push(connection))
      for (const row of rows) folded.add(row)
      folded.finish()
      assert.equal(connections.length, decisions.length)
      const made = connections.filter(({ state }) => state === "SF" || state === "S1")
      let open = 0
      for (const [index, { did, time = 0 }] of rows.entries()) {
        if (did === "open") open++
        if (did === "close") open--
        if (rows[index + 1]?.time === time) continue
        const held = made.filter(({ start, closedAt = Number.POSITIVE_INFINITY }) => {
          return start < time + 1 && closedAt >= time + 1
        })
        assert.equal(held.length, open)
      }
    }),
    { numRuns: 100 },
  )
})

test("a sweep behind 160 at once: the number open at every refusal is 160", () => {
  const decisions: IsaDecision[] = []
  for (let index = 0; index < 500; index++) {
    const time = begin + index * 0.05
    const from = { address: "10.1.1.5", port: 1025 + index }
    const to = { address: `10.2.${index >> 8}.${index & 255}`, port: 445 }
    const isAllowed = index < 160
    decisions.push({ time, from, to, isAllowed, ...(isAllowed ? { closed: begin + 120 } : {}) })
  }
  const { observations } = readText("isa.w3c", isaLog(decisions))
  const connections: Connection[] = []
  const folded = new RowConnections((connection) => connections.push(connection))
  for (const row of observations) if (row.kind === "log") folded.add(row)
  const tally = folded.finish()
  assert.equal(tally.rows, 660)
  const denied = connections.filter(({ state }) => state === "S0")
  assert.equal(denied.length, 340)
  for (const { start, answer } of denied) {
    assert.equal(answer, "deny 0xc0040037")
    const open = connections.filter(
      (each) => each.state === "SF" && each.start <= start && each.end > start,
    )
    assert.equal(open.length, 160)
  }
})
