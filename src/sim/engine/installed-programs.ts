/** The programs of a scenario's applications, made for the machines that run them. */
import { AlarmLines, alarmListener } from "../programs/alarms.ts"
import { Client } from "../programs/client.ts"
import { Flood } from "../programs/flood.ts"
import { LogonScript } from "../programs/logon-script.ts"
import { Pool } from "../programs/pool.ts"
import type { ScenarioApplication, ScenarioHost, ScenarioListener } from "../scenario/scenario.ts"
import type { Attempts } from "./attempts.ts"
import type { Host } from "./host.ts"
import type { Program } from "./program.ts"
import type { World } from "./world.ts"

/** Of alarms, those of the side that opens connections; machines that are switched off run none. */
export function machinesRunning(world: World, application: ScenarioApplication): readonly Host[] {
  const isOfClients = application.kind === "alarms" && application.direction === "client-connects"
  const groups = isOfClients ? application.clients : [application.on]
  return groups.flatMap((name) => world.machinesOf(name)).filter(({ isDead }) => !isDead)
}

/** Server programs of a group: its own, and those that alarms need where it has none on their port. */
export function listenersOf(
  group: ScenarioHost,
  applications: readonly ScenarioApplication[],
): readonly ScenarioListener[] {
  const listeners = [...group.listeners]
  for (const application of applications) {
    if (application.kind !== "alarms") continue
    const { direction, clients, on, port } = application
    const isListening = (direction === "provider-connects" ? clients : [on]).includes(group.name)
    if (!isListening || listeners.some((each) => each.port === port)) continue
    listeners.push(alarmListener(application))
  }
  return listeners
}

/** One on each of these machines, known to the engine by the application's name, but not started. */
export function installPrograms(
  world: World,
  application: ScenarioApplication,
  hosts: readonly Host[],
  attempts: Attempts,
): readonly Program[] {
  const others = othersOf(application).flatMap((name) => world.machinesOf(name))
  const numbers = others.map(({ number }) => number)
  const answerBytes = answerBytesOf(others, application)
  return hosts.map((host) => {
    const ends = { host, others, numbers, answerBytes }
    const program = programOf(world, application, ends, attempts)
    program.begin(world.engine.install(program, application.name))
    return program
  })
}

/** Groups at the other end. */
function othersOf(application: ScenarioApplication): readonly string[] {
  if (application.kind !== "alarms") return application.to
  return application.direction === "provider-connects" ? application.clients : [application.on]
}

/** A machine, those at the other end with their numbers, and what they answer. */
type Ends = {
  readonly host: Host
  readonly others: readonly Host[]
  readonly numbers: readonly number[]
  readonly answerBytes: number
}

function programOf(
  world: World,
  application: ScenarioApplication,
  { host, others, numbers, answerBytes }: Ends,
  attempts: Attempts,
): Program & { begin(number: number): void } {
  const { engine, directory } = world
  switch (application.kind) {
    case "alarms":
      return new AlarmLines(engine, host, application, attempts, others)
    case "pool":
      return new Pool(engine, host, application, attempts, numbers, answerBytes)
    case "flood":
      return new Flood(engine, host, application, attempts, numbers, directory.numberOf)
    case "logon-script":
      return new LogonScript(engine, host, application, attempts, numbers)
    default:
      return new Client(engine, host, application, attempts, numbers, answerBytes)
  }
}

/** Of the first listener on one of these ports. */
function answerBytesOf(targets: readonly Host[], application: ScenarioApplication): number {
  const ports = "ports" in application ? application.ports : [application.port]
  for (const { group } of targets) {
    const found = group.listeners.find(({ port }) => ports.includes(port))
    if (found !== undefined) return found.answerBytes
  }
  return 1
}
