/**
 * Lays a recording out as a fixture: `captures/` (zstd), `logs/` (the other lanes, as text or zstd) and
 * truth.json. A vantage whose clock is off gets the times that clock would have written; so do the router's
 * own logs when a vantage on the router is off.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { constants, gzipSync, zstdCompressSync } from "node:zlib"
import { netUseTranscript, readAttempts, textLog } from "./client-logs.ts"
import { readFlows } from "./flow-log.ts"
import { writeIsaLog } from "./isa-from-nflog.ts"
import { clockOf, readRefusals, shiftClock } from "./pcap-file.ts"
import type { Recording } from "./run-scenario.ts"
import type { Scenario, Vantage } from "./scenario.ts"
import { truthOf } from "./truth.ts"

/** All lanes, or captures and truth only. */
export type Extent = "all" | "captures"

/** Writes the fixture of one recording; returns its bytes. */
export function storeRecording(
  scenario: Scenario,
  seed: number,
  recording: Recording,
  options: { readonly folder: string; readonly extent: Extent },
): number {
  const truth = truthOf(scenario, seed, recording)
  const { folder, extent } = options
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, "captures"), { recursive: true })
  let bytes = 0
  const write = (name: string, content: Uint8Array | string): void => {
    writeFileSync(join(folder, name), content)
    bytes += content.length
  }
  write("truth.json", `${JSON.stringify(truth, undefined, 1)}\n`)
  for (const { vantage, path } of recording.captures) {
    if (vantage.clock !== undefined) shiftClock(path, vantage.clock)
    const content = readFileSync(path)
    const isPlain = scenario.id.endsWith("-reset")
    if (isPlain) write(`captures/${vantage.name}.pcap.gz`, gzipSync(content, { level: 9 }))
    else write(`captures/${vantage.name}.pcap.zst`, compress(content))
  }
  if (extent === "all") {
    mkdirSync(join(folder, "logs"), { recursive: true })
    for (const [name, content] of lanesOf(scenario, recording)) write(`logs/${name}`, content)
  }
  return bytes
}

/** The router's event stream is large and no lane of ISA's; kept where it is small. */
const eventBytesMax = 40_000

type Lane = readonly [name: string, content: Uint8Array | string]

function lanesOf(scenario: Scenario, recording: Recording): readonly Lane[] {
  const clock = routerClock(scenario.vantages)
  const flows = readFlows(recording.flows)
  const refusals = readRefusals(recording.refusals)
  const deniedBy = scenario.obstacle.kind === "policy" ? "policy" : "quota"
  const isa = writeIsaLog({ flows, refusals, deniedBy, clock: clockOf(clock) })
  if (clock !== undefined) shiftClock(recording.refusals, clock)
  const events = compress(readFileSync(recording.flows))
  const lanes: Lane[] = [
    ["firewall.w3c.log.zst", compress(Buffer.from(isa))],
    ["refused.nflog.pcap.zst", compress(readFileSync(recording.refusals))],
  ]
  if (clock === undefined && events.length <= eventBytesMax) {
    lanes.push(["conntrack-events.txt.zst", events])
  }
  const [first] = recording.sources
  if (first === undefined) return lanes
  const attempts = readAttempts(first.attempts)
  lanes.push(
    ["client.log.zst", compress(Buffer.from(textLog(attempts)))],
    ["net-use.txt.zst", compress(Buffer.from(netUseTranscript(attempts)))],
    ["netstat-during.txt.zst", compress(readFileSync(first.netstatDuring))],
    ["netstat-before.txt", readFileSync(first.netstatBefore)],
  )
  return lanes
}

function routerClock(vantages: readonly Vantage[]): Vantage["clock"] {
  return vantages.find(({ name, clock }) => name !== "client" && clock !== undefined)?.clock
}

function compress(content: Uint8Array): Uint8Array {
  const params = { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_checksumFlag]: 1 }
  return zstdCompressSync(content, { params })
}
