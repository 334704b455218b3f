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

/** Known to the engine by the application's name, but not started. */
export function installProgram(
  world: World,
  application: ScenarioApplication,
  host: Host,
  attempts: Attempts,
): Program {
  const program = programOf(world, application, host, attempts)
  program.begin(world.engine.install(program, application.name))
  return program
}

function programOf(
  world: World,
  application: ScenarioApplication,
  host: Host,
  attempts: Attempts,
): Program & { begin(number: number): void } {
  const { engine, directory } = world
  if (application.kind === "alarms") {
    const isProvider = application.direction === "provider-connects"
    const groups = isProvider ? application.clients : [application.on]
    const others = groups.flatMap((name) => world.machinesOf(name))
    return new AlarmLines(engine, host, application, attempts, others)
  }
  const targets = application.to.flatMap((name) => world.machinesOf(name))
  const numbers = targets.map(({ number }) => number)
  switch (application.kind) {
    case "pool": {
      const bytes = answerBytesOf(targets, [application.port])
      return new Pool(engine, host, application, attempts, numbers, bytes)
    }
    case "flood":
      return new Flood(engine, host, application, attempts, numbers, directory.numberOf)
    case "logon-script":
      return new LogonScript(engine, host, application, attempts, numbers)
    default: {
      const bytes = answerBytesOf(targets, application.ports)
      return new Client(engine, host, application, attempts, numbers, bytes)
    }
  }
}

/** Of the first listener on one of these ports. */
function answerBytesOf(targets: readonly Host[], ports: readonly number[]): number {
  const listeners = targets.flatMap(({ group }) => group.listeners)
  return listeners.find(({ port }) => ports.includes(port))?.answerBytes ?? 1
}
