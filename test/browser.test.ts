/** The HTML report in a real browser: nothing overflows, fades, fetches or runs, and the keyboard opens all. */
import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { pathToFileURL } from "node:url"
import type { Browser, Page } from "playwright-core"
import type { Diagnosis, Verdict } from "../src/model/diagnosis.ts"
import { writeHtml } from "../src/report/html.ts"
import { diagnosisSchema } from "../src/report/schema.ts"
import { writeSimulatedHtml } from "../src/report/simulated-html.ts"
import { writeSweepHtml } from "../src/report/simulated-sweep-html.ts"
import type { SimulatedReport } from "../src/report/simulated-wording.ts"
import { browserObstacle, openBrowser } from "./chromium.ts"
import { type Audit, auditExpression } from "./page-audit.ts"
import { hostileRun, SWEEP_REPORT, sweepOf } from "./simulated-runs.ts"

const samples = ["firewall-concurrent", "ephemeral-time-wait", "healthy"] as const
const widths = [1280, 390] as const
const schemes = ["light", "dark"] as const
/** A4 without its margins, at 96 dots per inch. */
const paperWidth = 703
const tabsMax = 200
const obstacle = browserObstacle()
const skip = obstacle === undefined ? false : `the report in a browser: ${obstacle}`

function sample(name: string): Diagnosis {
  const file = new URL(`fixtures/diagnosis/${name}.json`, import.meta.url)
  return diagnosisSchema.parse(JSON.parse(readFileSync(file, "utf8")))
}

/** Evidence that tries: markup in every text, names without a place to break, lists without an end. */
function hostile(): Diagnosis {
  const tries = [
    "<script>globalThis.ran = 1</script>",
    '"><img src="https://192.0.2.1/x.png" onerror="globalThis.ran = 1">',
    "' onmouseover='globalThis.ran = 1' style='position:fixed;width:9999px",
    "</style></title></pre><svg onload=globalThis.ran=1>",
    "&lt;script&gt;alert(1)&lt;/script&gt; <!-- \u202e",
    `${"x".repeat(2000)}.example:443`,
    "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff%enp0s31f6]:65535 → ".repeat(6),
    "非常に長い名前のプロセス".repeat(40),
  ]
  const fixed = ["schema", "limit", "place", "standing", "from", "to"]
  let next = 0
  const spoil = (text: string): string => `${tries[next++ % tries.length]} ${text}`
  const diagnosis: Diagnosis = JSON.parse(
    JSON.stringify(sample("ephemeral-time-wait")),
    (key, value) => (typeof value === "string" && !fixed.includes(key) ? spoil(value) : value),
  )
  const [first, ...rest] = diagnosis.verdicts
  assert.ok(first !== undefined)
  const exhibits = Array.from({ length: 300 }, (_, index) => ({
    for: index % 3 > 0,
    weight: index / 10,
    says: spoil(`exhibit ${index}`),
    source: spoil("source"),
  }))
  const remedies = [...first.remedies, { change: "x", predicted: "", files: hostileFiles(tries) }]
  const worst: Verdict = { ...first, exhibits, remedies }
  return { ...diagnosis, verdicts: [worst, ...rest] }
}

function hostileFiles(tries: readonly string[]) {
  return tries.map((name) => ({ name, content: tries.join("\n") }))
}

const pages: readonly (readonly [string, () => string])[] = [
  ...samples.map((name) => [name, () => writeHtml(sample(name), "fourtuple")] as const),
  ["hostile evidence", () => writeHtml(hostile(), "fourtuple")],
  ["a simulated run", () => writeSimulatedHtml(SWEEP_REPORT, "fourtuple")],
  ["a simulated run of hostile names", () => writeSimulatedHtml(hostileReport(), "fourtuple")],
  ["a sweep", () => writeSweepHtml(sweepOf([10, 50, 100, 160, 161, 250, 500]), "fourtuple")],
]

function hostileReport(): SimulatedReport {
  const run = hostileRun()
  const rows = (SWEEP_REPORT.attempts?.rows ?? []).map((row) => ({ ...row, from: run.title }))
  return { run, attempts: { rows, leftOut: 0 }, cut: [run.title] }
}

describe("the HTML report in a browser", { skip, timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "fourtuple-browser-"))
  let browser: Browser | undefined
  before(async () => {
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const [name, pageOf] of pages) {
    test(`${name} fits, reads, stays still and opens by keyboard`, async () => {
      assert.ok(browser !== undefined)
      const path = join(folder, `${name}.html`)
      writeFileSync(path, pageOf())
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
      const noise = noiseOf(page)
      await page.goto(pathToFileURL(path).href)
      await openByKeyboard(page)
      for (const width of widths) {
        for (const colorScheme of schemes) {
          await page.setViewportSize({ width, height: 900 })
          await page.emulateMedia({ media: "screen", colorScheme })
          assertGood(await audit(page), `${width} px, ${colorScheme}`)
        }
      }
      assert.deepEqual(noise, [])
      await page.close()
    })
  }

  test("on paper the folded parts stand open, also where the screen is dark", async () => {
    assert.ok(browser !== undefined)
    for (const [name, pageOf] of pages) {
      const page = await browser.newPage({ viewport: { width: paperWidth, height: 1000 } })
      await page.setContent(pageOf())
      const folded = await audit(page)
      await page.emulateMedia({ media: "print", colorScheme: "dark" })
      const printed = await audit(page)
      assertGood({ ...printed, closed: 0 }, `${name} on paper`)
      assert.ok(folded.closed === 0 || printed.texts > folded.texts, `${name}: parts stay folded`)
      await page.close()
    }
  })
})

/** Grows with each request but the page's own, each word on the console, each dialog and error. */
function noiseOf(page: Page): readonly string[] {
  const noise: string[] = []
  page.on("request", (request) => {
    if (!request.isNavigationRequest()) noise.push(`request ${request.url()}`)
  })
  page.on("framenavigated", (frame) => {
    if (!frame.url().startsWith("file:")) noise.push(`navigation ${frame.url()}`)
  })
  page.on("console", (message) => noise.push(`console ${message.text()}`))
  page.on("pageerror", (error) => noise.push(`error ${error.message}`))
  page.on("dialog", (dialog) => {
    noise.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  return noise
}

/** Tab to each folded part and Enter; ends when the focus has left the last one. */
async function openByKeyboard(page: Page): Promise<void> {
  const focus = `(() => {
    const focused = document.activeElement
    return focused?.tagName === "SUMMARY" ? !focused.parentElement.open : undefined
  })()`
  for (let tabs = 0; tabs < tabsMax; tabs++) {
    await page.keyboard.press("Tab")
    const isClosed: unknown = await page.evaluate(focus)
    if (isClosed === undefined) return
    if (isClosed === true) await page.keyboard.press("Enter")
  }
}

function audit(page: Page): Promise<Audit> {
  return page.evaluate<Audit>(auditExpression)
}

function assertGood(found: Audit, where: string): void {
  const { overflow, faint, texts, headings, closed, active } = found
  assert.ok(texts > 10, `${where}: ${texts} texts`)
  assert.ok(overflow <= 0, `${where}: ${overflow} px wider than the window`)
  assert.deepEqual(faint.slice(0, 10), [], `${where}: contrast below 4.5`)
  assert.equal(closed, 0, `${where}: parts the keyboard did not open`)
  assert.deepEqual(active, [], where)
  const jumps = headings.filter((level, index) => level > (headings[index - 1] ?? 0) + 1)
  assert.deepEqual(jumps, [], `${where}: headings ${headings.join(" ")}`)
  assert.equal(headings.filter((level) => level === 1).length, 1, where)
}
