/**
 * Lifecycles in the simulator as everybody runs it: a scenario, simulate(), a recording. So many clients that their ports
 * suffice; each connects at its share of the rate and closes at once, the server closes then. `--unfolded`: each segment is
 * an event that changes both machines' states and counts (src/sim/engine/plain.ts). `--ordinary`: each segment is also
 * written out, and read by a machine that knows nothing but it.
 */
import { simulate } from "../src/sim/engine/simulate.ts"
import { readScenario } from "../src/sim/scenario/read.ts"
import type { Scenario } from "../src/sim/scenario/scenario.ts"
import { type LifecycleOptions, type LifecycleRun, tellLifecycles } from "./lifecycle-line.ts"

/** Of the 28,232 that Linux hands out. */
const portsOfOne = 25_000
/** TIME-WAIT ends up to two seconds late (src/sim/events/granule.ts), and the last close takes a moment. */
const lateSec = 3
const clientCounts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

function clientsFor({ connections, perSec, timeWaitSec }: LifecycleOptions): number {
  const atOnce = Math.min(connections, perSec * (timeWaitSec + lateSec))
  const needed = atOnce / portsOfOne
  return clientCounts.find((count) => count >= needed) ?? Math.ceil(needed)
}

function scenarioOf(options: LifecycleOptions): Scenario {
  const { connections, perSec, timeWaitSec } = options
  const clients = clientsFor(options)
  const read = readScenario(
    `
title: Lifecycles
for: ${connections / perSec + timeWaitSec + lateSec} s
hosts:
  client: { profile: linux-6.18, count: ${clients} }
  server: { profile: linux-6.18, listen: { port: 80, backlog: 4096 } }
applications:
  - run: connect
    on: client
    to: server
    port: 80
    rate: ${perSec / clients}/s
    count: ${connections / clients}
    hold: 0
    close: client
`,
    "lifecycles.yaml",
  )
  if (!("scenario" in read)) throw new Error(JSON.stringify(read.problems))
  return withTimeWait(read.scenario, timeWaitSec)
}

/** Linux has no setting for its 60 s. */
function withTimeWait(scenario: Scenario, sec: number): Scenario {
  const hosts = scenario.hosts.map((host) => {
    const { timeWaitMs } = host.profile
    if (timeWaitMs === undefined) throw new Error("The profile has no TIME-WAIT")
    return {
      ...host,
      profile: { ...host.profile, timeWaitMs: { ...timeWaitMs, value: sec * 1000 } },
    }
  })
  return { ...scenario, hosts }
}

/** Each is read once, however often it is run. */
const scenarios = new Map<LifecycleOptions, Scenario>()

const express = !process.argv.includes("--ordinary")
const fold = !process.argv.includes("--unfolded")

function run(options: LifecycleOptions): LifecycleRun {
  const scenario = scenarios.get(options) ?? scenarioOf(options)
  scenarios.set(options, scenario)
  const { applications, timeline, totals } = simulate(scenario, { express, fold }).run
  const waiting = timeline.series
    .filter(({ name, of }) => name === "TIME-WAIT" && of === "client")
    .flatMap(({ values }) => values)
  const succeeded = applications[0]?.succeeded ?? 0
  return {
    done: succeeded - (waiting.at(-1) ?? 0),
    segments: totals.segments,
    mostInTimeWait: Math.max(0, ...waiting),
  }
}

tellLifecycles(run)
