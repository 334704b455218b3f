/**
 * `npm run bench`: what reading a listing costs against mawk counting states on the same file in the same run, what
 * listing the connections of a capture costs against capinfos, tshark and tcptrace (bench/captures.ts), what reading an
 * event log costs against evtxexport (bench/event-logs.ts), what a live sample costs against ss (bench/live.ts), and
 * what a simulated connection costs against ns-3 (bench/lifecycles.ts).
 * Every rival runs `--rounds` times (default 5), taking turns, and the median counts. `--rows N`, `--packets N`,
 * `--connections N` and `--records N` set the sizes; `--no-reading`, `--no-captures`, `--no-event-logs`, `--no-live`,
 * `--no-simulation`, `--no-lifecycles` and `--no-ports` leave a part out; `--allocator-seeds N` also holds each local
 * port allocator to its closed form over so many seeds. Exit 1: a target is missed.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { benchCaptures } from "./captures.ts"
import { benchEventLogs } from "./event-logs.ts"
import { benchEvents } from "./events.ts"
import { LISTINGS, type Listing, writeListing } from "./generate.ts"
import { benchLifecycles } from "./lifecycles.ts"
import { benchLive, formatLiveBench } from "./live.ts"
import { benchMiddleboxes } from "./middleboxes.ts"
import { benchPorts } from "./ports.ts"
import { type Cost, costOf, medianOf, tableText } from "./process-cost.ts"

type Options = { readonly rows: number; readonly rounds: number }

type Rival = {
  readonly name: string
  readonly command: (path: string, listing: Listing) => readonly string[]
}

/** Reading a million rows costs at most so many times mawk's time, in so much memory. */
const wallRatioMax = 3
const rssMaxMiB = 400

/** Which column holds the state. */
const columns: Readonly<Record<Listing, number>> = {
  ss: 1,
  "netstat-linux": 6,
  "netstat-windows": 4,
  "proc-net-tcp": 4,
}

const here = import.meta.dirname
const cli = join(here, "..", "bin", "fourtuple.mjs")
const node = process.execPath

/** The first is what the others are measured by. */
const rivals: readonly Rival[] = [
  {
    name: "mawk",
    command: (path, listing) => {
      const count = `{ n[$${columns[listing]}]++ } END { for (s in n) print s, n[s] }`
      return ["mawk", count, path]
    },
  },
  { name: "Feed", command: (path) => [node, join(here, "read-file.ts"), path] },
  { name: "read --summary", command: (path) => [node, cli, "read", "--summary", path] },
  { name: "diagnose --json", command: (path) => [node, cli, "diagnose", "--json", path] },
]

type Row = { readonly listing: Listing; readonly rival: string; readonly cost: Cost }

async function measure(path: string, listing: Listing, rounds: number): Promise<readonly Row[]> {
  const costs = new Map<string, Cost[]>(rivals.map(({ name }) => [name, []]))
  // The first round fills the cache of compiled code and the kernel's of the file.
  for (let round = -1; round < rounds; round++) {
    for (const { name, command } of rivals) {
      const cost = await costOf(command(path, listing))
      if (round >= 0) costs.get(name)?.push(cost)
    }
  }
  return [...costs].map(([rival, each]) => ({ listing, rival, cost: medianOf(each) }))
}

function table(rows: readonly Row[]): string {
  const head = ["listing", "read by", "wall ms", "CPU ms", "peak MiB", "wall ×", "CPU ×"]
  const lines = rows.map(({ listing, rival, cost }) => {
    const base = baseOf(rows, listing)
    return [
      listing,
      rival,
      cost.wallMs.toFixed(0),
      cost.cpuMs.toFixed(0),
      cost.rssMiB.toFixed(0),
      (cost.wallMs / base.wallMs).toFixed(2),
      (cost.cpuMs / base.cpuMs).toFixed(2),
    ]
  })
  return tableText(head, lines, 2)
}

function baseOf(rows: readonly Row[], listing: Listing): Cost {
  const base = rows.find((row) => row.listing === listing)?.cost
  if (base === undefined) throw new Error("--rounds must be at least 1")
  return base
}

/** What misses a target. The time is asked of reading, the memory of everything. */
function missed(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ listing, rival, cost }) => {
    const ratio = cost.wallMs / baseOf(rows, listing).wallMs
    const slow = `${listing}, ${rival}: ${ratio.toFixed(2)} × mawk (target ${wallRatioMax})`
    const big = `${listing}, ${rival}: ${cost.rssMiB.toFixed(0)} MiB (target ${rssMaxMiB})`
    return [
      ...(rival === "Feed" && ratio > wallRatioMax ? [slow] : []),
      ...(cost.rssMiB > rssMaxMiB ? [big] : []),
    ]
  })
}

async function benchReading({ rows, rounds }: Options): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fourtuple-bench-"))
  try {
    const results: Row[] = []
    for (const listing of LISTINGS) {
      const path = join(folder, `${listing}.txt`)
      await writeListing(path, listing, rows)
      results.push(...(await measure(path, listing, rounds)))
      await rm(path)
    }
    process.stdout.write(
      `Reading ${rows} rows, median of ${rounds}, start of the process included\n\n`,
    )
    process.stdout.write(`${table(results)}\n`)
    const wrong = missed(results)
    for (const text of wrong) process.stdout.write(`\nmissed: ${text}`)
    if (wrong.length > 0) process.exitCode = 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const { values } = parseArgs({
  allowNegative: true,
  options: {
    rows: { type: "string", default: "1000000" },
    packets: { type: "string", default: "5000000" },
    connections: { type: "string", default: "500000" },
    rounds: { type: "string", default: "5" },
    reading: { type: "boolean", default: true },
    captures: { type: "boolean", default: true },
    records: { type: "string", default: "190000" },
    "event-logs": { type: "boolean", default: true },
    live: { type: "boolean", default: true },
    simulation: { type: "boolean", default: true },
    lifecycles: { type: "boolean", default: true },
    ports: { type: "boolean", default: true },
    "allocator-seeds": { type: "string", default: "0" },
  },
})
const rounds = Number(values.rounds)
if (values.reading) await benchReading({ rows: Number(values.rows), rounds })
if (values.captures) {
  const sizes = { packets: Number(values.packets), connections: Number(values.connections) }
  const { text, missed } = await benchCaptures({ ...sizes, rounds })
  process.stdout.write(`\n${text}\n`)
  if (missed) process.exitCode = 1
}
if (values["event-logs"]) {
  const text = await benchEventLogs({ records: Number(values.records), rounds })
  process.stdout.write(`\n${text}\n`)
}
if (values.live) {
  const live = await benchLive({ rounds })
  process.stdout.write(`\n${formatLiveBench(live)}\n`)
}
if (values.simulation) {
  process.stdout.write(`\n${benchEvents(1_000_000, 20_000_000)}\n`)
  process.stdout.write(`\n${benchMiddleboxes(100_000, 1_000_000).join("\n")}\n`)
}
if (values.lifecycles) {
  const runner = [node, join(here, "lifecycle-runner.ts")]
  const { text, missed } = await benchLifecycles({
    rounds,
    ours: [
      { name: "folded", command: runner, perSecMin: 3e6 },
      { name: "segment by segment", command: [...runner, "--unfolded"], perSecMin: 1.5e6 },
      { name: "written out", command: [...runner, "--ordinary"], perSecMin: 1.5e6 },
    ],
  })
  process.stdout.write(`\n${text}\n`)
  if (missed) process.exitCode = 1
}
if (values.ports) {
  const { text, missed } = benchPorts({ seeds: Number(values["allocator-seeds"]) })
  process.stdout.write(`\n${text}\n`)
  if (missed) process.exitCode = 1
}
