/**
 * Saved cases of many systems, one folder each: what a person sends, and the first verdict it must have. The files
 * are written for these tests in the shape of the named programs' output; case.json names the origin.
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { checkCase } from "./check-case.ts"
import { diagnoseFiles, expectationOf, savedFiles } from "./saved-case.ts"

const gallery = import.meta.dirname
const folders = readdirSync(gallery, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

for (const name of folders) {
  const folder = join(gallery, name)
  const expected = expectationOf(folder)
  test(`${name}: ${expected.expect}`, () => {
    checkCase(diagnoseFiles(savedFiles(folder, expected.made)), expected)
  })
}
