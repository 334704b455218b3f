/** The programs of a scenario's applications, made for the machines that run them. */
import { Client } from "../programs/client.ts"
import { Flood } from "../programs/flood.ts"
import { LogonScript } from "../programs/logon-script.ts"
import { Pool } from "../programs/pool.ts"
import type { ScenarioApplication } from "../scenario/scenario.ts"
import type { Attempts } from "./attempts.ts"
import type { Host } from "./host.ts"
import type { Program } from "./program.ts"
import type { World } from "./world.ts"

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
  if (application.kind === "alarms") throw new RangeError("No program for alarms")
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
