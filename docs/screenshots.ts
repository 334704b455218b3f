/**
 * `npm run screenshots`: the pictures of the README, from a real fault. The kernel lab breaks a machine, the
 * program diagnoses it from inside, and a browser takes the first screen of what it printed. The text is
 * printed as well, for the README's excerpt. Needs root, iproute2, nftables and chromium.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { release } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { stripVTControlCharacters } from "node:util"
import type { Browser } from "playwright-core"
import { browserObstacle, openBrowser } from "../test/chromium.ts"
import type { Started } from "../test/lab/fault.ts"
import { FAULTS } from "../test/lab/faults.ts"
import { Lab, labObstacle } from "../test/lab/network.ts"
import { randomOf } from "../test/lab/random.ts"
import { terminalPage } from "./terminal-page.ts"

const faultId = "ports-time-wait"
const seed = 7
const vantage = "api-7"
const program = join(import.meta.dirname, "../bin/fourtuple.mjs")
const incident = join(import.meta.dirname, "../test/captures-lab/incident-001/evidence")
const sweep = join(import.meta.dirname, "../examples/001-management-sweep.yaml")
const images = join(import.meta.dirname, "images")
const bytesMax = 250 * 1024
const linesMax = 40
const proofMs = 30_000

type Reports = { readonly terminal: string; readonly page: string }

process.exitCode = await main()

async function main(): Promise<number> {
  const obstacle = labObstacle() ?? browserObstacle()
  if (obstacle !== undefined) {
    console.error(`Cannot take the pictures: ${obstacle}`)
    return 2
  }
  const reports = await diagnoseFault()
  console.log(stripVTControlCharacters(reports.terminal))
  const browser = await openBrowser()
  try {
    await takeTerminal(browser, reports.terminal)
    await takeReport(browser, reports.page)
    await takeTimeline(browser)
    await takeSimulated(browser)
  } finally {
    await browser.close()
  }
  return 0
}

/** Both reports of one reading, made inside the client's namespace while the fault lasts. */
async function diagnoseFault(): Promise<Reports> {
  const fault = FAULTS.find(({ id }) => id === faultId)
  if (fault === undefined) throw new Error(`The lab has no fault "${faultId}"`)
  const random = randomOf(seed, faultId)
  const lab = await Lab.open(random)
  try {
    const drawn = fault.draw(random)
    console.error(drawn.describe)
    await untilProven(await drawn.start(lab))
    await delay(1500)
    const page = join(lab.directory, "report.html")
    const diagnose = [process.execPath, program, "diagnose", "--html", page]
    // A name and processes of its own, as in a container: the pictures are about no other machine.
    const apart = ["unshare", "--uts", "--pid", "--fork", "--mount-proc"]
    const named = [...apart, "sh", "-c", `hostname ${vantage} && exec "$@"`, "sh"]
    const colour = ["env", "-u", "NO_COLOR", "FORCE_COLOR=1", "COLUMNS=80", "LC_ALL=C.UTF-8"]
    const { stdout } = await lab.exec(lab.client, [...named, ...colour, ...diagnose], {
      mayFail: true,
      cwd: lab.directory,
    })
    // A picture of a wrong verdict would be worse than none.
    if (!stdout.includes(`sure: ${fault.expected},`)) throw new Error(`Not named:\n${stdout}`)
    return { terminal: general(stdout), page: general(readFileSync(page, "utf8")) }
  } finally {
    lab.close()
  }
}

/** Without the build of this machine's kernel, which is of no use to a reader. */
function general(report: string): string {
  return report.replaceAll(release(), release().replace(/-.*/, ""))
}

async function untilProven(started: Started): Promise<void> {
  const deadline = Date.now() + proofMs
  for (;;) {
    const { produced, says } = await started.proof()
    if (produced) return
    if (Date.now() > deadline) throw new Error(`The fault did not come about: ${says}`)
    await delay(400)
  }
}

async function takeTerminal(browser: Browser, output: string): Promise<void> {
  const page = await browser.newPage({ deviceScaleFactor: 1.25 })
  const screen = firstScreen(output)
  await page.setContent(terminalPage("fourtuple diagnose --html report.html", screen))
  save("terminal.png", await page.locator("pre").screenshot())
  await page.close()
}

/** What fits on one screen, up to the end of a block. */
function firstScreen(output: string): string {
  const lines = output.trimEnd().split("\n")
  const ends = (line: string | undefined) => line === undefined || /^(?: {2}\d+\. |$)/.test(line)
  let count = Math.min(linesMax, lines.length)
  while (count > 0 && !ends(lines[count])) count--
  return lines.slice(0, count).join("\n").trimEnd()
}

async function takeReport(browser: Browser, content: string): Promise<void> {
  const wide = await browser.newPage({
    viewport: { width: 1080, height: 900 },
    deviceScaleFactor: 1.25,
    colorScheme: "light",
  })
  await wide.setContent(content)
  save("report.png", await wide.screenshot())
  const phone = await browser.newPage({
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 1.5,
    colorScheme: "dark",
  })
  await phone.setContent(content)
  save("report-phone-dark.png", await phone.screenshot())
}

/** The lanes of an incident that the lab has recorded: capture, firewall log, sockets, client log, event logs. */
async function takeTimeline(browser: Browser): Promise<void> {
  const { stdout } = spawnSync(process.execPath, [program, "diagnose", incident, "--html", "-"], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  })
  const page = await browser.newPage({
    viewport: { width: 1080, height: 900 },
    deviceScaleFactor: 1.25,
    colorScheme: "light",
  })
  await page.setContent(stdout)
  save("timeline.png", await page.locator("figure:has(.lanes)").screenshot())
  await page.close()
}

/** A sweep through ISA Server that nobody had to make. */
async function takeSimulated(browser: Browser): Promise<void> {
  const set = ["--set", "mgmt01.profile=2003-sp2"]
  const { stdout } = spawnSync(
    process.execPath,
    [program, "simulate", sweep, ...set, "--html", "-"],
    { encoding: "utf8", maxBuffer: 1 << 26 },
  )
  const page = await browser.newPage({
    viewport: { width: 1080, height: 1500 },
    deviceScaleFactor: 1,
    colorScheme: "light",
  })
  await page.setContent(stdout)
  save("simulated.png", await page.screenshot())
  await page.close()
}

function save(name: string, picture: Buffer): void {
  if (picture.length > bytesMax) throw new Error(`${name} has ${picture.length} bytes: too large`)
  mkdirSync(images, { recursive: true })
  writeFileSync(join(images, name), picture)
  console.error(`docs/images/${name}: ${Math.round(picture.length / 1024)} KiB`)
}
