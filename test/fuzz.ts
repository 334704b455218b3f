/**
 * `node test/fuzz.ts [--count 100000] [--seed N] [--of FOLDER]`: mutated fixtures through Feed and every reader.
 * It fails when a reader throws, when one input takes over a second, or when memory keeps growing;
 * it prints the case so that `--only N` with the same seed runs it alone.
 */
import { readFileSync } from "node:fs"
import { glob } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Feed } from "../src/evidence/feed.ts"
import { jsonOfObservation, type Observation } from "../src/model/observation.ts"
import { below, mutate, pick, type Random, randomOf } from "./mutation.ts"

/** One input may take this long. */
const inputMsMax = 1000
/** The heap after a collection may grow by so much between the first tenth and the end. */
const growthMiBMax = 64
/** Fixtures larger than this are left to the benchmarks. */
const fixtureBytesMax = 1 << 18

export type FuzzOptions = {
  readonly count: number
  readonly seed: number
  /** Runs just this case of the sequence. */
  readonly only?: number
  /** Mutates only fixtures below this folder; pieces of all others are still put into them. */
  readonly of?: string
}

export type FuzzResult = {
  readonly inputs: number
  readonly observations: number
  readonly seconds: number
  readonly slowestMs: number
  /** The file name of the slowest case and its number. */
  readonly slowest: string
  readonly failures: readonly string[]
}

type Fixture = { readonly name: string; readonly bytes: Uint8Array }

/** Every fixture of every format, in the order of their names. */
export async function fixtures(): Promise<readonly Fixture[]> {
  const root = join(import.meta.dirname, "fixtures")
  const names: string[] = []
  for await (const entry of glob("**/*", { cwd: root, withFileTypes: true })) {
    if (entry.isFile() && entry.name !== "ORIGIN.md") names.push(join(entry.parentPath, entry.name))
  }
  return names
    .sort()
    .map((path) => ({
      name: path.slice(root.length + 1),
      bytes: new Uint8Array(readFileSync(path)),
    }))
    .filter(({ bytes }) => bytes.length <= fixtureBytesMax)
}

/** Failures told before a run gives up. */
const failuresMax = 20

/** Runs the sequence of a seed; each of the failures names its case. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const all = await fixtures()
  const corpus = all.filter(({ name }) => name.startsWith(options.of ?? ""))
  const pieces = all.map(({ bytes }) => bytes)
  const started = performance.now()
  const failures: string[] = []
  let observations = 0
  let slowestMs = 0
  let slowest = ""
  let heapEarly: number | undefined
  for (let index = 0; index < options.count; index++) {
    if (options.only !== undefined && index !== options.only) continue
    // Each case has its own seed, so that it can be run alone.
    const random = randomOf(options.seed * 1_000_003 + index)
    const { name, bytes } = pick(corpus, random)
    const input = random() < 0.01 ? bytes : mutate(bytes, random, pieces)
    const began = performance.now()
    const seen = feedAll(name, input, random)
    if (typeof seen === "number") observations += seen
    else
      failures.push(`case ${index} (${name}, ${input.length} bytes) threw: ${seen.stack ?? seen}`)
    const tookMs = performance.now() - began
    if (tookMs > slowestMs) {
      slowestMs = tookMs
      slowest = `${name} (case ${index})`
    }
    if (tookMs > inputMsMax) {
      failures.push(`case ${index} (${name}, ${input.length} bytes) took ${tookMs.toFixed(0)} ms`)
    }
    if (failures.length >= failuresMax) break
    if (index === Math.floor(options.count / 10)) heapEarly = heapMiB()
  }
  const growth = heapMiB() - (heapEarly ?? Number.POSITIVE_INFINITY)
  if (growth > growthMiBMax) failures.push(`the heap grew by ${growth.toFixed(0)} MiB`)
  const seconds = (performance.now() - started) / 1000
  return { inputs: options.count, observations, seconds, slowestMs, slowest, failures }
}

/** How many observations the input gives, or what a reader threw. */
function feedAll(name: string, input: Uint8Array, random: Random): number | Error {
  let observations = 0
  const observe = (observation: Observation) => {
    observations++
    check(observation)
  }
  try {
    const feed = new Feed(name, { section: () => {}, mark: () => {}, observe })
    for (let at = 0; at < input.length; ) {
      const length = random() < 0.5 ? input.length : 1 + below(random, 5000)
      feed.push(input.subarray(at, at + length))
      at += length
    }
    feed.end()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
  return observations
}

/** What every observation owes its readers: numbers that are numbers, a place, ports that exist. */
function check(observation: Observation): void {
  const json = jsonOfObservation(observation)
  if (typeof json["at"] !== "string") throw new Error("an observation without a place")
  for (const [key, value] of Object.entries(observation)) {
    if (value === undefined) throw new Error(`${observation.kind}.${key} is undefined, not absent`)
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new Error(`${observation.kind}.${key} is ${value}`)
    }
  }
  if (observation.kind !== "socket" && observation.kind !== "attempt") return
  const ends =
    observation.kind === "socket"
      ? [observation.local, observation.remote]
      : [observation.from, observation.to]
  for (const end of ends) {
    const port = end?.port
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65535)) {
      throw new Error(`${observation.kind} with port ${port}`)
    }
  }
}

/** The heap in use, after a collection where node runs with --expose-gc. */
function heapMiB(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / (1 << 20)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
      of: { type: "string", default: "" },
    },
  })
  const only = values.only === undefined ? {} : { only: Number(values.only) }
  const { count, seed, of } = values
  const result = await fuzz({ count: Number(count), seed: Number(seed), of, ...only })
  for (const failure of result.failures) process.stdout.write(`${failure}\n`)
  if (result.failures.length > 0) process.exitCode = 1
  const rate = result.inputs / result.seconds
  process.stdout.write(
    `${result.inputs} inputs in ${result.seconds.toFixed(1)} s (${rate.toFixed(0)}/s), ` +
      `${result.observations} observations, ` +
      `slowest ${result.slowestMs.toFixed(0)} ms: ${result.slowest}\n`,
  )
}

if (import.meta.main) await main()
