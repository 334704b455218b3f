/**
 * A saved case: a folder with the files a person would send, and case.json beside them, which says where they are
 * from, what they must be read as, and which long listings are to be written anew (listing.ts).
 */
import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { diagnoseCase } from "../../src/diagnosis/diagnose.ts"
import { CaseBuilder, type CaseFile } from "../../src/evidence/case-builder.ts"
import { Feed } from "../../src/evidence/feed.ts"
import type { Diagnosis, Standing, Verdict } from "../../src/model/diagnosis.ts"
import {
  type Attempts,
  type ListingKind,
  type NetUses,
  type Rows,
  writeAttempts,
  writeListing,
  writeNetUses,
} from "./listing.ts"

export type Expectation = {
  /** Origin of the files: a public shape, a document, a measurement. */
  readonly origin: string
  /** Limit of the first verdict, or "none" where nothing may be claimed. */
  readonly expect: string
  /** At least; "likely" where left out. */
  readonly standing?: Standing
  readonly capacity?: number
  readonly used?: number
  readonly heldBy?: string
  /** What the first verdict's subject must contain. */
  readonly subject?: string
  /** Limits that must be claimed as well. */
  readonly also?: readonly string[]
  /** Limits that must be ruled out. */
  readonly refuted?: readonly string[]
  /** Names of all oddities there may be. */
  readonly oddities?: readonly string[]
  readonly made?: readonly Made[]
}

type Made =
  | { readonly path: string; readonly listing: ListingKind; readonly rows: readonly Rows[] }
  | { readonly path: string; readonly attempts: readonly Attempts[] }
  | { readonly path: string; readonly netUses: readonly NetUses[] }

export type SavedFile = { readonly path: string; readonly bytes: Uint8Array }

const caseFile = "case.json"

/** case.json of a folder. */
export function expectationOf(folder: string): Expectation {
  return JSON.parse(readFileSync(join(folder, caseFile), "utf8"))
}

/** The folder's files and those that are written anew, by path, sorted as the command sorts them. */
export function savedFiles(folder: string, made: readonly Made[] = []): readonly SavedFile[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== caseFile)
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return { path: relative(folder, path).replaceAll("\\", "/"), bytes: readFileSync(path) }
    })
  const written = made.map((each) => {
    return { path: each.path, bytes: new TextEncoder().encode(textOf(each)) }
  })
  return [...found, ...written].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function textOf(made: Made): string {
  if ("listing" in made) return writeListing(made.listing, made.rows)
  return "attempts" in made ? writeAttempts(made.attempts) : writeNetUses(made.netUses)
}

/** Reads files as the command does and diagnoses them. */
export function diagnoseFiles(files: readonly SavedFile[]): Diagnosis {
  const builder = new CaseBuilder(files.map(({ path }): CaseFile => ({ path })))
  for (const { path, bytes } of files) {
    const sink = builder.file(path)
    const feed = new Feed(path, sink)
    feed.push(bytes)
    sink.close(feed.end())
  }
  return diagnoseCase(builder.finish())
}

const claims: readonly Standing[] = ["established", "likely", "possible"]

/** Verdicts that claim something, best first. */
export function claimsOf(diagnosis: Diagnosis): readonly Verdict[] {
  return diagnosis.verdicts.filter(({ standing }) => claims.includes(standing))
}

/** Whether a standing is at least as firm as another. */
export function isAtLeast(standing: Standing, least: Standing): boolean {
  return claims.includes(standing) && claims.indexOf(standing) <= claims.indexOf(least)
}

/** The first verdicts with what speaks for and against them: what a failing case has to show. */
export function explain(diagnosis: Diagnosis): string {
  const lines = diagnosis.verdicts
    .filter(({ standing }) => standing !== "untested")
    .slice(0, 6)
    .flatMap(({ limit, standing, confidence, subject, says, exhibits }) => [
      `${limit} ${standing} ${confidence} (${subject}): ${says}`,
      ...exhibits.map((each) => {
        const place = `${each.source}${each.at === undefined ? "" : ` ${each.at}`}`
        return `    ${each.for ? "+" : "−"}${each.weight} ${each.says} [${place}]`
      }),
    ])
  const read = diagnosis.evidence.map(
    ({ source, formats, says }) => `${source}: ${formats} ${says}`,
  )
  const odd = diagnosis.oddities.slice(0, 8).map(({ name, says, at }) => `${at} ${name}: ${says}`)
  return ["", ...lines, ...read, ...odd, `system: ${diagnosis.system ?? "unknown"}`].join("\n")
}
