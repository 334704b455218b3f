/** `fourtuple conform`: lifecycle cases against the model's TCP, difference by difference. */
import { readFile } from "node:fs/promises"
import { Refusal } from "../model/refusal.ts"
import { jsonText } from "../report/json.ts"
import { printable } from "../report/printable.ts"
import { parseCases } from "../sim/conform/case.ts"
import { type CaseResult, runCases, summarize } from "../sim/conform/run.ts"
import type { ExitCode, Invocation } from "./command.ts"

/** Prints each case that does not pass, and how many do. Exit code 1 where one fails, 2 where one cannot be run. */
export async function runConform({ args, flags, terminal }: Invocation): Promise<ExitCode> {
  const cases = (await Promise.all(args.map(readCases))).flat()
  const profile = typeof flags["profile"] === "string" ? flags["profile"] : undefined
  const results = runCases(cases, profile)
  if (results.length === 0) {
    throw new Refusal(
      "empty",
      profile === undefined ? "Cannot find a case" : `Cannot find a case for profile ${profile}`,
      "Each case names its profiles in `profile`",
    )
  }
  await terminal.write(
    flags["json"] === true ? jsonOf(results) : textOf(results, flags["all"] === true),
  )
  if (results.some(({ standing }) => standing === "refused")) return 2
  return results.some(({ standing }) => standing === "failed") ? 1 : 0
}

async function readCases(path: string): Promise<ReturnType<typeof parseCases>> {
  const text = await readText(path)
  try {
    return parseCases(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Refusal(
      "unsupported-format",
      `Cannot read ${path}: it is not JSON`,
      "Give a file of lifecycle cases",
      cause,
    )
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path === "-" ? "/dev/stdin" : path, "utf8")
  } catch (cause) {
    throw new Refusal("not-found", `Cannot read ${path}`, "Check the path", cause)
  }
}

function jsonOf(results: readonly CaseResult[]): string {
  const document = { schema: "fourtuple.conformance/1", profiles: summarize(results), results }
  return `${jsonText(document, 2)}\n`
}

const marks = { passed: "pass", failed: "FAIL", refused: "REFUSED" } as const

function textOf(results: readonly CaseResult[], isAll: boolean): string {
  const shown = isAll ? results : results.filter(({ standing }) => standing !== "passed")
  const summary = summarize(results)
  const width = Math.max(...summary.map(({ profile }) => profile.length))
  const lines = summary.map(({ profile, passed, failed, refused }) => {
    const counts = [`${passed} passed`]
    if (failed > 0) counts.push(`${failed} failed`)
    if (refused > 0) counts.push(`${refused} refused`)
    return `  ${printable(profile.padEnd(width))}  ${counts.join(", ")}\n`
  })
  return [...shown.map(resultText), shown.length > 0 ? "\n" : "", ...lines].join("")
}

function resultText(result: CaseResult): string {
  const { id, title, profile, standing, differences, refusal } = result
  const name = title === "" ? "" : `: ${printable(title)}`
  const head = `${marks[standing]} ${printable(id)} ${printable(profile)}${name}\n`
  const why = refusal === undefined ? "" : `  ${printable(refusal)}\n`
  const details = differences.map(
    ({ what, expected, seen }) =>
      `  ${what}\n    expected  ${printable(expected)}\n    seen      ${printable(seen)}\n`,
  )
  return [head, why, ...details].join("")
}
