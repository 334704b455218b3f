/** Runs lifecycle cases against the model, each for every profile it names, and says where it differs. */
import { Refusal } from "../../model/refusal.ts"
import { isAttemptCase, playAttempts } from "./attempt-cases.ts"
import { isBlockCase, playBlocks } from "./block-cases.ts"
import { isBoxCase, playBox } from "./box-cases.ts"
import type { ConformCase, RefusedCase } from "./case.ts"
import { compare, type Difference, timerOf } from "./compare.ts"
import type { Outcome } from "./outcome.ts"
import { play } from "./play.ts"
import { isPortCase, playPorts } from "./port-cases.ts"
import { type Subject, subjectOf, withSettings } from "./profiles.ts"

export type CaseResult = {
  readonly id: string
  readonly title: string
  readonly profile: string
  readonly standing: "passed" | "failed" | "refused"
  readonly differences: readonly Difference[]
  /** Why it was not run. */
  readonly refusal?: string
}

export type ProfileSummary = {
  readonly profile: string
  readonly passed: number
  readonly failed: number
  readonly refused: number
}

/** In place of a profile, where a case names none that can be read. */
export const NO_PROFILE = "no profile"

/** Every case for every profile it names, or for one; that one by any name it goes by. */
export function runCases(
  cases: readonly (ConformCase | RefusedCase)[],
  profile?: string,
): readonly CaseResult[] {
  const only = profile === undefined ? undefined : subjectOf(profile)
  return cases.flatMap((each) => {
    if ("refusal" in each && each.profiles.length === 0) {
      return [refused(each.id, each.title, NO_PROFILE, each.refusal)]
    }
    const profiles =
      only === undefined ? each.profiles : each.profiles.filter((name) => isSame(only, name))
    return profiles.map((name) =>
      "refusal" in each ? refused(each.id, each.title, name, each.refusal) : runCase(each, name),
    )
  })
}

function isSame(only: Subject, name: string): boolean {
  if (name.toLowerCase() === only.name.toLowerCase()) return true
  try {
    const other = subjectOf(name)
    return other.rules.id === only.rules.id && other.host === only.host && other.box === only.box
  } catch (cause) {
    if (cause instanceof Refusal) return false
    throw cause
  }
}

/** One case for one profile. */
export function runCase(conformCase: ConformCase, profile: string): CaseResult {
  const { id, title } = conformCase
  try {
    const outcome = outcomeOf(conformCase, withSettings(subjectOf(profile), conformCase))
    const differences = compare(conformCase, outcome)
    const standing = differences.length === 0 ? "passed" : "failed"
    return { id, title, profile, standing, differences }
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause
    return refused(id, title, profile, cause.message)
  }
}

function outcomeOf(conformCase: ConformCase, subject: Subject): Outcome {
  const timer = conformCase.expect["timer"]
  if (timer !== undefined && timerOf(timer) === undefined) {
    throw new Refusal(
      "unsupported-format",
      `Cannot run case ${conformCase.id}: \`expect.timer\` cannot be ${JSON.stringify(timer)}`,
      "Say restart, unchanged or none",
    )
  }
  if (isBoxCase(conformCase, subject)) {
    if (subject.box === undefined) throw needs(conformCase, subject, "a middlebox such as isa2006")
    return playBox(subject, conformCase)
  }
  if (isPortCase(conformCase)) {
    if (subject.host === undefined) throw needs(conformCase, subject, "a system with ports")
    return playPorts(subject, conformCase)
  }
  if (isAttemptCase(conformCase)) return playAttempts(subject, conformCase)
  if (isBlockCase(conformCase)) return playBlocks(subject, conformCase)
  return play(subject.rules, conformCase)
}

function needs({ id }: ConformCase, { name }: Subject, what: string): Refusal {
  return new Refusal(
    "unsupported-format",
    `Cannot run case ${id} for ${name}: it takes ${what}`,
    "Name another profile",
  )
}

function refused(id: string, title: string, profile: string, refusal: string): CaseResult {
  return { id, title, profile, standing: "refused", differences: [], refusal }
}

/** How many passed, by profile, in the order of their first case. */
export function summarize(results: readonly CaseResult[]): readonly ProfileSummary[] {
  const names = [...new Set(results.map(({ profile }) => profile))]
  return names.map((profile) => {
    const own = results.filter((result) => result.profile === profile)
    const count = (standing: CaseResult["standing"]): number =>
      own.filter((result) => result.standing === standing).length
    return {
      profile,
      passed: count("passed"),
      failed: count("failed"),
      refused: count("refused"),
    }
  })
}
