/**
 * One text read from the machine. Live reading feeds it to the readers, collect writes it to a
 * file: so a bundle carries exactly what a live diagnosis saw, and both give the same observations.
 */
import { readFileSync } from "node:fs"
import { setImmediate as nextTurn } from "node:timers/promises"
import { readText } from "../evidence/reading.ts"
import type { Observation } from "../model/observation.ts"
import type { Instant } from "../model/quantity.ts"
import { faultOf } from "./fault.ts"

export type HostText = {
  /** Name of the file in a bundle: "proc-net-netstat.txt". */
  readonly name: string
  /** What is cited: "/proc/net/netstat". */
  readonly source: string
  readonly text: string
  /** Where each line has a source of its own (one sysctl a line). */
  readonly lineSources?: readonly string[]
}

/** Small files of one network namespace are under this folder; the calling thread decides which. */
export const threadNet = "/proc/thread-self/net"

/** The observations in a text, citing the machine's own path, with the time of the reading. */
function observationsOf(text: HostText, time?: Instant): readonly Observation[] {
  const { observations } = readText(text.source, text.text)
  return observations.map((observation) => {
    const line = observation.at.line
    const source = line === undefined ? undefined : text.lineSources?.[line - 1]
    const at = source === undefined ? observation.at : { source }
    return time === undefined || observation.time !== undefined
      ? { ...observation, at }
      : { ...observation, at, time }
  })
}

/** The observations in several texts; other work of the event loop gets its turn between two. */
export async function observeTexts(
  texts: readonly HostText[],
  time?: Instant,
): Promise<readonly Observation[]> {
  const observations: Observation[] = []
  for (const text of texts) {
    for (const observation of observationsOf(text, time)) observations.push(observation)
    await nextTurn()
  }
  return observations
}

/** The text of a small file of procfs; undefined when it is not there or may not be read. */
export function readSmall(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

/** Why a file could not be read, as a short phrase. */
export function readFault(path: string): string | undefined {
  try {
    readFileSync(path)
    return undefined
  } catch (error) {
    return faultOf(error)
  }
}
