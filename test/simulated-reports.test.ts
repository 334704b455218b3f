/** Every form of a simulated run's report, from hand-made runs, against golden files. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { stripVTControlCharacters } from "node:util"
import picocolors from "picocolors"
import stringWidth from "string-width"
import { noPaint } from "../src/report/paint.ts"
import { writeSimulatedHtml } from "../src/report/simulated-html.ts"
import { writeSimulatedJson } from "../src/report/simulated-json.ts"
import {
  runJsonSchema,
  runSchema,
  sweepJsonSchema,
  sweepSchema,
} from "../src/report/simulated-schema.ts"
import { pointOf, sweepVerdictOf, turnsOf } from "../src/report/simulated-sweep.ts"
import { writeSweepHtml } from "../src/report/simulated-sweep-html.ts"
import { writeSweepText } from "../src/report/simulated-sweep-text.ts"
import { writeSimulatedText } from "../src/report/simulated-text.ts"
import { poolGroupsOf, verdictOf } from "../src/report/simulated-wording.ts"
import { assertGolden, assertSame } from "./golden.ts"
import {
  CALM_RUN,
  hostileRun,
  LOSSY_RUN,
  runOf,
  SWEEP_REPORT,
  SWEEP_RUN,
  sweepOf,
} from "./simulated-runs.ts"

const plain = { width: 80, unicode: true, paint: noPaint }
const reports = {
  sweep: SWEEP_REPORT,
  calm: { run: CALM_RUN, cut: [] },
  lossy: { run: LOSSY_RUN, cut: ["Attempts after the first 200,000"] },
}
const knee = sweepOf([10, 50, 100, 160, 161, 250, 500])
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/

for (const [name, report] of Object.entries(reports)) {
  test(`the ${name} run as text is as it was, in every width, without colour and without UTF-8`, () => {
    const text = writeSimulatedText(report, plain)
    assertGolden(`simulated/${name}.txt`, text)
    for (const width of [60, 80, 140]) {
      for (const line of writeSimulatedText(report, { ...plain, width }).split("\n")) {
        assert.ok(stringWidth(line) <= width, `${width}: ${line}`)
      }
    }
    const coloured = writeSimulatedText(report, { ...plain, paint: picocolors.createColors(true) })
    assert.equal(stripVTControlCharacters(coloured), text)
    assert.match(writeSimulatedText(report, { ...plain, unicode: false }), /^[\n -~]*$/)
  })

  test(`the ${name} run as HTML is as it was and asks nothing of any network`, () => {
    const page = writeSimulatedHtml(report, "fourtuple")
    assertGolden(`simulated/${name}.html`, page)
    assert.doesNotMatch(page, /<(script|link|img|iframe)|@import|url\(|https?:/)
  })

  test(`the ${name} run as JSON reads back and validates`, () => {
    const parsed: unknown = JSON.parse(writeSimulatedJson(report.run))
    assert.deepEqual(parsed, report.run)
    runSchema.parse(parsed)
  })
}

test("the first line is the verdict", () => {
  assert.equal(
    verdictOf(SWEEP_RUN),
    "firewall-concurrent on isa bound first: 160 of 160 per source after 31.8 s; 340 of 540 attempts failed",
  )
  assert.equal(verdictOf(CALM_RUN), "Nothing ran dry: all 100 attempts succeeded")
  assert.equal(
    verdictOf(LOSSY_RUN),
    "Nothing ran dry, but 5 of 100 attempts failed, 2 without an end yet",
  )
  assert.equal(
    verdictOf({ ...CALM_RUN, applications: [] }),
    "Nothing ran dry, and nothing was attempted",
  )
})

test("a limit that binds without a failure says so", () => {
  assert.match(verdictOf({ ...CALM_RUN, bound: SWEEP_RUN.bound }), /; all 100 attempts succeeded$/)
})

test("a flood is not counted among the attempts", () => {
  const [first] = SWEEP_RUN.applications
  assert.ok(first !== undefined)
  const flood = { ...first, kind: "flood", started: 1_000_000, succeeded: 0, failed: 0 }
  const run = { ...CALM_RUN, applications: [...CALM_RUN.applications, flood] }
  assert.match(verdictOf(run), /all 100 attempts succeeded/)
  assert.match(writeSimulatedText({ run, cut: [] }, plain), /1,000,000 SYNs sent/)
})

test("pools of the machines of a group are one line", () => {
  const groups = poolGroupsOf(SWEEP_RUN.pools).map(({ pool, machines }) => [pool.limit, machines])
  assert.deepEqual(groups.at(-1), ["accept-queue", 12])
})

test("a sweep as text and HTML is as it was", () => {
  assertGolden("simulated/knee.txt", writeSweepText(knee, plain))
  assertGolden("simulated/knee.html", writeSweepHtml(knee, "fourtuple"))
  sweepSchema.parse(JSON.parse(writeSimulatedJson(knee)))
  assert.match(writeSweepText(knee, { ...plain, unicode: false }), /^[\n -~]*$/)
  for (const line of writeSweepText(knee, plain).split("\n"))
    assert.ok(stringWidth(line) <= 80, line)
})

test("a sweep turns at the first value that is unlike the first, in either direction", () => {
  assert.deepEqual(turnsOf(knee.points), {
    binds: { value: "161", before: "160", turns: "bad" },
    knee: { value: "250", before: "161", turns: "bad" },
  })
  assert.deepEqual(turnsOf(knee.points.toReversed()), {
    binds: { value: "160", before: "161", turns: "good" },
    knee: { value: "161", before: "250", turns: "good" },
  })
  assert.deepEqual(turnsOf(knee.points.slice(0, 3)), {})
  assert.deepEqual(turnsOf([]), {})
})

test("fewer than 99 in 100 make a knee where nothing binds", () => {
  const points = [0, 1, 2].map((failed) => pointOf(`${failed}%`, runOf(100, failed, [])))
  const turns = turnsOf(points)
  assert.deepEqual(turns, { knee: { value: "2%", before: "1%", turns: "bad" } })
  assert.equal(
    sweepVerdictOf({
      schema: "fourtuple.sweep/1",
      title: "",
      seed: 1,
      durationSec: 1,
      key: "paths.0.loss",
      points,
      ...turns,
    }),
    "Nothing runs dry with paths.0.loss from 0% to 2%; from 2% on attempts fail (2 % there)",
  )
})

test("a sweep says what it is whatever it has", () => {
  const says = (counts: readonly number[]): string => sweepVerdictOf(sweepOf(counts))
  const binds = "firewall-concurrent on isa binds (160 of 160 per source, after 31.8 s)"
  const key = "hosts.systems.count"
  assert.equal(
    says([100, 160, 161, 162]),
    `Up to ${key} 160 nothing runs dry; at 161 ${binds}; from 162 on attempts fail (1.2 % there)`,
  )
  assert.equal(
    says([160, 500]),
    `Up to ${key} 160 nothing runs dry; at 500 ${binds}, and 68 % of the attempts fail`,
  )
  assert.equal(
    says([500, 160]),
    `From ${key} 160 on nothing runs dry; at 500 ${binds}, and from 160 on 99 % and more of the attempts succeed`,
  )
  assert.equal(
    says([10, 50]),
    `Nothing runs dry with ${key} from 10 to 50; 99 % and more of the attempts succeed at each value`,
  )
  assert.equal(
    says([250, 500]),
    `With ${key} from 250 to 500 something always runs dry: at 250 ${binds}; at each value attempts fail (36 % at 250)`,
  )
  assert.match(says([]), /^No value was run/)
  const stopped = { ...sweepOf([10]), missing: ["50", "100"] }
  assert.match(writeSweepText(stopped, plain), /Not run\n {2}50, 100/)
})

test("names out of a scenario cannot become markup or an escape sequence", () => {
  const run = hostileRun()
  const cut = [run.title]
  assert.doesNotMatch(writeSimulatedText({ run, cut }, plain), control)
  const page = writeSimulatedHtml({ run, cut }, run.title)
  assert.doesNotMatch(page, control)
  assert.doesNotMatch(page, /<script/)
  const sweep = { ...knee, title: run.title, key: run.title, points: [pointOf(run.title, run)] }
  assert.doesNotMatch(writeSweepText(sweep, plain), control)
  assert.doesNotMatch(writeSweepHtml(sweep, ""), /<script/)
})

test("the published schemas are those the program has", () => {
  assertSame(new URL("../docs/reference/run.schema.json", import.meta.url), runJsonSchema())
  assertSame(new URL("../docs/reference/sweep.schema.json", import.meta.url), sweepJsonSchema())
})
