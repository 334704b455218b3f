import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { MIDDLEBOX_PROFILES } from "../../catalog/profiles.ts"
import { second } from "../second.ts"
import { ACK, FIN, PSH, RST, SYN } from "../tcp/states.ts"
import { Conntrack, type ConntrackOptions } from "./conntrack.ts"
import { TIMERS } from "./conntrack-states.ts"
import { DROP, ICMP, PASS, RESET, usedOf } from "./middlebox.ts"

const synAck = SYN | ACK
const finAck = FIN | ACK
const [inside, router, server] = [1, 50, 100]

function tracker(options: ConntrackOptions = {}): Conntrack {
  const profile = MIDDLEBOX_PROFILES.find(({ id }) => id === "netfilter")
  assert.ok(profile)
  return new Conntrack(profile, options)
}

const nat = {
  addresses: [router],
  isInside: (address: number): boolean => address < router,
}

/** Plays ">flags" from the opener and "<flags" from the other side: S A F R P. */
function play(box: Conntrack, now: number, segments: string, port = 4000): void {
  const bits: Readonly<Record<string, number>> = { S: SYN, A: ACK, F: FIN, R: RST, P: PSH }
  for (const segment of segments.split(" ").filter(Boolean)) {
    const flags = [...segment.slice(1)].reduce((sum, letter) => sum | (bits[letter] ?? 0), 0)
    if (segment.startsWith(">")) box.segment(now, inside, port, server, 80, flags, 1)
    else box.segment(now, server, 80, inside, port, flags, 1)
  }
}

const opened = ">S <SA >A"
const closed = `${opened} >FA <A <FA >A`

for (const [segments, state, seconds] of [
  [">S", "SYN_SENT", 120],
  [">S <SA", "SYN_RECV", 60],
  [opened, "ESTABLISHED", 432_000],
  [`${opened} >PA`, "ESTABLISHED", 300],
  [`${opened} >PA <A`, "ESTABLISHED", 432_000],
  [`${opened} >FA`, "FIN_WAIT", 120],
  [`${opened} >FA <A`, "CLOSE_WAIT", 60],
  [`${opened} >FA <A <FA`, "LAST_ACK", 30],
  [`${opened} >FA <FA`, "LAST_ACK", 30],
  [closed, "TIME_WAIT", 120],
  [`${opened} <R`, "CLOSE", 10],
  [`${opened} >RA`, "CLOSE", 10],
  [">A", "ESTABLISHED", 300],
  [">S <S", "SYN_SENT", 120],
] as const) {
  test(`after ${segments} the flow is in ${state} for ${seconds} s`, () => {
    const box = tracker()
    play(box, 0, segments)
    assert.equal(TIMERS[box.stateOf(inside, 4000, server, 80)], state)
    box.advance(seconds * second - 1)
    assert.equal(box.flows, 1)
    box.advance(seconds * second)
    assert.equal(box.flows, 0)
  })
}

test("a refused connection is forgotten at once", () => {
  const box = tracker()
  play(box, 0, ">S <RA")
  assert.equal(box.flows, 0)
})

test("a SYN begins a new flow where the old one was closed, and is ignored where it is open", () => {
  const box = tracker()
  play(box, 0, closed)
  play(box, second, ">S")
  assert.equal(TIMERS[box.stateOf(inside, 4000, server, 80)], "SYN_SENT")
  play(box, second, "<SA >A >S")
  assert.equal(TIMERS[box.stateOf(inside, 4000, server, 80)], "ESTABLISHED")
  play(box, second, "<SA")
  assert.equal(TIMERS[box.stateOf(inside, 4000, server, 80)], "SYN_RECV")
})

test("ct count over 3 lets three through; half-closed ones count, TIME_WAIT and CLOSE do not", () => {
  const box = tracker({ rules: [{ kind: "count", over: 3 }] })
  for (const port of [1, 2, 3]) play(box, 0, opened, port)
  const fourth = (): number => box.segment(second, inside, 4, server, 80, SYN)
  assert.equal(fourth(), DROP)
  play(box, second, ">FA <A", 1)
  assert.equal(fourth(), DROP)
  play(box, second, "<FA >A", 1)
  assert.equal(usedOf(box, "firewall-concurrent"), 2)
  assert.equal(fourth(), PASS)
  assert.equal(box.segment(second, inside, 5, server, 80, SYN), DROP)
  play(box, second, "<R", 2)
  assert.equal(box.segment(second, inside, 5, server, 80, SYN), PASS)
})

test("ct count per source, with each reject", () => {
  for (const [verdict, icmpCode] of [
    [RESET, 3],
    [ICMP, 13],
    [ICMP, 3],
  ] as const) {
    const box = tracker({ rules: [{ kind: "count", over: 1, per: "source", verdict, icmpCode }] })
    assert.equal(box.segment(0, 1, 1, server, 80, SYN), PASS)
    assert.equal(box.segment(0, 2, 1, server, 80, SYN), PASS)
    assert.equal(box.segment(0, 1, 2, server, 80, SYN), verdict)
    if (verdict === ICMP) assert.equal(box.passage.icmpCode, icmpCode)
  }
})

test("a full dynamic set lets all others through", () => {
  const box = tracker({ rules: [{ kind: "count", over: 0, per: "source", size: 1 }] })
  assert.equal(box.segment(0, 1, 1, server, 80, SYN), DROP)
  assert.equal(box.segment(0, 2, 1, server, 80, SYN), PASS)
})

test("limit rate 3/second burst 2 drops the third SYN; it passes a second later", () => {
  const box = tracker({ rules: [{ kind: "rate", over: 3, burst: 2 }] })
  const verdicts = [1, 2, 3].map((port) => box.segment(second, inside, port, server, 80, SYN))
  assert.deepEqual(verdicts, [PASS, PASS, DROP])
  assert.equal(box.segment(2 * second, inside, 3, server, 80, SYN), PASS)
  // A repetition spends too.
  assert.equal(box.segment(2 * second, inside, 3, server, 80, SYN), PASS)
  assert.equal(box.segment(2 * second, inside, 3, server, 80, SYN), DROP)
})

test("a bucket passes its burst, then its rate, whatever the arrivals", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 200 }),
      (over, burst, gaps) => {
        const box = tracker({ rules: [{ kind: "rate", over, burst, per: "source" }] })
        const cost = Math.floor(1e9 / over)
        let tokens = cost * burst
        let now = 0
        let port = 0
        for (const gap of gaps) {
          now += gap
          tokens = Math.min(cost * burst, tokens + gap * 1000)
          const passes = tokens >= cost
          if (passes) tokens -= cost
          const verdict = box.segment(now, inside, ++port, server, 80, SYN)
          // Rounding of less than a nanosecond may fall to either side.
          if (Math.abs(tokens - cost) > 1) assert.equal(verdict, passes ? PASS : DROP)
        }
      },
    ),
  )
})

test("a full table evicts what is not assured, and drops new flows where all are", () => {
  const box = tracker({ max: 64, buckets: 1024 })
  for (let port = 1; port <= 64; port++) play(box, 0, opened, port)
  assert.equal(box.segment(0, inside, 100, server, 80, SYN), DROP)
  assert.equal(box.counters.drop, 1)
  assert.equal(box.segment(0, inside, 1, server, 80, ACK), PASS)
  const small = tracker({ max: 1024, buckets: 1024 })
  let passed = 0
  for (let port = 1; port <= 4000; port++) {
    if (small.segment(0, inside, port, server, 80, SYN) === PASS) passed++
  }
  assert.equal(small.flows <= 1024, true)
  assert.equal(passed, small.flows + small.counters.earlyDrop)
  assert.equal(small.counters.earlyDrop > 2900, true)
})

test("after a refusal, flows that close give way above 95 %", () => {
  const box = tracker({ max: 100 })
  for (let port = 1; port <= 100; port++) play(box, 0, port <= 20 ? closed : opened, port)
  assert.equal(box.segment(0, inside, 200, server, 80, SYN), DROP)
  box.advance(second)
  assert.equal(box.flows, 95)
})

test("a source port is kept where it is free, per destination", () => {
  const box = tracker({ nat })
  assert.equal(box.segment(0, 1, 4000, server, 80, SYN), PASS)
  assert.deepEqual(
    { ...box.passage, icmpCode: 0 },
    {
      from: router,
      fromPort: 4000,
      to: server,
      toPort: 80,
      icmpCode: 0,
    },
  )
  assert.equal(box.segment(0, server, 80, router, 4000, synAck), PASS)
  assert.deepEqual([box.passage.to, box.passage.toPort], [1, 4000])
  box.segment(0, 2, 4000, server, 80, SYN)
  assert.notEqual(box.passage.fromPort, 4000)
  assert.equal(box.passage.fromPort >= 1024, true)
  box.segment(0, 2, 4000, server, 81, SYN)
  assert.equal(box.passage.fromPort, 4000)
  box.segment(0, 1, 700, server, 80, SYN)
  box.segment(0, 2, 700, server, 80, SYN)
  assert.equal(box.passage.fromPort >= 600 && box.passage.fromPort <= 1023, true)
  assert.equal(box.segment(0, server, 80, router, 9999, synAck), RESET)
})

test("a pool of five ports: the sixth SYN is lost each time, and passes when TIME_WAIT may be evicted", () => {
  const box = tracker({ nat: { ...nat, range: { first: 5000, last: 5004 } } })
  for (let port = 1; port <= 5; port++) {
    assert.equal(box.segment(0, 1, port, server, 80, SYN, 1000), PASS)
    const outside = box.passage.fromPort
    box.segment(0, server, 80, router, outside, synAck)
    box.segment(0, 1, port, server, 80, ACK, 1000)
  }
  for (let port = 6; port <= 7; port++) {
    for (let time = 0; time < 3; time++) {
      assert.equal(box.segment(0, 1, port, server, 80, SYN, 1000), DROP)
    }
  }
  assert.deepEqual([box.counters.insertFailed, box.counters.drop], [6, 6])
  assert.equal(usedOf(box, "nat-ports"), 5)
  assert.equal(box.segment(0, 1, 6, server, 81, SYN), PASS)
  for (let port = 1; port <= 5; port++) {
    box.segment(0, 1, port, server, 80, finAck, 1001)
    const outside = box.passage.fromPort
    box.segment(0, server, 80, router, outside, finAck)
    box.segment(0, 1, port, server, 80, ACK, 1001)
  }
  // Not a later sequence number: still taken.
  assert.equal(box.segment(0, 1, 6, server, 80, SYN, 900), DROP)
  assert.equal(box.segment(0, 1, 6, server, 80, SYN, 2000), PASS)
})

test("whatever passes, counts are those of the flows that are there", () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 40 * second }),
    isOpener: fc.boolean(),
    port: fc.integer({ min: 1, max: 8 }),
    flags: fc.constantFrom(SYN, synAck, ACK, ACK | PSH, finAck, RST, RST | ACK, 0),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const rule = { kind: "count", over: 4, per: "source" } as const
      const box = tracker({ rules: [rule], max: 6 })
      let now = 0
      for (const { wait, isOpener, port, flags } of steps) {
        now += wait
        if (isOpener) box.segment(now, inside, port, server, 80, flags, now)
        else box.segment(now, server, 80, inside, port, flags, now)
        let flows = 0
        let counted = 0
        for (let each = 1; each <= 8; each++) {
          const state = box.stateOf(inside, each, server, 80)
          assert.equal(box.stateOf(server, 80, inside, each), state)
          if (state === 0) continue
          flows++
          const name = TIMERS[state] ?? ""
          if (!["TIME_WAIT", "CLOSE"].includes(name)) counted++
        }
        assert.deepEqual([box.flows, flows <= 6], [flows, true])
        const used = usedOf(box, "firewall-concurrent")
        assert.deepEqual([used <= 4, used <= counted], [true, true])
      }
      box.advance(now + 432_000 * second)
      assert.equal(box.flows, 0)
      assert.equal(usedOf(box, "firewall-concurrent"), 0)
    }),
    { numRuns: 300 },
  )
})

/**
 * Measured apart from this code by 64,512 ports whose oldest flow ends first. What is found depends on how long the pool
 * is in use: neighbouring ports end together, so runs of taken ports grow from one life of the flows to the next. The
 * table holds on the average of the first nine lives, beginning with none; where failures are rare they come in bunches.
 */
const failures = [
  [0.8, 0],
  [0.9, 0.0006],
  [0.95, 0.008],
  [0.97, 0.021],
  [0.98, 0.043],
  [0.99, 0.13],
] as const
const lives = 9

for (const [use, expected] of failures) {
  test(`of a pool used to ${use}, ${expected} of all SYNs find no port`, () => {
    const held = Math.round(64_512 * use)
    const timersSec = { SYN_SENT: held / second }
    const box = tracker({ nat: { ...nat, isRandom: true }, timersSec })
    let failed = 0
    let asked = 0
    for (let flow = 0; flow < lives * held; flow++) {
      const from = 1 + (flow % 49)
      const port = 1024 + (Math.floor(flow / 49) % 60_000)
      // One begins when one ends, and is repeated until it passes: so many are held at any time.
      for (let verdict: number = DROP; verdict === DROP; ) {
        verdict = box.segment(flow, from, port, server, 80, SYN)
        asked++
        if (verdict === DROP) failed++
      }
    }
    const share = failed / asked
    const isNear =
      Math.abs(share - expected) <= Math.max((use < 0.95 ? 0.35 : 0.2) * expected, 0.00001)
    assert.equal(isNear, true, `${share}`)
  })
}
