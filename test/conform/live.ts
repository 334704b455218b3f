/**
 * Checks lifecycle cases that name a Linux profile against the live kernel, and prints where it differs.
 *
 *     sudo node test/conform/live.ts [--all] [FILE…]
 *
 * Needs root, unshare and nft. --all plays cases that wait longer than ten seconds too: about ten minutes, mostly of
 * waiting. Without a file: the project's own cases.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { checkLive, type LiveResult, whyNoLive } from "./live/check.ts"

const own = fileURLToPath(new URL("./cases", import.meta.url))
const isAll = process.argv.includes("--all")
const isVerbose = process.argv.includes("--verbose")
const given = process.argv.slice(2).filter((argument) => !argument.startsWith("--"))
const files =
  given.length > 0
    ? given
    : readdirSync(own)
        .filter((name) => name.endsWith(".json"))
        .map((name) => join(own, name))
const reason = whyNoLive()
if (reason !== undefined) {
  console.error(`Cannot play cases on the live kernel: ${reason}`)
  process.exitCode = 2
} else {
  const documents = files.map((file) => JSON.parse(readFileSync(file, "utf8")) as unknown)
  const results = (await Promise.all(documents.map((each) => checkLive(each, { isAll })))).flat()
  for (const result of results) print(result)
  const count = (standing: LiveResult["standing"]): number =>
    results.filter((result) => result.standing === standing).length
  console.log(
    `${count("agrees")} agree, ${count("differs")} differ, ${count("skipped")} not played`,
  )
  if (count("differs") > 0) process.exitCode = 1
}

function print({ id, title, standing, why, differences }: LiveResult): void {
  if (standing === "agrees" && !isVerbose) return
  if (standing === "skipped" && !isVerbose) return
  console.log(`${standing} ${id}: ${title}${why === undefined ? "" : ` (${why})`}`)
  for (const { what, expected, seen } of differences) {
    console.log(`  ${what}\n    expected  ${expected}\n    kernel    ${seen}`)
  }
}
