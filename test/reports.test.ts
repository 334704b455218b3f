/** Every form of the report, from hand-made diagnoses, against golden files. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { stripVTControlCharacters } from "node:util"
import picocolors from "picocolors"
import stringWidth from "string-width"
import type { Diagnosis } from "../src/model/diagnosis.ts"
import { writeHtml } from "../src/report/html.ts"
import { writeJson } from "../src/report/json.ts"
import { writeMarkdown } from "../src/report/markdown.ts"
import { noPaint } from "../src/report/paint.ts"
import { diagnosisJsonSchema, diagnosisSchema } from "../src/report/schema.ts"
import { writeText } from "../src/report/text.ts"
import { assertGolden, assertSame } from "./golden.ts"

const samples = ["firewall-concurrent", "ephemeral-time-wait", "healthy"] as const
const plain = { width: 80, unicode: true, paint: noPaint }
/** Where the part below the first screen begins. */
const belowScreen =
  /^(Also worth collecting|Also ruled out|Not tested( .*)?|Further exhibits|Other fixes|All headroom|Fullest port pools)$/

function sample(name: string): Diagnosis {
  const file = new URL(`fixtures/diagnosis/${name}.json`, import.meta.url)
  return diagnosisSchema.parse(JSON.parse(readFileSync(file, "utf8")))
}

for (const name of samples) {
  test(`${name} as text is as it was`, () => {
    assertGolden(`report/${name}.txt`, writeText(sample(name), plain))
  })

  test(`${name} as Markdown is as it was`, () => {
    assertGolden(`report/${name}.md`, writeMarkdown(sample(name)))
  })

  test(`${name} as HTML is as it was`, () => {
    assertGolden(`report/${name}.html`, writeHtml(sample(name), "fourtuple"))
  })

  test(`${name} as JSON reads back and validates`, () => {
    const diagnosis = sample(name)
    const parsed: unknown = JSON.parse(writeJson(diagnosis))
    assert.deepEqual(parsed, diagnosis)
    assert.ok(diagnosisSchema.safeParse(parsed).success)
  })

  test(`the first screen of ${name} has at most 40 lines of 80 columns`, () => {
    const lines = writeText(sample(name), plain).split("\n")
    const screen = lines.findIndex((line) => belowScreen.test(line))
    assert.ok(screen > 0 && screen - 1 <= 40, `${screen - 1} lines`)
    const commands = sample(name).verdicts.flatMap(({ remedies }) =>
      remedies.flatMap((remedy) => remedy.commands ?? []),
    )
    for (const line of lines) {
      // Commands are not broken: a broken one could not be copied.
      const isCommand = commands.includes(line.trim())
      assert.ok(isCommand || stringWidth(line) <= 80, line)
    }
  })

  test(`${name} in colour says the same as without`, () => {
    const coloured = writeText(sample(name), { ...plain, paint: picocolors.createColors(true) })
    assert.equal(stripVTControlCharacters(coloured), writeText(sample(name), plain))
    assert.notEqual(coloured, writeText(sample(name), plain))
  })

  test(`${name} without UTF-8 is ASCII of the same layout`, () => {
    const ascii = writeText(sample(name), { ...plain, unicode: false })
    assert.match(ascii, /^[\n -~]*$/)
    const unicode = writeText(sample(name), plain)
    assert.equal(ascii.split("\n").length, unicode.split("\n").length)
  })

  test(`${name} as HTML asks nothing of any network`, () => {
    const page = writeHtml(sample(name), "fourtuple")
    assert.doesNotMatch(page, /<(script|link|img|iframe)|@import|url\(|https?:/)
  })
}

test("the published schema is the one the program has", () => {
  const file = new URL("../docs/reference/diagnosis.schema.json", import.meta.url)
  assertSame(file, diagnosisJsonSchema())
})

test("text from evidence cannot become markup, formatting or an escape sequence", () => {
  const evil = "\u001b]0;x\u0007<script>alert(1)</script>|`*\u009b31m\u202e"
  const diagnosis = JSON.parse(JSON.stringify(sample("ephemeral-time-wait")), (key, value) =>
    typeof value === "string" && !["schema", "limit", "place", "standing"].includes(key)
      ? evil
      : value,
  )
  const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/
  assert.doesNotMatch(writeText(diagnosis, plain), control)
  assert.doesNotMatch(writeJson(diagnosis), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  const page = writeHtml(diagnosis, evil)
  assert.doesNotMatch(page, control)
  assert.doesNotMatch(page, /<script/)
  const markdown = writeMarkdown(diagnosis).replace(/^```+\n[\s\S]*?^```+$/gm, "")
  assert.doesNotMatch(markdown, control)
  assert.doesNotMatch(markdown, /<script|(?<!\\)\*(?!\*)x|[^\\]`/)
})

test("a diagnosis without anything in it is still a report", () => {
  const empty: Diagnosis = {
    schema: "fourtuple.diagnosis/1",
    vantage: "x",
    verdicts: [],
    headroom: [],
    collectNext: [],
    oddities: [],
    ledger: [],
    series: [],
    evidence: [],
    blind: [],
  }
  assert.match(writeText(empty, plain), /Nothing found/)
  assert.match(writeMarkdown(empty), /^# Nothing found/)
  assert.match(writeHtml(empty, ""), /Nothing found/)
})

test("finding nothing where little was tested is not called clear", () => {
  const healthy = sample("healthy")
  const open = healthy.verdicts.map((verdict) => ({
    ...verdict,
    standing: "untested" as const,
    exhibits: [],
  }))
  const thin: Diagnosis = { ...healthy, verdicts: open }
  assert.match(
    writeText(thin, plain),
    /^\? Nothing found, but this evidence tests none of \d+ causes/m,
  )
  assert.match(writeHtml(thin, ""), /\? Too little to tell/)
  assert.match(writeText(healthy, plain), /^✓ Nothing found: no limit/m)
})

test("a possible verdict alone is not said to be found", () => {
  const whole = sample("ephemeral-time-wait")
  const possible = { ...whole, verdicts: whole.verdicts.slice(1) }
  const text = writeText(possible, plain)
  assert.match(text, /^\? /m)
  assert.match(text, /Possible, 31 % sure/)
  assert.doesNotMatch(text, /✗/)
})
