/**
 * A scenario file → what a run is made of. Every problem is told at once, by line. Importing this loads zod: import it
 * only where a scenario is read.
 */
import { Refusal } from "../../model/refusal.ts"
import { AddressPlan } from "./addresses.ts"
import { type Change, changeDocument } from "./change.ts"
import { contentOf, faultLine, openDocument, type ScenarioDocument } from "./document.ts"
import { type Fault, Faults } from "./faults.ts"
import { check } from "./problems.ts"
import { resolveApplications } from "./resolve-applications.ts"
import { resolveBoxes } from "./resolve-boxes.ts"
import { resolveHosts } from "./resolve-hosts.ts"
import { resolvePaths } from "./resolve-paths.ts"
import type { Scenario } from "./scenario.ts"
import { groupsMost, type ScenarioForm, scenarioForm } from "./schema.ts"
import { checkSize } from "./size.ts"

const problemsMost = 30

export type ScenarioReading =
  /** Notes: what has no effect, by line. */
  | { readonly scenario: Scenario; readonly notes: readonly string[] }
  | { readonly refusal: Refusal; readonly problems: readonly string[] }

/**
 * `name` is what the file is called in messages, and the title of a scenario without one. Changes are made before
 * anything is checked, in their order.
 */
export function readScenario(
  text: string,
  name: string,
  changes: readonly Change[] = [],
): ScenarioReading {
  const opened = openDocument(text)
  if ("lines" in opened) return refused(name, opened.lines)
  const { document } = opened
  const wrong = changes.flatMap((change) => changeDocument(document, change) ?? [])
  return wrong.length > 0 ? refused(name, wrong) : readDocument(document, name)
}

function readDocument(document: ScenarioDocument, name: string): ScenarioReading {
  const read = contentOf(document)
  if (typeof read === "string") return refused(name, [read])
  const value = withRun(read.value)
  const checked = check(scenarioForm, value)
  if ("faults" in checked) return refused(name, linesOf(document, checked.faults))
  const faults = new Faults()
  const scenario = resolve(checked.value, name, faults)
  if (scenario === undefined || faults.list.length > 0) {
    return refused(name, linesOf(document, faults.list))
  }
  return { scenario, notes: linesOf(document, faults.notes) }
}

function resolve(form: ScenarioForm, name: string, faults: Faults): Scenario | undefined {
  const plan = new AddressPlan()
  const named = { hosts: form.hosts, middleboxes: form.middleboxes ?? {} }
  for (const [section, entries] of Object.entries(named)) {
    const { length } = Object.keys(entries)
    if (length > groupsMost) faults.add([section], `${length} are more than ${groupsMost}`)
  }
  if (faults.list.length > 0) return undefined
  const hosts = resolveHosts(form.hosts, plan, faults)
  const groups = hosts.map((host) => host.name)
  if (groups.length === 0) faults.add(["hosts"], "there is no machine")
  const middleboxes = resolveBoxes(form.middleboxes ?? {}, groups, plan, faults)
  const scenario: Scenario = {
    title: form.title ?? name,
    seed: form.seed,
    durationSec: form.for,
    hosts,
    middleboxes,
    paths: resolvePaths(form.paths ?? [], groups, middleboxes, faults),
    applications: resolveApplications(form.applications, hosts, form.for, faults),
  }
  checkSize(scenario, faults)
  return scenario
}

/** `kind: sweep` is `run: sweep`. */
function withRun(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("applications" in value)) return value
  const { applications } = value
  if (!Array.isArray(applications)) return value
  return { ...value, applications: applications.map(withRunFirst) }
}

function withRunFirst(application: unknown): unknown {
  if (typeof application !== "object" || application === null) return application
  if (!("kind" in application) || "run" in application) return application
  const { kind, ...others } = application
  return { run: kind, ...others }
}

function linesOf(document: ScenarioDocument, faults: readonly Fault[]): readonly string[] {
  const lines = faults.map((fault) => faultLine(document, fault))
  const order = (line: string) => Number(/^line (\d+)/.exec(line)?.[1] ?? 0)
  return [...new Set(lines)].toSorted((a, b) => order(a) - order(b))
}

function refused(name: string, problems: readonly string[]): ScenarioReading {
  const first = problems.slice(0, problemsMost)
  const more = problems.length - first.length
  const list = more > 0 ? [...first, `and ${more} more`] : first
  const message = `Cannot run ${name}:\n${list.map((problem) => `  ${problem}`).join("\n")}`
  const hint = "docs/guide/scenarios.md has every key with its unit and default"
  return { refusal: new Refusal("bad-usage", message, hint), problems }
}
