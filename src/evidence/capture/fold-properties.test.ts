import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { foldOf, jsonOf, linesOf } from "../../../test/segments.ts"
import { jsonOfObservation } from "../../model/observation.ts"
import { jsonText } from "../../report/json.ts"
import { FRAME } from "./connection-store.ts"

/** Whether the packets of a connection are what a host sends next, or anything. */
const steps = fc.array(
  fc.record({
    isFirst: fc.boolean(),
    flags: fc.oneof(
      { weight: 6, arbitrary: fc.constant("A") },
      { weight: 1, arbitrary: fc.constantFrom("S", "SA", "FA", "R", "RA", "F", "SF", "FR", "-") },
    ),
    payload: fc.oneof(fc.constant(0), fc.nat(3000)),
    /** What is added to the sequence and acknowledgment that are due. */
    sequence: fc.oneof(
      { weight: 8, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(-1, 1, 100, -100, 70_000, 2 ** 31, -(2 ** 30)) },
    ),
    acknowledgment: fc.oneof(
      { weight: 8, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(-1, 1, 100, -100, 5_000_000, 2 ** 31) },
    ),
    window: fc.constantFrom(501, 501, 501, 501, 0),
    delayMs: fc.oneof(fc.nat(50), fc.constantFrom(0, 900, 3000, 70_000, 700_000, -20)),
    timestamp: fc.option(fc.nat(100), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 40 },
)
/** Initial sequence numbers, and how many packets of the handshake come first. */
const bases = fc.tuple(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(0, 5000, 2 ** 32 - 700, 2 ** 32 - 1),
  fc.nat(3),
)

type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never

/** An ordinary beginning, then the steps: as lines of the notation. */
function linesFrom(
  start: readonly [number, number, number],
  parts: Steps,
  from = "A",
  to = "B",
): string[] {
  const next: [number, number] = [start[0], start[1]]
  let ms = 0
  let lines: string[] = []
  const send = (
    side: 0 | 1,
    flags: string,
    payload: number,
    extra: Partial<Steps[number]> = {},
  ) => {
    const peer = side === 0 ? 1 : 0
    const sequence = wrap(next[side] + (extra.sequence ?? 0))
    const acknowledgment = flags.includes("A") ? wrap(next[peer] + (extra.acknowledgment ?? 0)) : 0
    const who = side === 0 ? `${from}>${to}` : `${to}>${from}`
    const stamp = extra.timestamp === undefined ? "" : ` ts${extra.timestamp}`
    const numbers = `${sequence} ${acknowledgment} +${payload} w${extra.window ?? 501}`
    lines = [...lines, `${(ms / 1000).toFixed(6)} ${who} ${flags} ${numbers}${stamp}`]
    const length = payload + (/[SF]/.test(flags) ? 1 : 0)
    if ((extra.sequence ?? 0) === 0) next[side] = wrap(next[side] + length)
    ms += 5
  }
  const handshake = [
    [0, "S"],
    [1, "SA"],
    [0, "A"],
  ] as const
  for (const [side, flags] of handshake.slice(0, start[2])) send(side, flags, 0)
  for (const part of parts) {
    ms = Math.max(0, ms + part.delayMs)
    send(part.isFirst ? 0 : 1, part.flags, part.payload, part)
  }
  return lines
}

function wrap(number: number): number {
  return ((number % 2 ** 32) + 2 ** 32) % 2 ** 32
}

const runs = { numRuns: 500 }

test("shortcuts change nothing", () => {
  fc.assert(
    fc.property(bases, steps, (start, parts) => {
      const notation = linesFrom(start, parts).join("\n")
      const [short, long] = [foldOf(notation), foldOf(notation, { hasShortcuts: false })]
      assert.deepEqual(short.connections, long.connections)
      assert.equal(short.fold.copies, long.fold.copies)
    }),
    runs,
  )
})

/** A text with everything that JSON escapes, and some that only we do. */
const source = 'case/süß \u0085\u2028 "1".pcap'

function assertLines(notation: string): void {
  const folded = foldOf(notation)
  const texts = jsonOf(folded, source)
  for (const [index, connection] of folded.connections.entries()) {
    const frame = folded.fold.store.cold[index * 16 + FRAME] ?? 0
    const observation = { kind: "connection" as const, ...connection, at: { source, frame } }
    assert.equal(texts[index], jsonText(jsonOfObservation(observation)))
  }
}

test("a line of JSON is what JSON.stringify makes of the observation", () => {
  fc.assert(
    fc.property(bases, steps, fc.boolean(), (start, parts, isTunnelled) => {
      const lines = linesFrom(start, parts, isTunnelled ? "E" : "A", isTunnelled ? "F" : "B")
      assertLines(lines.map((line) => (isTunnelled ? `${line} vx3` : line)).join("\n"))
    }),
    runs,
  )
})

test("a line of JSON has what is rare, too", () => {
  for (const notation of [
    "0 A>B S 1000\n .0123456 10.0.0.254 icmp3/13 A>B 1000",
    "0 E>F S 1000 vx2\n .02 E>F S 1000 vx2 if1",
    "0 A>B S 1 id9 if0\n .001 A>B S 1 id9 if1\n .5 B>A RA 0 2\n 1 A>B S 1\n 1.5 B>A RA 0 2",
    `0 A>B S 1 ts5\n .1 B>A SA 9 2\n .2 A>B A 2 10\n .3 B>A FA 10 2\n .4 A>B FA 2 11 ts6
     1 A>B S 9000\n 1.1 B>A A 11 3\n 1.2 A>B R 3\n 2 A>B S 9000\n 3 B>A SA 7 9001`,
    `0 A>B S 900 ts5\n .1 B>A SA 9 901\n .2 A>B A 901 10\n .3 B>A FA 10 901\n .4 A>B FA 901 11
     7200.1234567 A>B S 1 ts6`,
    "0 B>A SA 9 2",
    "0 A>B R 2",
  ]) {
    assertLines(notation)
  }
})

test("packets of another connection in between change no record", () => {
  fc.assert(
    fc.property(bases, steps, steps, fc.array(fc.boolean()), (start, parts, others, choices) => {
      const ours = linesFrom(start, parts).map(
        (line, index) => `${line} id${index + 1} f${index + 1}`,
      )
      const theirs = linesFrom(start, others, "C", "D")
      const mixed: string[] = []
      const rest = [...theirs]
      for (const [index, line] of ours.entries()) {
        if (choices[index] === true) mixed.push(...rest.splice(0, 2))
        mixed.push(line)
      }
      const alone = foldOf(ours.join("\n")).connections
      const among = foldOf([...mixed, ...rest].join("\n")).connections
      const ofOurs = among.filter(
        ({ from, to }) => from.address === "10.0.0.1" || to.address === "10.0.0.1",
      )
      assert.deepEqual(ofOurs, alone)
    }),
    runs,
  )
})

test("which address is the smaller changes nothing", () => {
  fc.assert(
    fc.property(bases, steps, (start, parts) => {
      const client = "10.0.0.1:40000"
      const swap = (text: string) => text.replaceAll("10.0.0.9", "10.0.0.0")
      const above = linesFrom(start, parts, client, "10.0.0.9:80").join("\n")
      const [one, other] = [foldOf(above), foldOf(swap(above))]
      assert.deepEqual(
        other.connections,
        JSON.parse(swap(JSON.stringify(one.connections))) as unknown,
      )
    }),
    runs,
  )
})

test("every packet is counted once, in one record", () => {
  fc.assert(
    fc.property(bases, steps, (start, parts) => {
      const notation = linesFrom(start, parts).join("\n")
      const { connections, fold } = foldOf(notation)
      const counted = connections.reduce(
        (sum, { packets, copies = 0 }) => sum + (packets?.from ?? 0) + (packets?.to ?? 0) + copies,
        0,
      )
      assert.equal(counted, linesOf(notation).length)
      assert.equal(fold.tcpPackets, counted)
      for (const { bytes, history, incarnation } of connections) {
        assert.ok((bytes?.from ?? -1) >= 0 && (bytes?.to ?? -1) >= 0)
        assert.match(history, /^\^?[shadfrtgwiqSHADFRTGWIQ]*$/)
        assert.ok(incarnation >= 1)
      }
    }),
    runs,
  )
})
