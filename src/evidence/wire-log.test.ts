import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { formatGroups } from "../model/fourtuple.ts"
import type { AttemptObservation } from "../model/observation.ts"
import { HandshakeTracker } from "./handshakes.ts"
import { readText } from "./reading.ts"
import { ACK, RST, type Segment, SYN } from "./segment.ts"
import { writeWireLog } from "./wire-log.ts"

function attemptsOf(text: string): readonly AttemptObservation[] {
  return readText("wire.txt", text).observations.filter((each) => each.kind === "attempt")
}

function oddities(text: string): readonly string[] {
  const { observations } = readText("wire.txt", text)
  return observations.flatMap((each) => (each.kind === "oddity" ? [each.name] : []))
}

const head = "# fourtuple wire 1 from 1732136000.000 to 1732136003.000"

const answers: readonly (readonly [
  answer: string,
  want: Partial<Pick<AttemptObservation, "ok" | "error" | "answer" | "ms" | "answeredBy">>,
])[] = [
  ["syn-ack ms=0.41 ttl=63 syns=1", { ok: true, answer: "syn-ack", ms: 0.41 }],
  ["rst ms=1.00 ttl=64 syns=1", { ok: false, error: "ECONNREFUSED", answer: "rst" }],
  [
    "icmp=3/13 ms=2.00 ttl=64 by=10.0.0.1 syns=1",
    { ok: false, error: "EHOSTUNREACH", answer: "icmp 3/13", answeredBy: "10.0.0.1" },
  ],
  ["icmp=1/4 ms=2.00 syns=1", { ok: false, error: "ECONNREFUSED" }],
  ["icmp=3/99 ms=2.00 syns=1", { ok: false, error: "EHOSTUNREACH" }],
  ["none syns=2", { ok: false, error: "no answer", answer: "none", ms: 3000 }],
  ["ack ms=5.00 syns=2", { ok: false, error: "no answer", answer: "ack", ms: 3000 }],
  ["syn-ack ms=0.41 syns=1 cut=1", { ok: true, answer: "closed at once" }],
  ["syn-ack ms=0.41 syns=1 unserved=1", { ok: true, answer: "reset unserved" }],
]

for (const [answer, want] of answers) {
  test(`a handshake answered "${answer}" is an attempt`, () => {
    const line = `handshake 1732136000.000 10.0.0.2:41000 [2001:db8::1]:80 ${answer}`
    const [attempt, ...others] = attemptsOf(`${head}\n${line}\ndns queries=0 answers=0\n`)
    assert.ok(attempt !== undefined && others.length === 0)
    const found: Readonly<Record<string, unknown>> = attempt
    for (const [key, value] of Object.entries(want)) assert.equal(found[key], value, key)
    assert.deepEqual(attempt.to, { address: "2001:db8::1", port: 80 })
    assert.deepEqual(attempt.at, { source: "wire.txt", line: 2 })
  })
}

test("a SYN sent just before the end says nothing yet", () => {
  const line = "handshake 1732136002.500 10.0.0.2:41000 10.0.1.2:80 none syns=1"
  assert.deepEqual(attemptsOf(`${head}\n${line}\n`), [])
})

test("DNS counts become counters", () => {
  const { observations } = readText("wire.txt", `${head}\ndns queries=4 answers=3\n`)
  const counters = observations.flatMap((each) =>
    each.kind === "counter" ? [[each.name, each.value]] : [],
  )
  assert.deepEqual(counters, [
    ["wire.dns-queries", 4],
    ["wire.dns-answers", 3],
  ])
})

for (const line of [
  "handshake soon 10.0.0.2:1 10.0.1.2:80 rst",
  "handshake 1732136000.0 10.0.0.2 10.0.1.2:80 rst",
  "handshake 1732136000.0 10.0.0.2:1 10.0.1.2:80",
  "handshake 1732136000.0 10.0.0.2:1 10.0.1.2:80 perhaps ms=1",
  "handshake 1732136000.0 10.0.0.2:1 10.0.1.2:80 icmp=constructor ms=1",
]) {
  test(`"${line}" is malformed and no attempt`, () => {
    assert.deepEqual(oddities(`${head}\n${line}\n`), ["row-malformed"])
    assert.deepEqual(attemptsOf(`${head}\n${line}\n`), [])
  })
}

test("handshakes beyond the bound are told", () => {
  assert.deepEqual(oddities(`${head}\ndns queries=0 answers=0\nuncounted 70000\n`), [
    "section-truncated",
  ])
})

test("without an end of the look, unanswered SYNs are no attempts", () => {
  const lines = ["none syns=3", "ack ms=5.00 syns=3"].map(
    (answer) => `handshake 1732136000.000 10.0.0.2:41000 10.0.1.2:80 ${answer}`,
  )
  for (const line of lines) {
    const [attempt] = attemptsOf(`# fourtuple wire 1\n${line}\n`)
    assert.ok((attempt?.ms ?? 0) >= 0)
  }
})

const octets = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 })
const group = fc.oneof(fc.constant(0), fc.nat(0xffff))
const address = fc.oneof(
  octets.map((each) => each.join(".")),
  fc.array(group, { minLength: 8, maxLength: 8 }).map(formatGroups),
)
const handshake = fc.record({
  to: address,
  toPort: fc.integer({ min: 1, max: 65535 }),
  startMs: fc.nat(1000),
  delayMs: fc.integer({ min: 1, max: 500 }),
  ttl: fc.integer({ min: 1, max: 255 }),
  answer: fc.constantFrom("syn-ack", "rst", "icmp 3/13", "none"),
})

test("what is written is read again: ends, times, answers", () => {
  const from = 1_732_136_000
  const here = "192.0.2.77"
  fc.assert(
    fc.property(fc.array(handshake, { maxLength: 12 }), (list) => {
      const tracker = new HandshakeTracker(new Set([here]))
      const known = list.filter(({ to }) => to !== here)
      for (const [index, each] of known.entries()) {
        const out: Segment = {
          ...{ from: here, to: each.to, fromPort: 41_000 + index, toPort: each.toPort, ttl: 64 },
          ...{ protocol: "tcp", flags: SYN, sequence: 1, acknowledgment: 0 },
        }
        const start = from + each.startMs / 1000
        tracker.add(start, out)
        const ends = { from: each.to, to: here, fromPort: each.toPort, toPort: out.fromPort }
        const flags = each.answer === "rst" ? RST : SYN | ACK
        const icmp = { protocol: "icmp", icmp: "3/13", sender: "10.0.0.1", ttl: each.ttl } as const
        const answer =
          each.answer === "icmp 3/13"
            ? { ...out, ...icmp }
            : { ...out, ...ends, flags, ttl: each.ttl }
        if (each.answer !== "none") tracker.add(start + each.delayMs / 1000, answer)
      }
      const read = attemptsOf(writeWireLog(tracker, from, from + 3))
      const found = read.map(({ time, from, to, answer, ms, ttl }) => {
        const delay = answer === "none" ? undefined : Math.round(ms ?? 0)
        return {
          ...to,
          fromPort: from?.port,
          start: Math.round(((time ?? 0) % 1e6) * 1000),
          answer,
          delay,
          ttl,
        }
      })
      const want = known.map(({ to, toPort, startMs, delayMs, ttl, answer }, index) => {
        const seen =
          answer === "none" ? { delay: undefined, ttl: undefined } : { delay: delayMs, ttl }
        const start = Math.round((from % 1e6) * 1000) + startMs
        return { address: to, port: toPort, fromPort: 41_000 + index, start, answer, ...seen }
      })
      const byPort = (a: { fromPort?: number | undefined }, b: typeof a): number =>
        (a.fromPort ?? 0) - (b.fromPort ?? 0)
      assert.deepEqual(found.toSorted(byPort), want.toSorted(byPort))
    }),
  )
})
