/**
 * What reading a large Windows event log costs beside evtxexport, in one run on the same file, all taking turns for
 * `rounds`. The log is built by the tests' builder: service starts, logons with twelve fields, program errors and now
 * and then an event of a limit, some 530 bytes a record.
 */
import { spawnSync } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buildLog, element, optional, TYPES, template, value } from "../test/evtx-builder.ts"
import { driverPacket, type EventSpec, eventRecord } from "../test/evtx-events.ts"
import { type Cost, costOf, medianOf, tableText } from "./process-cost.ts"

const cli = join(import.meta.dirname, "..", "bin", "fourtuple.mjs")
const node = process.execPath

/** The first is what the others are measured by. */
const rivals: readonly {
  readonly name: string
  readonly command: (path: string) => readonly string[]
}[] = [
  { name: "read --summary", command: (path) => [node, cli, "read", "--summary", path] },
  { name: "read", command: (path) => [node, cli, "read", path] },
  { name: "diagnose --json", command: (path) => [node, cli, "diagnose", "--json", path] },
  { name: "evtxexport -f xml", command: (path) => ["evtxexport", "-f", "xml", path] },
  { name: "evtxexport", command: (path) => ["evtxexport", path] },
]

const service = template(
  element(
    "EventData",
    {},
    element("Data", { Name: "param1" }, optional(0, TYPES.string)),
    element("Data", { Name: "param2" }, optional(1, TYPES.string)),
    element("Binary", {}, optional(2, TYPES.binary)),
  ),
)

const logonFields = 12
const logon = template(
  element(
    "EventData",
    {},
    ...Array.from({ length: logonFields }, (_, index) =>
      element("Data", { Name: `Field${index}` }, optional(index, TYPES.string)),
    ),
  ),
)

function eventOf(index: number): EventSpec {
  const common = {
    time: 1_795_000_000 + 3 * index,
    record: index + 1,
    computer: "SRV-APP-017.corp.example.com",
  }
  if (index % 500 === 0) {
    const binary = driverPacket(0x80001083)
    return { ...common, source: "Tcpip", id: 4227, qualifiers: 0x8000, strings: [""], binary }
  }
  if (index % 3 === 0) {
    const state = index % 2 === 0 ? "stopped" : "running"
    const values = [
      value.string(`Service number ${index % 97}`),
      value.string(state),
      value.binary(new Uint8Array(24)),
    ]
    const data = { template: service, values }
    return { ...common, source: "Service Control Manager", id: 7036, data }
  }
  if (index % 3 === 1) {
    const values = Array.from({ length: logonFields }, (_, field) =>
      field % 2 === 0
        ? value.hex64(BigInt(index * field))
        : value.string(`DOMAIN\\user${index % 1000}`),
    )
    const data = { template: logon, values }
    const source = "Microsoft-Windows-Security-Auditing"
    return { ...common, source, id: 4624, channel: "Security", user: value.sid(5, 18), data }
  }
  const strings = ["C:\\Program Files\\App\\app.exe", `Something happened to item ${index}`, "0x0"]
  return { ...common, source: "App", id: 1000, qualifiers: 0x4000, channel: "Application", strings }
}

/** The table as text. */
export async function benchEventLogs(options: {
  readonly records: number
  readonly rounds: number
}): Promise<string> {
  const { records, rounds } = options
  const folder = await mkdtemp(join(tmpdir(), "fourtuple-bench-"))
  try {
    const path = join(folder, "System.evtx")
    const log = buildLog(Array.from({ length: records }, (_, index) => eventRecord(eventOf(index))))
    await writeFile(path, log)
    const here = rivals.filter(({ command }) => isInstalled(command(path)[0] ?? ""))
    const costs = new Map<string, Cost[]>(here.map(({ name }) => [name, []]))
    // The first round fills the caches.
    for (let round = -1; round < rounds; round++) {
      for (const { name, command } of here) {
        const cost = await costOf(command(path))
        if (round >= 0) costs.get(name)?.push(cost)
      }
    }
    return text(costs, { records, bytes: log.length, rounds })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function text(
  costs: ReadonlyMap<string, readonly Cost[]>,
  size: { readonly records: number; readonly bytes: number; readonly rounds: number },
): string {
  const medians = [...costs].map(([name, each]) => ({ name, ...medianOf(each) }))
  const base = medians[0]?.wallMs ?? Number.NaN
  const lines = medians.map(({ name, wallMs, cpuMs, rssMiB }) => [
    name,
    wallMs.toFixed(0),
    cpuMs.toFixed(0),
    rssMiB.toFixed(0),
    (size.bytes / wallMs / 1000).toFixed(0),
    (size.records / wallMs).toFixed(0),
    (wallMs / base).toFixed(2),
  ])
  const head = ["event log read by", "wall ms", "CPU ms", "peak MiB", "MB/s", "1,000/s", "wall ×"]
  const title = `Reading an event log of ${size.records} records, ${(size.bytes / 1e6).toFixed(0)} MB, median of ${size.rounds}`
  return `${title}\n\n${tableText(head, lines, 1)}`
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined
}
