/**
 * What listing the connections of one large capture costs beside capinfos, tshark and tcptrace, in one run on the same
 * file. Ours and capinfos take turns for `rounds`, the two that need half a minute run once: on a machine that others use
 * as well the ratios say more than the seconds. The file is made once and kept (bench/captures/file-cache.ts).
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { madeCapture } from "./captures/file-cache.ts"
import { type Cost, costOf, medianOf, tableText } from "./process-cost.ts"

const cli = join(import.meta.dirname, "..", "bin", "fourtuple.mjs")
const ours = [process.execPath, cli, "connections"]

type Rival = {
  readonly name: string
  readonly command: (path: string) => readonly string[]
  /** Takes its turn in every round. */
  readonly isQuick: boolean
}

/** The first is what the others are measured by. */
const rivals: readonly Rival[] = [
  {
    name: "connections --summary",
    command: (path) => [...ours, "--summary", path],
    isQuick: true,
  },
  { name: "connections --ndjson", command: (path) => [...ours, "--ndjson", path], isQuick: true },
  { name: "capinfos", command: (path) => ["capinfos", path], isQuick: true },
  { name: "tcptrace -n", command: (path) => ["tcptrace", "-n", path], isQuick: false },
  {
    name: "tshark -q -z conv,tcp",
    command: (path) => ["tshark", "-q", "-z", "conv,tcp", "-r", path],
    isQuick: false,
  },
]

/** Of the wall time of --summary. */
const goals: readonly (readonly [name: string, least: number, most: number])[] = [
  ["tshark -q -z conv,tcp", 25, Number.POSITIVE_INFINITY],
  ["tcptrace -n", 5, Number.POSITIVE_INFINITY],
  ["capinfos", 1, Number.POSITIVE_INFINITY],
  ["connections --ndjson", 0, 2],
]
/** Of --summary. */
const rssMaxMiB = 250

export type CaptureBenchOptions = {
  readonly packets: number
  readonly connections: number
  readonly rounds: number
}

/** The table as text, and whether a goal is missed. */
export async function benchCaptures({
  packets,
  connections,
  rounds,
}: CaptureBenchOptions): Promise<{ readonly text: string; readonly missed: boolean }> {
  const { path, bytes } = madeCapture({ packets, connections })
  const here = rivals.filter(({ command }) => isInstalled(command(path)[0] ?? ""))
  const costs = new Map<string, Cost[]>(here.map(({ name }) => [name, []]))
  // The first round fills the cache of compiled code and the kernel's of the file.
  for (let round = -1; round < rounds; round++) {
    for (const { name, command, isQuick } of here) {
      if (!isQuick && round !== 0) continue
      const cost = await costOf(command(path))
      if (round >= 0) costs.get(name)?.push(cost)
    }
  }
  const rows = [...costs].map(([name, each]) => ({ name, runs: each.length, cost: medianOf(each) }))
  const size = `${packets} packets, ${connections} connections, ${(bytes / 1e6).toFixed(0)} MB`
  const absent = rivals.filter((rival) => !here.includes(rival)).map(({ name }) => name)
  const wrong = missedGoals(rows)
  const lines = [
    `Connections of a capture: ${size}; start of the process included`,
    "",
    table(rows),
    ...absent.map((name) => `not installed, so not compared: ${name}`),
    ...wrong.map((text) => `missed: ${text}`),
  ]
  return { text: lines.join("\n"), missed: wrong.length > 0 }
}

type Row = { readonly name: string; readonly runs: number; readonly cost: Cost }

function table(rows: readonly Row[]): string {
  const head = ["read by", "runs", "wall ms", "CPU ms", "peak MiB", "wall ×", "CPU ×"]
  const [base] = rows
  const lines = rows.map(({ name, runs, cost }) => [
    name,
    String(runs),
    cost.wallMs.toFixed(0),
    cost.cpuMs.toFixed(0),
    cost.rssMiB.toFixed(0),
    (cost.wallMs / (base?.cost.wallMs ?? 1)).toFixed(2),
    (cost.cpuMs / (base?.cost.cpuMs ?? 1)).toFixed(2),
  ])
  return tableText(head, lines, 1)
}

function missedGoals(rows: readonly Row[]): readonly string[] {
  const [base] = rows
  if (base === undefined) return []
  const wrong = goals.flatMap(([name, least, most]) => {
    const row = rows.find((each) => each.name === name)
    if (row === undefined) return []
    const ratio = row.cost.wallMs / base.cost.wallMs
    if (ratio >= least && ratio <= most) return []
    const wanted = ratio < least ? `at least ${least}` : `at most ${most}`
    return [`${name} takes ${ratio.toFixed(2)} × the time of --summary (goal: ${wanted})`]
  })
  const { name, cost } = base
  const big = `${name}: ${cost.rssMiB.toFixed(0)} MiB (goal: at most ${rssMaxMiB})`
  return cost.rssMiB > rssMaxMiB ? [...wrong, big] : wrong
}

function isInstalled(program: string): boolean {
  return program.includes("/") || spawnSync("which", [program]).status === 0
}
