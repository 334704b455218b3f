/**
 * Writes docs/reference from the tables of the program, so that the documents never say something
 * else. With --check nothing is written: exit 1 names the files that differ.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { connectionsJsonSchema } from "../src/report/connections-schema.ts"
import { diagnosisJsonSchema } from "../src/report/schema.ts"
import { runJsonSchema, sweepJsonSchema } from "../src/report/simulated-schema.ts"
import { scenarioJsonSchema } from "../src/sim/scenario/json-schema.ts"
import {
  commandsReference,
  countersReference,
  errorsReference,
  eventsReference,
  formatsReference,
  limitsReference,
  odditiesReference,
  profilesReference,
  scenarioSettingsReference,
} from "./reference.ts"

const folder = fileURLToPath(new URL("./reference/", import.meta.url))

const documents: Readonly<Record<string, () => string>> = {
  "limits.md": limitsReference,
  "profiles.md": profilesReference,
  "oddities.md": odditiesReference,
  "errors.md": errorsReference,
  "events.md": eventsReference,
  "counters.md": countersReference,
  "formats.md": formatsReference,
  "commands.md": commandsReference,
  "diagnosis.schema.json": diagnosisJsonSchema,
  "connections.schema.json": connectionsJsonSchema,
  "scenario-settings.md": scenarioSettingsReference,
  "scenario.schema.json": scenarioJsonSchema,
  "run.schema.json": runJsonSchema,
  "sweep.schema.json": sweepJsonSchema,
}

function differs(name: string, text: string): boolean {
  try {
    return readFileSync(folder + name, "utf8") !== text
  } catch {
    return true
  }
}

const stale = Object.entries(documents)
  .map(([name, make]) => [name, make()] as const)
  .filter(([name, text]) => differs(name, text))

if (process.argv.includes("--check")) {
  for (const [name] of stale) {
    console.error(`docs/reference/${name} is not what the tables say: run "npm run docs"`)
  }
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of stale) {
    writeFileSync(folder + name, text)
    console.log(`docs/reference/${name} written`)
  }
}
