/**
 * Scenarios too large to run: more attempts than a machine plays in hours, or more machines and threads than its memory
 * holds. Told before anything runs.
 */
import { formatCount } from "../../model/quantity.ts"
import type { Faults } from "./faults.ts"
import type { Scenario, ScenarioApplication } from "./scenario.ts"

const machinesMost = 200_000
const attemptsMost = 10_000_000_000
/** Threads of all machines, or lines of alarms. */
const threadsMost = 10_000_000

export function checkSize({ hosts, applications, durationSec }: Scenario, faults: Faults): void {
  const machinesIn = (names: readonly string[]): number =>
    hosts.reduce((sum, { name, count }) => sum + (names.includes(name) ? count : 0), 0)
  const machines = machinesIn(hosts.map(({ name }) => name))
  if (machines > machinesMost) {
    faults.add(
      ["hosts"],
      `${formatCount(machines)} machines; a run has room for ${formatCount(machinesMost)}`,
    )
  }
  let attempts = 0
  for (const [index, application] of applications.entries()) {
    const place = ["applications", index]
    const running = machinesIn([application.on])
    const threads = threadsOf(application, machinesIn) * running
    if (threads > threadsMost) {
      const what = application.kind === "alarms" ? "lines" : "threads"
      faults.add(
        place,
        `${formatCount(threads)} ${what} on all machines; a run has room for ${formatCount(threadsMost)}`,
      )
    }
    const span = Math.max(0, Math.min(application.stopSec, durationSec) - application.startSec)
    const before = attempts
    attempts += attemptsOf(application, span) * running
    if (before <= attemptsMost && attempts > attemptsMost) {
      const many = attempts < 1e15 ? formatCount(Math.round(attempts)) : attempts.toExponential(0)
      faults.add(
        place,
        `${many} attempts; a run has time for ${formatCount(attemptsMost)}: lower the rate, or make the run shorter`,
      )
    }
  }
}

/** Of one machine, where they do not wait for one another. */
function attemptsOf(application: ScenarioApplication, spanSec: number): number {
  if ("perSec" in application) return Math.min(application.count, application.perSec * spanSec)
  if (!("arrivals" in application)) return 0
  const { arrivals, count } = application
  return arrivals.kind === "open" ? Math.min(count, arrivals.perSec * spanSec) : 0
}

function threadsOf(
  application: ScenarioApplication,
  machinesIn: (names: readonly string[]) => number,
): number {
  if (application.kind === "alarms") return application.areas * machinesIn(application.clients)
  if (!("arrivals" in application)) return 0
  const { arrivals } = application
  if (arrivals.kind === "trace") return arrivals.timesSec.length
  return arrivals.kind === "closed" ? arrivals.threads : 0
}
