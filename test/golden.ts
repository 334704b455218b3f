/**
 * Golden outputs: what a report or a transcript printed when somebody last looked at it. After a change that is
 * meant, run `UPDATE_GOLDEN=1 npx node --test test/reports.test.ts`, look at the difference, and commit it.
 */
import assert from "node:assert/strict"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/** Compares with test/golden/NAME (or writes it when UPDATE_GOLDEN is set). */
export function assertGolden(name: string, actual: string): void {
  assertSame(new URL(`golden/${name}`, import.meta.url), actual)
}

/** The same for a published file, such as a generated reference document. */
export function assertSame(file: URL, actual: string): void {
  if (process.env["UPDATE_GOLDEN"]) {
    mkdirSync(dirname(file.pathname), { recursive: true })
    writeFileSync(file, actual)
    return
  }
  assert.ok(existsSync(file), `${file.pathname} is missing: run with UPDATE_GOLDEN=1`)
  assert.equal(actual, readFileSync(file, "utf8"))
}
