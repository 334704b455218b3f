/**
 * One incident with all its lanes in one folder, as somebody would hand it over: seed 001's story in the
 * network lab. The host's capture, its socket tables and its program's log, the firewall's log, both machines'
 * event logs; all of one run, each by the clock of its machine.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { netUseTranscript, readAttempts, textLog } from "./client-logs.ts"
import { readFlows } from "./flow-log.ts"
import { writeIsaLog } from "./isa-from-nflog.ts"
import { clockOf, readRefusals } from "./pcap-file.ts"
import type { Recording } from "./run-scenario.ts"
import type { Scenario } from "./scenario.ts"
import { sweep, usual } from "./scenarios.ts"
import { truthOf } from "./truth.ts"
import {
  connectionLimitAlert,
  connectLimitReached,
  serviceStateChange,
  writeEvents,
} from "./windows-events.ts"

/** Windows XP SP2's ten connects under way; the sweep stalls on the eleventh refused target. */
const threads = 10
/** The firewall's clock is ahead of the host's. */
const firewallClock = { offsetSec: 2.6, driftPpm: 0 }

export const INCIDENT: Scenario = {
  ...usual,
  id: "incident-001",
  describe:
    "ten threads sweep 500 targets behind 160 connections at once per source; every lane of the incident",
  sweep: {
    ...sweep,
    threads,
    perSec: 40,
    timeoutMs: 21_000,
    holdMs: [100_000, 110_000],
    talkEveryMs: 20_000,
  },
  obstacle: { kind: "concurrent", most: 160, verdict: "drop" },
  synSchedule: "windows",
  runMs: 75_000,
  expect: {
    limit: "firewall-concurrent",
    capacity: 160,
    tolerance: 0,
    standing: "established",
    not: ["firewall-rate", "target-silent", "path-loss", "name-resolution"],
  },
}

/** Writes truth.json and the folder `evidence`; returns its bytes. */
export function storeIncident(seed: number, recording: Recording, folder: string): number {
  const truth = truthOf(INCIDENT, seed, recording)
  rmSync(folder, { recursive: true, force: true })
  const evidence = join(folder, "evidence")
  mkdirSync(evidence, { recursive: true })
  let bytes = 0
  const write = (name: string, content: Uint8Array | string): void => {
    writeFileSync(join(evidence, name), content)
    bytes += content.length
  }
  writeFileSync(
    join(folder, "truth.json"),
    `${JSON.stringify({ ...truth, firewallClock }, undefined, 1)}\n`,
  )
  const [host] = recording.sources
  const [capture] = recording.captures
  if (host === undefined || capture === undefined) throw new Error("The recording has no host")
  const clock = clockOf(firewallClock)
  const flows = readFlows(recording.flows)
  const refusals = readRefusals(recording.refusals)
  const isa = writeIsaLog({ flows, refusals, deniedBy: "quota", clock })
  const attempts = readAttempts(host.attempts)
  write("mgmt01.pcap.gz", gzipSync(readFileSync(capture.path), { level: 9 }))
  write("ISALOG_FWS.w3c.gz", gzipSync(isa, { level: 9 }))
  write("sweep.log", textLog(attempts))
  write("net-use.txt", netUseTranscript(attempts))
  write(`netstat-${stampOf(recording.begun - 1)}.txt`, readFileSync(host.netstatBefore))
  write(`netstat-${stampOf(recording.snapshotAt)}.txt`, readFileSync(host.netstatDuring))
  const first = truth.sources[0]?.firstRefusedAt ?? recording.begun
  write("mgmt01-System.evtx", hostEvents(first))
  write("ISA01-Application.evtx", firewallEvents(host.address, clock(first)))
  return bytes
}

/** Windows says 4226 once the connects under way have used up its limit. */
function hostEvents(firstRefusedAt: number): Uint8Array {
  const computer = "MGMT01"
  return writeEvents([
    serviceStateChange(computer, firstRefusedAt - 640, "Windows Update"),
    serviceStateChange(computer, firstRefusedAt - 9, "Management Sweep"),
    connectLimitReached(computer, firstRefusedAt + 0.4),
  ])
}

function firewallEvents(client: string, firstRefusedAt: number): Uint8Array {
  return writeEvents([connectionLimitAlert("ISA01", client, firstRefusedAt + 0.9)])
}

/** "2026-11-21T00-20-56Z", as a file name may have it. */
function stampOf(time: number): string {
  return new Date(time * 1000).toISOString().replace(/\.\d+/, "").replaceAll(":", "-")
}
