import assert from "node:assert/strict"
import { test } from "node:test"
import type { Change } from "./change.ts"
import { readScenario } from "./read.ts"
import type { Scenario } from "./scenario.ts"

const text = `
for: 5 min
hosts:
  mgmt01: { profile: xp-sp2 }
  targets: { count: 500, listen: [445, 139] }
  web:
middleboxes:
  isa: { profile: isa-2006 }
  router: { rules: [{ count: 9 }] }
paths:
  - { from: mgmt01, to: targets, delay: 1 ms, through: [isa, router] }
applications:
  - { run: sweep, on: mgmt01, to: targets, retry: 2 }
  - { run: connect, name: mine, on: mgmt01, to: targets, port: 445 }
`

function changed(key: string, value: Change["value"]): Scenario {
  const reading = readScenario(text, "x", [{ key, value }])
  assert.ok("scenario" in reading, "problems" in reading ? reading.problems.join("\n") : "")
  return reading.scenario
}

const changes: readonly (readonly [
  key: string,
  value: Change["value"],
  of: (scenario: Scenario) => unknown,
  is: unknown,
])[] = [
  ["for", "10 min", ({ durationSec }) => durationSec, 600],
  ["seed", 7, ({ seed }) => seed, 7],
  ["targets.count", 20, ({ hosts }) => hosts[1]?.count, 20],
  ["hosts.targets.count", "20", ({ hosts }) => hosts[1]?.count, 20],
  ["web.profile", "win10", ({ hosts }) => hosts[2]?.profile.id, "win10"],
  [
    "web.settings.net.core.somaxconn",
    5,
    ({ hosts }) => hosts[2]?.settings,
    { "net.core.somaxconn": 5 },
  ],
  [
    "mgmt01.settings.TcpTimedWaitDelay",
    30,
    ({ hosts }) => hosts[0]?.settings,
    { TcpTimedWaitDelay: 30 },
  ],
  [
    "targets.listen.backlog",
    7,
    ({ hosts }) => hosts[1]?.listeners.map(({ backlog }) => backlog),
    [7, 7],
  ],
  [
    "isa.limits.firewall-concurrent",
    "none",
    ({ middleboxes }) => middleboxes[0]?.limits,
    { "firewall-concurrent": null },
  ],
  ["router.rules.0.count", 3, ({ middleboxes }) => middleboxes[1]?.rules[0]?.over, 3],
  ["router.rules.count", 3, ({ middleboxes }) => middleboxes[1]?.rules[0]?.over, 3],
  ["paths.delay", "3 ms", ({ paths }) => paths[0]?.delaySec, 0.003],
  ["sweep.threads", 5, ({ applications }) => applications[0], "threads 5"],
  ["applications.sweep.threads", 5, ({ applications }) => applications[0], "threads 5"],
  ["applications.0.threads", 5, ({ applications }) => applications[0], "threads 5"],
  ["mine.threads", 5, ({ applications }) => applications[1], "threads 5"],
  ["sweep.retry.delay", "9 s", ({ applications }) => applications[0], "retry 2 after 9"],
]

for (const [key, value, of, is] of changes) {
  test(`${key} = ${value}`, () => {
    const found = of(changed(key, value)) as Scenario["applications"][number]
    if (typeof is !== "string" || !/^(?:threads|retry)/.test(is)) {
      assert.deepEqual(found, is)
      return
    }
    assert.ok("arrivals" in found && found.arrivals.kind === "closed")
    const { retry, arrivals } = found
    const says = is.startsWith("retry")
      ? `retry ${retry.times} after ${retry.delaySec}`
      : `threads ${arrivals.threads}`
    assert.equal(says, is)
  })
}

const refusals: readonly (readonly [key: string, says: RegExp])[] = [
  ["swep.threads", /^swep\.threads: nothing is called swep; did you mean sweep\?$/],
  ["sweep.thread", /^applications\.0\.thread: unknown key; did you mean threads\?$/],
  ["hosts.neu.count", /^hosts\.neu\.count: nothing is called neu; there is mgmt01, targets, web$/],
  ["mgmt01.settings.TcpTimedWait", /did you mean TcpTimedWaitDelay\?$/],
  ["isa.limits.firewall-concurent", /did you mean firewall-concurrent\?$/],
  ["paths.3.delay", /^paths\.3\.delay: paths has 1 entries, counted from 0$/],
  ["applications.threads", /^applications\.threads: applications is a list of 2: name one by/],
  ["for.ever", /^for\.ever: for is a value, and has no ever$/],
  ["targets..count", /a key such as mgmt01\.settings/],
  ["", /a key such as mgmt01\.settings/],
]

for (const [key, says] of refusals) {
  test(`there is no ${key}`, () => {
    const reading = readScenario(text, "x", [{ key, value: 1 }])
    assert.ok("problems" in reading)
    assert.match(reading.problems.join("\n"), says)
  })
}

test("a value that does not fit is told by its key, not by a line", () => {
  const reading = readScenario(text, "x", [{ key: "targets.count", value: "many" }])
  assert.deepEqual("problems" in reading ? reading.problems : [], [
    'hosts.targets.count: cannot take "many": a whole number from 1 to 1000000 is expected',
  ])
})
