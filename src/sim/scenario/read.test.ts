import assert from "node:assert/strict"
import { describe, test } from "node:test"
import { readScenario } from "./read.ts"
import type { Scenario } from "./scenario.ts"

const head = "for: 60\nhosts:\n  a:\n  b: { listen: 80 }\n"
const connect = "applications: [{ run: connect, on: a, to: b }]\n"
const plain = head + connect

function problems(text: string): readonly string[] {
  const reading = readScenario(text, "x.yaml")
  return "problems" in reading ? reading.problems : []
}

function scenario(text: string): Scenario {
  const reading = readScenario(text, "x.yaml")
  assert.ok("scenario" in reading, "problems" in reading ? reading.problems.join("\n") : "")
  return reading.scenario
}

const hosts = (inside: string) =>
  `for: 60\nhosts:\n  a: {}\n  b: { listen: 80 }\n  c: ${inside}\n${connect}`
const boxes = (inside: string) =>
  `${head}middleboxes:\n  m: ${inside}\npaths: [{ through: m }]\n${connect}`
const paths = (inside: string) => `${head}paths:\n  - ${inside}\n${connect}`
const applications = (inside: string) => `${head}applications:\n  - ${inside}\n`

/** What is written, and the one problem it is. */
const faults: readonly (readonly [text: string, says: RegExp])[] = [
  ["", /^cannot take nothing: a mapping is expected$/],
  ["- 1", /^line 1: cannot take a list: a mapping is expected$/],
  ["for: 60\nfor: 61", /^line 2: YAML: for is given twice$/],
  [`fro: 60\n${plain}`, /^line 1: fro: unknown key; did you mean for\?$/],
  [plain.replace("60", "soon"), /^line 1: for: cannot take "soon": a duration such as 120 s/],
  [plain.replace("for: 60\n", ""), /^line 1: for: missing: a duration/],
  [`seed: 1.5\n${plain}`, /^line 1: seed: cannot take 1.5: a whole number/],
  [`for: 60\nhosts: {}\napplications: []`, /^line 2: hosts: there is no machine$/],
  [hosts("{ settings: { ports.tries: some } }"), /^line 5: .*"some": one of one, all is needed$/],
  [`for: 1\n---\nfor: 2`, /^line 2: YAML: a second document begins here; a scenario is one$/],
  [
    applications("{ run: alarms, on: a, clients: b, query: 0 }"),
    /^line 6: applications\.0\.query: cannot take 0/,
  ],
  [hosts("{ settings: { ports.reseedSec: x } }"), /reseedSec: .*a whole number is expected$/],
  [hosts("{ count: 500000 }"), /^line 2: hosts: 500,002 machines; a run has room for 200,000$/],
  [
    applications("{ run: connect, on: a, to: b, rate: 1e12 }"),
    /^line 6: applications\.0: 60,000,000,000,000 attempts; a run has time for 10,000,000,000/,
  ],
  [
    hosts("{ profile: xp-sp9 }"),
    /^line 5: hosts\.c\.profile: no profile .*did you mean xp-sp1, xp-sp2/,
  ],
  [
    hosts("{ adress: 10.0.0.1 }"),
    /^line 5: hosts\.c\.adress: unknown key; did you mean address\?$/,
  ],
  [hosts("{ address: 10.0.0 }"), /^line 5: hosts\.c\.address: cannot take "10\.0\.0"/],
  [hosts("{ address: 255.255.255.250, count: 10 }"), /the address of 10 machines is expected$/],
  [hosts("{ count: 0 }"), /^line 5: hosts\.c\.count: cannot take 0: a whole number from 1/],
  [hosts("{ dead: 2 }"), /^line 5: hosts\.c\.dead: 2 are more than the 1 of the group$/],
  [hosts("{ dead: 150% }"), /^line 5: hosts\.c\.dead: cannot take "150%"/],
  [hosts("{ listen: 80000 }"), /^line 5: hosts\.c\.listen: cannot take 80000: a port/],
  [
    hosts("{ listen: [80, 80] }").replace("[80, 80]", "[80, { port: 80 }]"),
    /port 80 is given twice$/,
  ],
  [
    hosts("{ listen: { prt: 1, port: 2 } }"),
    /hosts\.c\.listen\.prt: unknown key; did you mean port\?$/,
  ],
  [
    hosts("{ listen: { port: 80, accepts: nevr } }"),
    /accepts: cannot take "nevr": at-once, never, or a/,
  ],
  [
    hosts("{ settings: { somaxcon: 1 } }"),
    /^line 5: .*somaxcon: no setting .*did you mean somaxconn\?$/,
  ],
  [hosts("{ settings: { TcpTimedWaitDelay: 30 } }"), /linux-6\.18 has no TcpTimedWaitDelay; it is/],
  [hosts("{ settings: { tcp_tw_reuse: 3 } }"), /tcp_tw_reuse: 3 is not from 0 to 2/],
  [
    hosts("{ settings: { tcp_syn_retries: few } }"),
    /cannot take "few": a whole number is expected$/,
  ],
  [hosts("{ settings: { ip_local_port_range: 60999 32768 } }"), /two ports such as "32768 60999"/],
  [
    hosts("{ settings: { somaxconn: 1, net.core.somaxconn: 2 } }"),
    /net\.core\.somaxconn is given twice$/,
  ],
  [hosts("{ settings: { nf_conntrack_max: 1 } }"), /a middlebox has it as flowsMax/],
  [boxes("{ profile: isa-2007 }"), /^line 6: middleboxes\.m\.profile: no profile .*isa-2000/],
  [boxes("{ profile: cisco-asa }"), /cisco-asa cannot be simulated/],
  [boxes("{ limits: { firewall-concurrent: 1 } }"), /netfilter has no limits; write rules/],
  [boxes("{ profile: isa-2006, flowsMax: 1 }"), /a box of profile isa-2006 has no flowsMax$/],
  [
    boxes("{ profile: isa-2006, limits: { accept-queue: 1 } }"),
    /no limit of this box; it has firewall-/,
  ],
  [boxes("{ profile: isa-2006, limits: { firewall-concurrent: 1/s } }"), /a number of connections/],
  [
    boxes("{ rules: [{ count: 1, rate: 1 }] }"),
    /rules\.0: one of count, rate and deny is expected$/,
  ],
  [boxes("{ rules: [{ count: 1, from: aa }] }"), /rules\.0\.from: no group .*did you mean a/],
  [boxes("{ timers: { TIM_WAIT: 1 } }"), /no timer of netfilter; did you mean TIME_WAIT\?$/],
  [boxes("{ profile: gcp-cloud-nat }"), /^line 6: middleboxes\.m: gcp-cloud-nat needs nat/],
  [boxes("{ nat: { inside: a, address: 10.1.0.1 } }"), /10\.1\.0\.1 is an address of a group/],
  [boxes("{ nat: { inside: a, ports: 9-3 } }"), /nat\.ports: cannot take "9-3": a range/],
  [boxes("{ nat: { inside: a, portsMost: 9 } }"), /only the clouds' translators/],
  [boxes("{}").replace("through: m", "loss: 0"), /middleboxes\.m: nothing goes through it/],
  [boxes("{ at: b }"), /paths\.0\.through: m is inside b already$/],
  [
    boxes("{}").replaceAll("m:", "a:").replace("through: m", "through: a"),
    /a group of hosts is called a/,
  ],
  [paths("{ from: a, to: c }"), /^line 6: paths\.0\.to: no group of hosts is called "c"/],
  [paths("{ dealy: 1 }"), /^line 6: paths\.0\.dealy: unknown key; did you mean delay\?$/],
  [paths("{ delay: 1, rtt: 2 }"), /paths\.0\.rtt: delay \(one way\) and rtt \(both ways\) exclude/],
  [paths("{ loss: 2 }"), /paths\.0\.loss: cannot take 2: a share such as 5%/],
  [paths("{ through: n }"), /no middlebox is called "n"; there is none$/],
  [paths("{ down: 20 s..10 s }"), /down: cannot take "20 s\.\.10 s": a range of times such as/],
  [
    paths("{ from: a, to: b }\n  - { from: b, to: a }"),
    /^line 7: paths\.1: a path between b and a is given/,
  ],
  [
    applications("{ run: swep, on: a, to: b }"),
    /^line 6: applications\.0\.run: .*did you mean sweep\?$/,
  ],
  [
    applications("{ on: a, to: b }"),
    /^line 6: applications\.0\.run: missing: one of connect, sweep/,
  ],
  [applications("{ run: connect, on: a }"), /^line 6: applications\.0\.to: missing/],
  [
    applications("{ run: connect, on: aa, to: b }"),
    /applications\.0\.on: no group .* did you mean a/,
  ],
  [
    applications("{ run: connect, on: b, to: a }"),
    /port is missing, and the targets listen on none$/,
  ],
  [applications("{ run: connect, on: a, to: b, rate: 1, threads: 2 }"), /rate and threads exclude/],
  [applications("{ run: connect, on: a, to: b, port: 1, ports: 2 }"), /port and ports exclude/],
  [
    applications("{ run: connect, on: a, to: b, ports: [1, 2, 3] }"),
    /at most two are tried together/,
  ],
  [applications("{ run: connect, on: a, to: b, thread: 2 }"), /did you mean threads\?$/],
  [applications("{ run: connect, on: a, to: b, keepAlive: true }"), /keepAlive: unknown key/],
  [applications("{ run: connect, on: a, to: b, start: 9, stop: 3 }"), /it stops before it starts$/],
  [applications("{ run: pool, on: a, to: b }"), /applications\.0\.rate: missing: a rate such as/],
  [
    applications("{ run: connect, on: a, to: b, retry: { time: 3 } }"),
    /retry\.time: unknown key; .*times/,
  ],
]

describe("a problem is told with its line", () => {
  for (const [text, says] of faults) {
    test(String(says), () => {
      const found = problems(text)
      assert.equal(found.length, 1, found.join("\n"))
      assert.match(found[0] ?? "", says)
    })
  }
})

test("every problem is told at once, in the order of the file", () => {
  const text = "for: soon\nsed: 1\nhosts:\n  a: { cuont: 2 }\napplications: [{ run: x, on: a }]\n"
  const lines = problems(text).map((problem) => /^line (\d)/.exec(problem)?.[1])
  assert.deepEqual(lines, ["1", "2", "4", "5"])
})

test("what a profile has and a run does not look at is a note", () => {
  const reading = readScenario(hosts("{ settings: { tcp_keepalive_time: 60 } }"), "x.yaml")
  assert.deepEqual("notes" in reading ? reading.notes : [], [
    "line 5: hosts.c.settings.tcp_keepalive_time: net.ipv4.tcp_keepalive_time has no effect in a run",
  ])
})

test("a machine without a word is the newest Linux, with an address of its own", () => {
  const { hosts: machines, title, seed, durationSec } = scenario(plain)
  assert.deepEqual([title, seed, durationSec], ["x.yaml", 1, 60])
  assert.deepEqual(
    machines.map(({ profile, address, count }) => [profile.id, address, count]),
    [
      ["linux-6.18", "10.1.0.1", 1],
      ["linux-6.18", "10.2.0.1", 1],
    ],
  )
})

test("groups that are given no address keep clear of those that are", () => {
  const text = `for: 1\nhosts:\n  a: { count: 70000 }\n  b: { address: 10.2.0.7 }\n  c: { address: "2001:DB8::1", count: 3 }\n  d:\napplications: []`
  const addresses = scenario(text).hosts.map(({ address }) => address)
  assert.deepEqual(addresses, ["10.3.0.1", "10.2.0.7", "2001:db8::1", "10.1.0.1"])
})

test("quantities are read with their units", () => {
  const text = paths("{ rtt: 3 ms, jitter: 50 us, loss: 2.5%, down: [10 s..20 s, 1 min..70 s] }")
  const [path] = scenario(text).paths
  assert.deepEqual(
    [path?.delaySec, path?.jitterSec, path?.loss, path?.down],
    [
      0.0015,
      0.000_05,
      0.025,
      [
        { fromSec: 10, toSec: 20 },
        { fromSec: 60, toSec: 70 },
      ],
    ],
  )
})

test("a rule's rate keeps the unit it is written in", () => {
  const rules = scenario(boxes("{ rules: [{ rate: 600/min, burst: 9 }, { deny: [445, 139] }] }"))
    .middleboxes[0]?.rules
  assert.deepEqual(
    rules?.map(({ kind, over, perSec, burst, ports }) => [kind, over, perSec, burst, ports]),
    [
      ["rate", 600, 60, 9, []],
      ["deny", 0, 1, 5, [445, 139]],
    ],
  )
})

test("the exact path comes before one for everybody", () => {
  const found = scenario(
    paths("{ delay: 1 }\n  - { from: a, delay: 2 }\n  - { from: b, to: a, delay: 3 }"),
  )
  assert.deepEqual(
    found.paths.map(({ from, to, delaySec }) => [from, to, delaySec]),
    [
      ["b", "a", 3],
      ["a", "*", 2],
      ["*", "*", 1],
    ],
  )
})

test("a sweep tries two ports together, each target once, and holds for two minutes", () => {
  const text = `for: 9\nhosts:\n  a:\n  b: { count: 500, listen: [445, 139], dead: 5% }\napplications: [{ kind: sweep, on: a, to: b }]`
  const { applications: programs, hosts: machines } = scenario(text)
  const [program] = programs
  assert.ok(program?.kind === "sweep")
  assert.deepEqual(
    [program.ports, program.count, program.order, program.hold, program.isHeldAside],
    [[445, 139], 500, "once", { kind: "fixed", sec: 120 }, true],
  )
  assert.deepEqual(program.arrivals, { kind: "closed", threads: 50, thinkSec: 0 })
  assert.equal(machines[1]?.dead, 25)
})

test("a workstation's file service admits what its profile says", () => {
  const sessions = (inside: string): readonly (number | undefined)[] =>
    (scenario(hosts(inside)).hosts[2]?.listeners ?? []).map((listener) => listener.sessions)
  assert.deepEqual(sessions("{ profile: xp-sp2, listen: [445, 80] }"), [10, undefined])
  assert.deepEqual(sessions("{ profile: xp-sp2, listen: { port: 445, sessions: none } }"), [
    undefined,
  ])
  assert.deepEqual(sessions("{ profile: nt-4.0, listen: 139 }"), [undefined])
})

test("applications of one kind are numbered", () => {
  const text = applications("{ run: connect, on: a, to: b }\n  - { run: connect, on: a, to: b }")
  assert.deepEqual(
    scenario(text).applications.map(({ name }) => name),
    ["connect", "connect-2"],
  )
})

test("anchors are understood, and a bomb of them is refused", () => {
  const shared = `for: 1\nhosts:\n  a: &base { count: 2 }\n  b: { <<: *base, listen: 80 }\n${connect}`
  assert.deepEqual(
    scenario(shared).hosts.map(({ count }) => count),
    [2, 2],
  )
  const rows = Array.from({ length: 12 }, (_, row) => {
    const item = row === 0 ? "lol" : `*r${row - 1}`
    return `r${row}: &r${row} [${Array.from({ length: 12 }, () => item).join(", ")}]`
  })
  assert.match(problems(rows.join("\n"))[0] ?? "", /YAML: Excessive alias count/)
})

const bounded: Readonly<Record<string, string>> = {
  "one sign more than the most": "x".repeat(256 * 1024 + 1),
  brackets: "[".repeat(200_000),
  "nested keys": "? ".repeat(100_000),
  anchors: "&a ".repeat(80_000),
  "keys of one mapping": Array.from({ length: 30_000 }, (_, index) => `k${index}:`).join("\n"),
  groups: `for: 1\nhosts:\n${Array.from({ length: 20_000 }, (_, index) => ` h${index}:`).join("\n")}\napplications: []`,
  settings: hosts(
    `{ settings: { ${Array.from({ length: 9000 }, (_, index) => `s${index}: 1`).join(", ")} } }`,
  ),
  "a long name": hosts(`{ profile: ${"x".repeat(200_000)} }`),
}

for (const [what, text] of Object.entries(bounded)) {
  test(`too much of something is refused, and soon: ${what}`, () => {
    const start = performance.now()
    assert.ok(problems(text).length > 0)
    assert.ok(performance.now() - start < 10_000)
  })
}

test("the years that Windows Server is named by are names, not numbers", () => {
  const reading = readScenario(
    "for: 1\nhosts: { a: { profile: 2019, listen: 80 } }\napplications: [{ run: connect, on: a, to: a }]\n",
    "x",
  )
  assert.ok("scenario" in reading)
  assert.equal(reading.scenario.hosts[0]?.profile.id, "2019")
})
