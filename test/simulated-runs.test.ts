/**
 * Configurations whose outcome can be worked out by hand, each run and held to it: P/T of port allocators, Little's law,
 * backlog + 1, token buckets, schedules of SYNs, the capacities of boxes. And what holds of every run: attempts add
 * up, nothing is negative, nothing is fuller than full, the same bytes again.
 */
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import { simulate } from "../src/sim/engine/simulate.ts"
import type { ApplicationOutcome, SimulatedRun } from "../src/sim/engine/simulated-run.ts"
import { readScenario } from "../src/sim/scenario/read.ts"

type Expected = {
  readonly succeeded: number
  readonly failed?: number
  readonly pending?: number
  readonly error?: string
  /** Seconds. */
  readonly firstFailure?: number
  /** "limit on place". */
  readonly bound?: string
}

type Row = readonly [says: string, scenario: string, expected: Expected]

/** A client and a server on port 80, run for so many seconds. */
function two(forSec: number, client: string, application: string, server = "listen: 80"): string {
  return `for: ${forSec}
hosts: { c: { ${client} }, s: { ${server} } }
applications:
  - { on: c, to: s, ${application} }
`
}

/** The same through a box. */
function through(forSec: number, box: string, application: string, client = ""): string {
  return `${two(forSec, client, application)}middleboxes: { r: { ${box} } }
paths: [{ from: c, to: s, through: r }]
`
}

const range = "ip_local_port_range: 40000 40999"
const closing = "run: connect, rate: 50/s"
const held = "run: connect, rate: 20/s, hold: forever"
const ports = "ephemeral-ports on c"

const CLIENTS: readonly Row[] = [
  [
    "Linux, ports held: all of an odd number, then none",
    two(
      10,
      "settings: { ip_local_port_range: 40000 40100 }",
      "run: connect, rate: 50/s, hold: forever",
    ),
    { succeeded: 101, failed: 399, firstFailure: 2.02, error: "EADDRNOTAVAIL", bound: ports },
  ],
  [
    "Linux, reserved ports are not handed out",
    two(10, `settings: { ${range}, ip_local_reserved_ports: 40100-40999 }`, held),
    { succeeded: 100, failed: 100, firstFailure: 5, bound: ports },
  ],
  [
    "Linux, 1,000 ports, 60 s each in TIME-WAIT: one fill every 61.4 s",
    two(240, `settings: { ${range} }`, closing),
    { succeeded: 4000, failed: 8000, firstFailure: 20, error: "EADDRNOTAVAIL", bound: ports },
  ],
  [
    "tcp_tw_reuse 1: a port a second later, 1,000/s",
    two(10, `settings: { ${range}, tcp_tw_reuse: 1 }`, "run: connect, rate: 1500/s"),
    { succeeded: 10_000, failed: 5000, firstFailure: 0.667, bound: ports },
  ],
  [
    "tcp_tw_reuse_delay 4 s: 250/s",
    two(
      20,
      `settings: { ${range}, tcp_tw_reuse: 1, tcp_tw_reuse_delay: 4000 }`,
      "run: connect, rate: 500/s",
    ),
    { succeeded: 5000, failed: 5000, firstFailure: 2, bound: ports },
  ],
  [
    "tcp_max_tw_buckets below the ports: none is missing",
    two(30, "settings: { ip_local_port_range: 40000 40099, tcp_max_tw_buckets: 50 }", closing),
    { succeeded: 1500, bound: "time-wait-table on c" },
  ],
  [
    "ulimit -n 100",
    two(10, "descriptors: 100", held),
    {
      succeeded: 100,
      failed: 100,
      firstFailure: 5,
      error: "EMFILE",
      bound: "file-descriptors on c",
    },
  ],
  [
    "NT 4.0, one try: every other round of 3,976 ports, 198.8 s each",
    two(795.2, "profile: nt-4.0", "run: connect, rate: 20/s"),
    { succeeded: 7952, failed: 7952, firstFailure: 198.8, error: "WSAEADDRINUSE", bound: ports },
  ],
  [
    "Server 2003 SP1: P/T, 33.13/s",
    two(600, "profile: 2003-sp1", "run: connect, rate: 40/s"),
    { succeeded: 19_880, failed: 4120, firstFailure: 99.4, bound: "time-wait-collision on c" },
  ],
  [
    "Windows 2000, TcpNumConnections 200",
    two(30, "profile: win2000, settings: { TcpNumConnections: 200 }", held),
    { succeeded: 200, failed: 400, firstFailure: 10, error: "WSAENOBUFS", bound: "tcb-table on c" },
  ],
  [
    "Server 2025 with excluded ports",
    two(
      60,
      `profile: 2025, settings: { dynamicport.ipv4.tcp.start: 50000, dynamicport.ipv4.tcp.num: 1000,
       excludedportrange.ipv4.tcp: 50000-50499 }`,
      held,
    ),
    { succeeded: 500, failed: 700, firstFailure: 25, error: "WSAENOBUFS", bound: ports },
  ],
  [
    "FreeBSD, 1,000 ports, 60 s: P/T, 16.67/s",
    two(
      300,
      "profile: freebsd, settings: { net.inet.ip.portrange.first: 40000, net.inet.ip.portrange.last: 40999 }",
      "run: connect, rate: 20/s",
    ),
    { succeeded: 5000, failed: 1000, firstFailure: 50, bound: ports },
  ],
  [
    "a switched-off machine: 7 s for two repetitions",
    two(
      30,
      "settings: { tcp_syn_retries: 2, tcp_syn_linear_timeouts: 0 }",
      "run: connect, rate: 1/s, count: 5",
      "dead: 1, listen: 80",
    ),
    { succeeded: 0, failed: 5, firstFailure: 7.17, error: "ETIMEDOUT" },
  ],
  [
    "a closed port, three retries with doubled delays: 7 s",
    two(
      30,
      "",
      "run: connect, port: 9, count: 3, rate: 1/s, retry: { times: 3, delay: 1 s, backoff: 2 }",
    ),
    { succeeded: 0, failed: 3, firstFailure: 7, error: "ECONNREFUSED" },
  ],
]

const SERVERS: readonly Row[] = [
  [
    "somaxconn below the backlog, nobody accepts: n + 1",
    two(
      60,
      "",
      "run: connect, rate: 10/s, count: 40, hold: forever",
      "settings: { somaxconn: 16 }, listen: { port: 80, backlog: 128, accepts: never }",
    ),
    { succeeded: 17, pending: 23, bound: "accept-queue on s" },
  ],
  [
    "macOS holds half as many again and one",
    two(
      30,
      "",
      "run: connect, rate: 50/s, hold: forever",
      "profile: macos, listen: { port: 80, backlog: 128, accepts: never }",
    ),
    { succeeded: 193, pending: 1307, bound: "accept-queue on s" },
  ],
  [
    "descriptors of a server, then its backlog",
    two(
      60,
      "",
      "run: connect, rate: 20/s, hold: forever",
      "descriptors: 64, listen: { port: 80, backlog: 10 }",
    ),
    { succeeded: 75, pending: 1125, bound: "file-descriptors on s" },
  ],
  [
    "ten workers of 100 ms: 100 a second of 150",
    two(60, "", "run: http, rate: 150/s", "listen: { port: 80, workers: 10, service: 100 ms }"),
    { succeeded: 5990, pending: 3010 },
  ],
  [
    "twenty threads, 102 ms a turn",
    two(60, "", "run: http, threads: 20, think: 80 ms", "listen: { port: 80, service: 20 ms }"),
    { succeeded: 11_765, pending: 3 },
  ],
  [
    "a pool of ten, 100 ms each, patience of 1 s",
    two(
      60,
      "",
      "run: pool, rate: 200/s, max: 10, wait: 1 s",
      "listen: { port: 80, service: 100 ms }",
    ),
    { succeeded: 5930, failed: 5860, pending: 210, firstFailure: 2, error: "pool-exhausted" },
  ],
  [
    "a workstation's ten sessions",
    two(
      30,
      "profile: win10, count: 20",
      "run: net-use, ports: 445",
      "profile: xp-sp2, listen: 445",
    ),
    { succeeded: 10, failed: 10, error: "error 71", bound: "target-sessions on s" },
  ],
]

const BOXES: readonly Row[] = [
  [
    "ct count over 100 reject with tcp reset",
    through(20, "rules: [{ count: 100, answer: reset }]", held),
    {
      succeeded: 100,
      failed: 300,
      firstFailure: 5,
      error: "ECONNREFUSED",
      bound: "firewall-concurrent on r",
    },
  ],
  [
    "limit rate over 10/second burst 20, of each source: 20 and 10 a second",
    through(
      20,
      "rules: [{ rate: 10/s, burst: 20, per: source, answer: reset }]",
      "run: connect, rate: 50/s",
      "count: 3",
    ),
    { succeeded: 3 * 219, failed: 3 * 781, bound: "firewall-rate on r" },
  ],
  [
    "nf_conntrack_max 1000",
    through(30, "flowsMax: 1000", "run: connect, rate: 100/s, hold: forever, timeout: 3 s"),
    { succeeded: 1000, failed: 1701, pending: 299, firstFailure: 13, bound: "path-conntrack on r" },
  ],
  [
    "masquerade to :50000-50099",
    through(
      20,
      "nat: { inside: c, ports: 50000-50099 }",
      "run: connect, rate: 2/s, hold: forever, timeout: 4 s",
      "count: 10",
    ),
    { succeeded: 100, failed: 230, pending: 70, firstFailure: 9, bound: "nat-ports on r" },
  ],
  [
    "Cloud NAT, 64 ports, each for 120 s: 0.53/s",
    through(
      1200,
      "profile: gcp-cloud-nat, nat: { inside: c, ports: 64 }",
      "run: connect, rate: 1/s, timeout: 500 ms",
    ),
    { succeeded: 641, failed: 559, firstFailure: 64.5, bound: "nat-ports on r" },
  ],
  [
    "Cloud NAT, 64 ports that grow to 256, of two machines",
    through(
      60,
      "profile: gcp-cloud-nat, nat: { inside: c, ports: 64, portsMost: 256 }",
      "run: connect, rate: 10/s, hold: forever, timeout: 4 s",
      "count: 2",
    ),
    { succeeded: 512, failed: 610, pending: 78, bound: "nat-ports on r" },
  ],
  [
    "Azure LB, 1,024 ports of each machine",
    through(
      60,
      "profile: azure-lb, nat: { inside: c, ports: 1024 }",
      "run: connect, rate: 30/s, hold: forever, timeout: 4 s",
      "count: 2",
    ),
    { succeeded: 2048, failed: 1314, pending: 238, firstFailure: 38.1, bound: "nat-ports on r" },
  ],
  [
    "ISA Server 2006, 60 connects in a minute",
    through(
      180,
      "profile: isa-2006, limits: { firewall-rate: 60/min }",
      "run: connect, rate: 2/s, timeout: 1 s",
    ),
    { succeeded: 180, failed: 179, pending: 1, firstFailure: 31, bound: "firewall-rate on r" },
  ],
  [
    "TMG, 100 at once that count for 30 s: 3.33/s",
    through(
      180,
      "profile: tmg-2010, linger: 30 s, limits: { firewall-rate: none, firewall-concurrent: 100 }",
      "run: connect, rate: 5/s, timeout: 1 s",
    ),
    {
      succeeded: 600,
      failed: 296,
      pending: 4,
      firstFailure: 21,
      bound: "firewall-concurrent on r",
    },
  ],
  [
    "an exception of ISA Server has a number of its own",
    through(
      60,
      `profile: isa-2004, custom: c, limits: { firewall-concurrent: 50, firewall-rate: none },
       customLimits: { firewall-concurrent: 100 }`,
      "run: connect, rate: 5/s, hold: forever, timeout: 2 s",
    ),
    {
      succeeded: 100,
      failed: 190,
      pending: 10,
      firstFailure: 22,
      bound: "firewall-concurrent on r",
    },
  ],
  [
    "down from 10 s to 20 s",
    `${two(60, "", "run: connect, rate: 10/s, timeout: 500 ms")}paths: [{ down: 10 s..20 s }]\n`,
    { succeeded: 500, failed: 100, firstFailure: 10.5, error: "ETIMEDOUT" },
  ],
]

function runOf(text: string, changes: Parameters<typeof readScenario>[2] = []): SimulatedRun {
  const reading = readScenario(text, "t", changes)
  assert.ok("scenario" in reading, "problems" in reading ? reading.problems.join("\n") : "")
  return simulate(reading.scenario).run
}

/** Within 2 %, or one. */
function assertNear(actual: number, expected: number, what: string): void {
  const slack = Math.max(1, 0.02 * expected)
  assert.ok(Math.abs(actual - expected) <= slack, `${what}: ${actual}, not ${expected}`)
}

function assertOutcome(outcome: ApplicationOutcome | undefined, expected: Expected): void {
  assert.ok(outcome !== undefined)
  assertNear(outcome.succeeded, expected.succeeded, "succeeded")
  assertNear(outcome.failed, expected.failed ?? 0, "failed")
  assertNear(outcome.pending, expected.pending ?? 0, "pending")
  const { firstFailure } = expected
  if (firstFailure !== undefined) {
    assert.ok(Math.abs((outcome.firstFailureSec ?? -1) - firstFailure) <= 0.02 * firstFailure)
  }
  if (expected.error !== undefined) assert.equal(outcome.errors[0]?.error, expected.error)
}

function assertSound(run: SimulatedRun): void {
  for (const { name, started, succeeded, failed, pending, errors } of run.applications) {
    assert.equal(started, succeeded + failed + pending, name)
    assert.equal(
      errors.reduce((sum, { count }) => sum + count, 0),
      failed,
      name,
    )
  }
  for (const { limit, used, peak, capacity = Number.POSITIVE_INFINITY } of run.pools) {
    assert.ok(used >= 0 && used <= peak && peak <= capacity, `${limit} ${used} ${peak} ${capacity}`)
  }
  for (const { name, of, values, capacity = Number.POSITIVE_INFINITY } of run.timeline.series) {
    assert.ok(
      values.every((value) => value >= 0 && value <= capacity),
      `${name} of ${of}`,
    )
  }
}

for (const [what, rows] of Object.entries({ CLIENTS, SERVERS, BOXES })) {
  describe(`worked out by hand: ${what.toLowerCase()}`, () => {
    for (const [says, text, expected] of rows) {
      test(says, () => {
        const run = runOf(text)
        assertSound(run)
        assertOutcome(run.applications[0], expected)
        const [first] = run.bound
        assert.equal(
          first === undefined ? undefined : `${first.limit} on ${first.at}`,
          expected.bound,
        )
      })
    }
  })
}

const everything = `for: 330
hosts: { c: { count: 3 }, s: { count: 2, listen: 80 } }
middleboxes: { r: { flowsMax: 5000 } }
paths: [{ from: c, to: s, through: r, loss: 5%, jitter: 5 ms }]
applications:
  - { run: http, on: c, to: s, rate: 20/s, stop: 30 s, poisson: true, hold: exponential 1 s }
`

test("when all is closed and over, nothing is left; the same bytes come again, and others of another seed", () => {
  const run = runOf(everything)
  assertSound(run)
  const [outcome] = run.applications
  assert.equal(outcome?.succeeded, outcome?.started)
  assertNear(outcome?.started ?? 0, 1800, "started")
  for (const { name, of, kind, values } of run.timeline.series) {
    if (name === "LISTEN" || kind === "attempts") continue
    assert.equal(values.at(-1), 0, `${name} of ${of}`)
  }
  assert.equal(JSON.stringify(runOf(everything)), JSON.stringify(run))
  const other = runOf(everything, [{ key: "seed", value: 2 }])
  assert.notEqual(other.totals.segments, run.totals.segments)
})

test("Little: closed by the server after a drawn time, 20/s for 10 s are 200", () => {
  const run = runOf(two(200, "", "run: connect, rate: 20/s, hold: exponential 10 s, close: server"))
  const open = run.timeline.series.find(({ name, of }) => name === "ESTABLISHED" && of === "c")
  const late = open?.values.slice(-80) ?? []
  const mean = late.reduce((sum, value) => sum + value, 0) / late.length
  assert.ok(Math.abs(mean - 200) < 20, `${mean}`)
})

test("SYN floods: without cookies three quarters and one, said once; with cookies all are served", () => {
  const flooded = (cookies: number): SimulatedRun =>
    runOf(`for: 30
hosts:
  c: { count: 1 }
  a:
  s: { settings: { tcp_syncookies: ${cookies}, tcp_max_syn_backlog: 128 }, listen: 80 }
applications:
  - { run: connect, on: c, to: s, rate: 10/s, timeout: 1 s }
  - { run: flood, on: a, to: s, rate: 200/s, spoofed: true }
`)
  const bare = flooded(0)
  assert.deepEqual(
    bare.bound.map(({ limit, peak, used }) => [limit, peak, used]),
    [["syn-queue", 97, 97]],
  )
  assert.equal(bare.events.length, 1)
  assertOutcome(bare.applications[0], { succeeded: 5, failed: 285, pending: 10 })
  assert.equal(flooded(2).applications[0]?.succeeded, 300)
})

test("retries without a pause, and paths without a delay, let time go on", () => {
  const retry = "retry: { times: forever, delay: 0 }"
  const again = runOf(
    `${two(1, "", `run: connect, port: 9, threads: 2, ${retry}`)}paths: [{ rtt: 0 }]\n`,
  )
  assert.deepEqual(
    again.applications.map(({ started, pending }) => [started, pending]),
    [[2, 2]],
  )
  const dry = runOf(
    two(1, "settings: { ip_local_port_range: 40000 40001 }", `run: http, rate: 4/s, ${retry}`),
  )
  assertSound(dry)
  assertOutcome(dry.applications[0], { succeeded: 2, pending: 2 })
})

test("255 groups and more have addresses", () => {
  const groups = Array.from({ length: 400 }, (_, index) => `  g${index}: { listen: 80 }`)
  const run = runOf(`for: 5
hosts:
${groups.join("\n")}
applications: [{ run: connect, on: g0, to: g399, rate: 1/s }]
`)
  assertOutcome(run.applications[0], { succeeded: 5 })
})
