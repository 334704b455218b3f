/**
 * What the complete lifecycle of a connection costs the simulator beside ns-3: the client connects, the connection is
 * established, the client closes, the server closes, TIME-WAIT expires; no data, 0.5 ms one way. Every run is a process
 * of its own that prints one line (bench/lifecycle-line.ts) and is measured by its CPU time. ns-3 is Debian's; the
 * program that drives it is compiled here (bench/ns3/lifecycles.cc).
 */
import { spawnSync } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { LifecycleLine, LifecycleOptions } from "./lifecycle-line.ts"
import { tableText } from "./process-cost.ts"

/** A program of ours that ends in tellLifecycles(). */
export type Contender = {
  readonly name: string
  /** Without the sizes, which are appended. */
  readonly command: readonly string[]
  /** Lifecycles per CPU second in the largest size. */
  readonly perSecMin: number
}

type Scene = LifecycleOptions & {
  readonly name: string
  /** Of a client and a server, as ns-3 spreads the connections. */
  readonly pairs: number
}

/** Where ns-3 does best, what one client's 16,384 ports can hold, and the most that takes it half a minute. */
const scenes: readonly Scene[] = [
  { name: "few at once", connections: 50_000, perSec: 1000, timeWaitSec: 0.1, pairs: 1 },
  { name: "one client, ports full", connections: 24_000, perSec: 1000, timeWaitSec: 15, pairs: 1 },
  { name: "2,000 clients", connections: 200_000, perSec: 10_000, timeWaitSec: 120, pairs: 2000 },
]

/** ns-3 as it comes, and without what costs and changes no state here (bench/ns3/lifecycles.cc). */
const rivals = [
  { name: "ns-3", args: [] },
  { name: "ns-3, lean", args: ["lean"] },
] as const

/** One run, only longer: from the third on a million are in TIME-WAIT at once. */
const sizes: readonly LifecycleOptions[] = [1e4, 1e5, 1e6, 1e7].map((connections) => ({
  connections,
  perSec: 20_000,
  timeWaitSec: 50,
}))

const ratioMin = 500
/** Of the cost of a lifecycle over all sizes, around their middle. */
const spreadMax = 0.2
/** For each connection in TIME-WAIT, in the largest size. */
const bytesMax = 150

export type LifecycleBenchOptions = {
  readonly rounds: number
  readonly ours: readonly Contender[]
}

/** The tables as text, and whether a goal is missed. */
export async function benchLifecycles({
  rounds,
  ours,
}: LifecycleBenchOptions): Promise<{ readonly text: string; readonly missed: boolean }> {
  const folder = await mkdtemp(join(tmpdir(), "fourtuple-bench-"))
  try {
    const { program, absent } = compileRival(folder)
    const compared = scenes.map((scene) => ({
      scene,
      own: ours.map((contender) => ({
        contender,
        line: medianLine(contender.command, scene, rounds),
      })),
      // Long enough for one run to count.
      rivals:
        program === null
          ? []
          : rivals.map(({ args }) => lineOf([program], scene, [scene.pairs, ...args])),
    }))
    const grown = ours.map((contender) => ({
      contender,
      lines: sizes.map((size) => medianLine(contender.command, size, rounds)),
    }))
    const wrong = [...compared.flatMap(missedRatios), ...grown.flatMap(missedSizes)]
    const lines = [
      "Lifecycles of connections, to the expiry of TIME-WAIT, by CPU time",
      "",
      sceneTable(compared),
      ...absent.map((name) => `not installed, so not compared: ${name}`),
      ...(grown.length > 0 ? ["", sizeTable(grown)] : []),
      ...wrong.map((text) => `missed: ${text}`),
    ]
    return { text: lines.join("\n"), missed: wrong.length > 0 }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The program, or why there is none. */
function compileRival(folder: string): {
  readonly program: string | null
  readonly absent: readonly string[]
} {
  const absent = [
    ...(isInstalled("g++") ? [] : ["g++"]),
    ...(isInstalled("ns3++") ? [] : ["ns-3 (Debian package libns3-dev)"]),
  ]
  if (absent.length > 0) return { program: null, absent }
  const program = join(folder, "lifecycles")
  const source = join(import.meta.dirname, "ns3", "lifecycles.cc")
  const libraries = ["point-to-point", "internet", "network", "core"].map((name) => `-lns3-${name}`)
  const argv = ["-std=c++17", "-O3", "-o", program, source, ...libraries]
  const { status, stderr } = spawnSync("g++", argv, { encoding: "utf8" })
  if (status !== 0) throw new Error(`g++ ended with ${status}: ${stderr.slice(0, 2000)}`)
  return { program, absent }
}

function lineOf(
  [program = "", ...args]: readonly string[],
  { connections, perSec, timeWaitSec }: LifecycleOptions,
  more: readonly (number | string)[] = [],
): LifecycleLine {
  const argv = [...args, ...[connections, perSec, timeWaitSec, ...more].map(String)]
  const { status, stdout, stderr } = spawnSync(program, argv, { encoding: "utf8" })
  if (status !== 0) throw new Error(`${program} ${argv.join(" ")} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout)
}

/** The run with the middle time. */
function medianLine(
  command: readonly string[],
  options: LifecycleOptions,
  rounds: number,
): LifecycleLine {
  const lines = Array.from({ length: rounds }, () => lineOf(command, options))
  const middle = lines.toSorted((a, b) => a.cpuSec - b.cpuSec)[rounds >> 1]
  if (middle === undefined) throw new Error("--rounds must be at least 1")
  return middle
}

type Compared = {
  readonly scene: Scene
  readonly own: readonly { readonly contender: Contender; readonly line: LifecycleLine }[]
  /** In the order of `rivals`; empty where there is no ns-3. */
  readonly rivals: readonly LifecycleLine[]
}
type Grown = { readonly contender: Contender; readonly lines: readonly LifecycleLine[] }

/** With fewer in TIME-WAIT the memory of a process says nothing of one. */
const weighable = 100_000

const costHead = ["done", "most in TIME-WAIT", "segments", "CPU s", "per CPU s", "µs", "bytes"]

function costCells(line: LifecycleLine): readonly string[] {
  return [
    String(line.done),
    String(line.mostInTimeWait),
    String(line.segments),
    line.cpuSec.toFixed(2),
    perSecOf(line).toFixed(0),
    (1e6 / perSecOf(line)).toFixed(2),
    line.mostInTimeWait < weighable ? "" : bytesOf(line).toFixed(0),
  ]
}

function sceneTable(compared: readonly Compared[]): string {
  const rows = compared.flatMap(({ scene, own, rivals: lines }) => {
    const ratios = (line: LifecycleLine): readonly string[] =>
      lines.map((rival) => ratioOf(line, rival).toPrecision(3))
    return [
      ...own.map(({ contender, line }) => [
        scene.name,
        contender.name,
        ...costCells(line),
        ...ratios(line),
      ]),
      ...lines.map((line, turn) => [
        scene.name,
        rivals[turn]?.name ?? "",
        ...costCells(line),
        ...ratios(line),
      ]),
    ]
  })
  const heads = rivals.map(({ name }) => `× ${name}`)
  return tableText(["scene", "run by", ...costHead, ...heads], rows, 2)
}

function sizeTable(grown: readonly Grown[]): string {
  const rows = grown.flatMap(({ contender, lines }) =>
    lines.map((line) => [contender.name, ...costCells(line)]),
  )
  return tableText(["run by", ...costHead], rows, 1)
}

function missedRatios({ scene, own, rivals: lines }: Compared): readonly string[] {
  return own.flatMap(({ contender: { name }, line }) =>
    lines.flatMap((rival, turn) => {
      const ratio = ratioOf(line, rival)
      if (ratio >= ratioMin) return []
      const other = rivals[turn]?.name ?? ""
      return `${name}, ${scene.name}: ${ratio.toFixed(0)} × ${other} (goal: at least ${ratioMin})`
    }),
  )
}

function missedSizes({ contender: { name, perSecMin }, lines }: Grown): readonly string[] {
  const last = lines.at(-1)
  if (last === undefined) return []
  const costs = lines.map((line) => 1 / perSecOf(line))
  const [least, most] = [Math.min(...costs), Math.max(...costs)]
  const spread = (most - least) / (most + least)
  const slow = `${perSecOf(last).toFixed(0)} lifecycles per CPU second (goal: at least ${perSecMin})`
  const uneven = `cost within ± ${(spread * 100).toFixed(0)} % over sizes (goal: ${spreadMax * 100} %)`
  const big = `${bytesOf(last).toFixed(0)} bytes per pending connection (goal: at most ${bytesMax})`
  return [
    ...(perSecOf(last) < perSecMin ? [slow] : []),
    ...(spread > spreadMax ? [uneven] : []),
    ...(bytesOf(last) > bytesMax ? [big] : []),
  ].map((text) => `${name}: ${text}`)
}

function perSecOf({ done, cpuSec }: LifecycleLine): number {
  return done / cpuSec
}

function ratioOf(own: LifecycleLine, rival: LifecycleLine): number {
  return perSecOf(own) / perSecOf(rival)
}

/** Memory that the run added, over those in TIME-WAIT at once. */
function bytesOf({ rssKiB, rssBeforeKiB, mostInTimeWait }: LifecycleLine): number {
  return ((rssKiB - rssBeforeKiB) * 1024) / mostInTimeWait
}

function isInstalled(program: string): boolean {
  return spawnSync("which", [program]).status === 0
}
