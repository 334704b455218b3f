/** The one line in which a run of lifecycles tells what it did and what it cost; bench/ns3/lifecycles.cc prints it too. */

export type LifecycleOptions = {
  readonly connections: number
  /** Opened so many a second. */
  readonly perSec: number
  readonly timeWaitSec: number
}

export type LifecycleRun = {
  /** Connections whose TIME-WAIT has expired. */
  readonly done: number
  readonly segments: number
  readonly mostInTimeWait: number
}

/** Plays all connections to the last expiry. */
export type LifecycleRunner = (options: LifecycleOptions) => LifecycleRun

export type LifecycleLine = LifecycleRun & {
  readonly cpuSec: number
  /** The most memory held, and what was held before the first connection. */
  readonly rssKiB: number
  readonly rssBeforeKiB: number
}

/** Compiles the code that the measured run takes: V8 does so anew when it has seen a few runs. */
const warmUp: LifecycleOptions = { connections: 50_000, perSec: 10_000, timeWaitSec: 1 }
const warmUps = 12
/** A run of fewer connections is repeated, so that its time can be told from the clock's steps. */
const connectionsMin = 8_000_000

/**
 * The whole of a program that measures a runner: takes CONNECTIONS PER_SECOND TIME_WAIT_SECONDS and prints the line. A
 * program of its own, so that neither another bench's memory nor its compiled code counts.
 */
export function tellLifecycles(run: LifecycleRunner): void {
  const sizes = process.argv.slice(2).filter((each) => !each.startsWith("--"))
  const [connections = 0, perSec = 0, timeWaitSec = 0] = sizes.map(Number)
  const options = { connections, perSec, timeWaitSec }
  for (let turn = 0; turn < warmUps; turn++) run(warmUp)
  const rssBeforeKiB = process.memoryUsage.rss() / 1024
  const repeats = Math.ceil(connectionsMin / connections)
  const before = process.cpuUsage()
  let last = run(options)
  // Before the repeats leave what the first has left.
  const rssKiB = process.resourceUsage().maxRSS
  for (let count = 1; count < repeats; count++) last = run(options)
  const { user, system } = process.cpuUsage(before)
  if (last.done !== connections) throw new Error(`${last.done} of ${connections} done`)
  const { done, segments, mostInTimeWait } = last
  const cpuSec = (user + system) / 1e6 / repeats
  const line: LifecycleLine = { done, segments, mostInTimeWait, cpuSec, rssKiB, rssBeforeKiB }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
