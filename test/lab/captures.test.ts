/**
 * Captures of the lab are told apart: a limit on connections at once, a limit per minute, and their rivals,
 * from the capture alone and with the firewall's log of the same run. Stored recordings first; then the main
 * ones are made for real (record.ts makes the stored ones anew, and others by seed).
 */
import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, test } from "node:test"
import type { Diagnosis } from "../../src/model/diagnosis.ts"
import { claimsOf, explain } from "../gallery/saved-case.ts"
import { runScenario } from "./captures/run-scenario.ts"
import {
  diagnosePaths,
  faultsOf,
  partsOf,
  savedRecording,
  savedRecordings,
} from "./captures/saved-lab.ts"
import { MAIN } from "./captures/scenarios.ts"
import { storeRecording } from "./captures/store.ts"
import { TAP_TOOLS } from "./captures/taps.ts"
import { labObstacle } from "./network.ts"

const recordings = savedRecordings()

describe("a stored capture alone names what was planted", { concurrency: 2 }, () => {
  for (const { folder, truth } of recordings.filter(({ folder }) =>
    partsOf(folder).has("captures"),
  )) {
    test(`${truth.id}: ${truth.describe}`, async () => {
      const diagnosis = await diagnosePaths([join(folder, "captures")])
      assert.equal(faultsOf(diagnosis, truth.scenario.expect).join("\n"), "")
    })
  }
})

describe("the firewall's log alone names the quota", { concurrency: 2 }, () => {
  for (const name of ["concurrent-160", "rate-600", "rate-window-600", "rate-window-120-reset"]) {
    test(name, async () => {
      const { folder, truth } = savedRecording(name)
      const diagnosis = await diagnosePaths([join(folder, "logs/firewall.w3c.log.zst")])
      assert.equal(faultsOf(diagnosis, truth.scenario.expect).join("\n"), "")
    })
  }
})

describe("capture and firewall log of one run agree", { concurrency: 2 }, () => {
  for (const name of ["concurrent-160", "rate-600", "rate-window-600", "two-vantages"]) {
    test(name, async () => {
      const { folder, truth } = savedRecording(name)
      const firewallLog = join(folder, "logs/firewall.w3c.log.zst")
      const diagnosis = await diagnosePaths([join(folder, "captures/client.pcap.zst"), firewallLog])
      assert.equal(faultsOf(diagnosis, truth.scenario.expect).join("\n"), "")
      assertJoined(diagnosis, ["client.pcap", "firewall.w3c.log"])
    })
  }
})

test("all lanes of one incident give one verdict, one time line, and the clocks between them", async () => {
  const { folder, truth } = savedRecording("incident-001")
  const diagnosis = await diagnosePaths([join(folder, "evidence")])
  assert.equal(faultsOf(diagnosis, truth.scenario.expect).join("\n"), "")
  assertJoined(diagnosis, ["mgmt01.pcap", "ISALOG_FWS", "ISA01-Application.evtx"])
  const kinds = new Set(diagnosis.timeline?.lanes.map(({ kind }) => kind))
  assert.deepEqual(
    [...kinds].sort(),
    ["capture", "client log", "event log", "firewall log", "sockets"],
    explain(diagnosis),
  )
})

describe("two captures of one sweep give the clock between them", { concurrency: 2 }, () => {
  for (const name of ["two-vantages", "two-vantages-nat"]) {
    test(name, async () => {
      const { folder, truth } = savedRecording(name)
      const { clocks = [], vantage } = await diagnosePaths([join(folder, "captures")])
      const outside = clocks.find(({ source }) => source.includes("outside.pcap"))
      assert.ok(outside !== undefined, vantage)
      const planted = truth.scenario.vantages.find(({ clock }) => clock !== undefined)?.clock
      assert.ok(planted !== undefined)
      assert.ok(Math.abs(outside.offsetSec + planted.offsetSec) < 0.005, `${outside.offsetSec} s`)
      assert.ok(Math.abs(outside.driftPpm + planted.driftPpm) < 5, `${outside.driftPpm} ppm`)
      const isTranslated = outside.translation !== undefined
      assert.equal(isTranslated, truth.scenario.nat)
      if (isTranslated) assert.equal(outside.translation.there, truth.routerOutside)
    })
  }
})

/** One of each kind; the fixed windows take minutes and are stored only. */
const live = [
  "concurrent-160",
  "rate-600",
  "local-embryonic-10",
  "dead-targets",
  "refused-targets",
  "loss-20",
  "healthy-500",
]

describe("a sweep through the lab is told from its capture", { concurrency: live.length }, () => {
  const obstacle = labObstacle(...TAP_TOOLS)
  const skip = obstacle === undefined ? false : `the lab needs root and nftables: ${obstacle}`
  for (const scenario of MAIN.filter(({ id }) => live.includes(id))) {
    test(`${scenario.id}: ${scenario.describe}`, { skip }, async () => {
      const scratch = mkdtempSync(join(tmpdir(), "fourtuple-captures-"))
      try {
        const recording = await runScenario(scenario, 4226, scratch)
        const folder = join(scratch, "stored")
        storeRecording(scenario, 4226, recording, { folder, extent: "captures" })
        const diagnosis = await diagnosePaths([join(folder, "captures")])
        assert.equal(faultsOf(diagnosis, scenario.expect).join("\n"), "")
      } finally {
        rmSync(scratch, { recursive: true, force: true })
      }
    })
  }
})

/** The first claim cites every one of these files. */
function assertJoined(diagnosis: Diagnosis, files: readonly string[]): void {
  const [first] = claimsOf(diagnosis)
  const cited = new Set(first?.exhibits.map(({ source }) => source))
  for (const file of files) {
    const isCited = [...cited].some((source) => source.includes(file))
    assert.ok(isCited, `${file} is not among the exhibits${explain(diagnosis)}`)
  }
}
