/** What `fourtuple simulate` was asked to do, checked before anything runs. */
import { availableParallelism } from "node:os"
import { parseDuration } from "../model/quantity.ts"
import { Refusal } from "../model/refusal.ts"
import { EXPORT_KINDS } from "../sim/export/exports.ts"
import type { Change } from "../sim/scenario/change.ts"
import type { Invocation } from "./command.ts"
import { parseSweep, type SweepSpec } from "./sweep-values.ts"

export type SimulateRequest = {
  readonly path: string
  /** --set, --seed and --for, in that order: the last word counts. */
  readonly changes: readonly Change[]
  readonly sweep?: SweepSpec
  readonly workers: number
  readonly exports?: {
    readonly kinds: readonly string[]
    readonly dir: string
    readonly host?: string
  }
  readonly snapshotsSec: readonly number[]
  readonly html?: string
  readonly form: "text" | "json" | "html"
  readonly hasAttempts: boolean
  readonly isQuiet: boolean
}

const workersMax = 256
const snapshotsMax = 1000

/** Refusal (bad-usage) for what contradicts itself or cannot be understood. */
export function simulateRequestOf({ args, flags }: Invocation): SimulateRequest {
  const [path = "-"] = args
  const sweep = textOf(flags["sweep"])
  const html = textOf(flags["html"])
  const exports = exportsOf(flags)
  const hasAttempts = flags["attempts"] === true
  if (exports === undefined && sweep === undefined && flags["snapshot"] !== undefined) {
    throw new Refusal("bad-usage", "--snapshot is for --export", "Add --export all -o DIR")
  }
  refuseTogether(flags, [
    ["json", html === "-"],
    ["sweep", exports !== undefined || hasAttempts || flags["snapshot"] !== undefined],
  ])
  return {
    path,
    changes: changesOf(flags),
    ...(sweep === undefined ? {} : { sweep: parseSweep(sweep) }),
    workers: workersOf(textOf(flags["workers"])),
    ...(exports === undefined ? {} : { exports }),
    snapshotsSec: snapshotsOf(textOf(flags["snapshot"])),
    ...(html === undefined ? {} : { html }),
    form: flags["json"] === true ? "json" : html === "-" ? "html" : "text",
    hasAttempts,
    isQuiet: flags["quiet"] === true,
  }
}

function changesOf(flags: Invocation["flags"]): readonly Change[] {
  const changes: Change[] = (textOf(flags["set"])?.split("\n") ?? []).map((text) => {
    const at = text.indexOf("=")
    if (at > 0) return { key: text.slice(0, at).trim(), value: text.slice(at + 1).trim() }
    const hint = "For example: --set hosts.targets.count=100"
    throw new Refusal("bad-usage", `Cannot use --set ${text}: it is no key=value`, hint)
  })
  const [seed, duration] = [textOf(flags["seed"]), textOf(flags["for"])]
  if (seed !== undefined && !/^\d+$/.test(seed)) {
    const message = `Cannot use --seed ${seed}: it is not a whole number`
    throw new Refusal("bad-usage", message, "For example: --seed 7")
  }
  if (duration !== undefined && parseDuration(duration) === undefined) {
    const message = `Cannot use --for ${duration}: it is not a duration`
    throw new Refusal("bad-usage", message, 'For example: --for "10 min"')
  }
  if (seed !== undefined) changes.push({ key: "seed", value: seed })
  if (duration !== undefined) changes.push({ key: "for", value: duration })
  return changes
}

function exportsOf(flags: Invocation["flags"]): SimulateRequest["exports"] {
  const [wanted, dir, host] = ["export", "output", "host"].map((name) => textOf(flags[name]))
  if (wanted === undefined) {
    if (dir === undefined && host === undefined) return undefined
    const name = dir === undefined ? "--host" : "--output"
    throw new Refusal("bad-usage", `${name} is for --export`, `Add --export all`)
  }
  const known = [...EXPORT_KINDS, "all"]
  const kinds = wanted.split(",").map((kind) => kind.trim())
  const strange = kinds.find((kind) => !known.includes(kind))
  if (strange !== undefined) {
    const message = `Cannot export "${strange}"`
    throw new Refusal("bad-usage", message, `One or more of ${known.join(", ")}`)
  }
  if (dir === undefined) {
    const message = "No folder was named for --export"
    throw new Refusal("bad-usage", message, "Give a new one: --export all -o DIR")
  }
  return { kinds, dir, ...(host === undefined ? {} : { host }) }
}

function snapshotsOf(text: string | undefined): readonly number[] {
  if (text === undefined) return []
  const times = text.split(",").map((time) => parseDuration(time))
  const wrong = times.indexOf(undefined)
  if (wrong >= 0 || times.length > snapshotsMax) {
    const why = wrong >= 0 ? `"${text.split(",")[wrong]}" is not a time` : "there are too many"
    const message = `Cannot use --snapshot ${text}: ${why}`
    throw new Refusal("bad-usage", message, "For example: --snapshot 30s,60s,2min")
  }
  return times.map((time) => (time ?? 0) / 1000)
}

function workersOf(text: string | undefined): number {
  if (text === undefined) return availableParallelism()
  const workers = Number(text)
  if (Number.isInteger(workers) && workers >= 1 && workers <= workersMax) return workers
  const message = `Cannot use --workers ${text}: it is not a whole number from 1 to ${workersMax}`
  throw new Refusal("bad-usage", message, "Leave it out to use all cores")
}

function refuseTogether(
  flags: Invocation["flags"],
  pairs: readonly (readonly [name: string, isOther: boolean])[],
): void {
  const others = {
    json: "--json and --html - print both",
    sweep: "--sweep runs many times: --export, --snapshot and --attempts are for one run",
  }
  for (const [name, isOther] of pairs) {
    if (flags[name] === undefined || flags[name] === false || !isOther) continue
    throw new Refusal("bad-usage", others[name as keyof typeof others], "Choose one of them")
  }
}

function textOf(flag: string | boolean | undefined): string | undefined {
  return typeof flag === "string" ? flag : undefined
}
