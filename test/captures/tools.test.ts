/**
 * Made captures through tshark and tcptrace: what they say otherwise is explained, kind by kind, and the table of kinds in
 * docs/guide/captures.md has the numbers of this run (`UPDATE_GOLDEN=1` writes them). Times come from Debian 12's
 * versions; with others the numbers may differ, the explanations may not.
 */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { EXPLANATIONS, type Tool } from "./explained.ts"
import { type Comparison, compareWith, toolObstacle } from "./judged.ts"
import { makeCapture } from "./made.ts"

const tools: readonly Tool[] = ["tshark", "tcptrace"]
const options = { connections: 4000, packets: 40_000, seed: 3, snaplen: 262_144 }
const documentedTshark = "4.0.17"
const guide = new URL("../../docs/guide/captures.md", import.meta.url)
const table = /(<!-- counts -->\n)[\s\S]*?(\n<!-- end of counts -->)/
const folder = mkdtempSync(join(tmpdir(), "fourtuple-tools-"))
after(() => rmSync(folder, { recursive: true, force: true }))

const path = join(folder, "made.pcap")
const stories = new Map(
  makeCapture(path, options).map(({ story, frame }) => [`${path} frame ${frame}`, story]),
)
const comparisons = new Map<Tool, Comparison>()

for (const tool of tools) {
  const missing = toolObstacle(tool)
  test(`nothing that ${tool} says otherwise is unexplained`, {
    skip: missing ?? false,
  }, async () => {
    const comparison = await compareWith(tool, path, ({ at }) => stories.get(at))
    assert.deepEqual(comparison.unexplained, [])
    assert.ok(comparison.equal > comparison.connections / 2, "most are equal")
    comparisons.set(tool, comparison)
  })
}

test("every explanation is needed", { skip: skipReason() }, () => {
  const unneeded = EXPLANATIONS.flatMap(({ id, tools: of }) =>
    of.filter((tool) => !comparisons.get(tool)?.counts.has(id)).map((tool) => `${id}, ${tool}`),
  )
  assert.deepEqual(unneeded, [])
})

test("the guide has these numbers", { skip: skipReason() }, () => {
  const text = readFileSync(guide, "utf8")
  assert.match(text, table)
  const wanted = text.replace(table, (_, begin, end) => `${begin}${tableOf(comparisons)}${end}`)
  if (process.env["UPDATE_GOLDEN"]) writeFileSync(guide, wanted)
  else assert.equal(text, wanted)
})

function skipReason(): string | false {
  const missing = tools.map(toolObstacle).find((each) => each !== undefined)
  if (missing !== undefined) return missing
  const { stdout } = spawnSync("tshark", ["--version"], { encoding: "utf8" })
  const [, version = "unknown"] = /TShark \(Wireshark\) (\S+)/.exec(stdout) ?? []
  return version === documentedTshark ? false : `the guide is about tshark ${documentedTshark}`
}

function tableOf(all: ReadonlyMap<Tool, Comparison>): string {
  const countOf = (id: string, tool: Tool): string => String(all.get(tool)?.counts.get(id) ?? "")
  const rows = EXPLANATIONS.map(({ id, differs, why }) => {
    return `| ${differs} | ${why} | ${countOf(id, "tshark")} | ${countOf(id, "tcptrace")} |`
  })
  const equal = tools.map((tool) => all.get(tool)?.equal ?? 0).join(" | ")
  return [
    "| they say | we say otherwise because | tshark | tcptrace |",
    "|---|---|---|---|",
    `| the same, in every field compared | | ${equal} |`,
    ...rows,
  ].join("\n")
}
