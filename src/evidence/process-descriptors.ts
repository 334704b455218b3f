/**
 * Descriptor use of the busiest processes, in the table that `fourtuple collect` and collect.sh
 * write and a live reading makes: one process a line under a heading of fixed words. `-` stands for
 * what could not be read. Source of the numbers: /proc/PID/fd and /proc/PID/limits (proc(5)).
 */
import type { Observation } from "../model/observation.ts"
import type { Reader, SectionContext } from "./reader.ts"

const heading = "PID FDS NOFILE_SOFT NOFILE_HARD NAMESPACE NAME"
const rowPattern = /^(\d+) (\d+|-) (\d+|unlimited|-) (\d+|unlimited|-) (same|unknown) (.*)$/

/** One process. */
export type ProcessDescriptors = {
  readonly pid: number
  readonly name: string
  readonly descriptors?: number
  readonly softMax?: number | "unlimited"
  readonly hardMax?: number | "unlimited"
  /** Whether it is known to be in the network namespace that was read. */
  readonly sameNamespace: boolean
}

/** The table as text; the inverse of the reader. */
export function formatProcessDescriptors(processes: readonly ProcessDescriptors[]): string {
  const lines = processes.map((row) => {
    const name = row.name.replace(/[^\x21-\x7e]+/g, "_")
    const numbers = [row.descriptors, row.softMax, row.hardMax].map((value) => value ?? "-")
    return [row.pid, ...numbers, row.sameNamespace ? "same" : "unknown", name].join(" ")
  })
  return `${[heading, ...lines].join("\n")}\n`
}

export const processDescriptorsReader: Reader = {
  format: "process-descriptors",
  title: "Descriptor use of processes (fourtuple collect)",
  begins: "P",
  sniff: (line) => (line === heading ? 1 : 0),
  open: (context) => {
    let isHeading = true
    return {
      line: (text) => {
        if (isHeading) {
          isHeading = false
          return true
        }
        if (!/^\d+ /.test(text)) return false
        readRow(text, context)
        return true
      },
    }
  },
}

function readRow(text: string, context: SectionContext): void {
  const match = rowPattern.exec(text)
  if (match === null) {
    context.odd("row-malformed", `Not a row of descriptor use: "${text.slice(0, 80)}"`)
    return
  }
  const [, pidText = "", used = "-", soft = "-", hard = "-", namespace = "", name = ""] = match
  const pid = Number(pidText)
  const of = `pid ${pid}`
  const at = context.here()
  const data = { pid, name, sameNamespace: namespace === "same" }
  const emit: (observation: Observation) => void = context.emit
  emit({ kind: "fact", name: "process", data, at })
  if (used !== "-") emit({ kind: "counter", name: "process.fds", value: Number(used), of, at })
  for (const [setting, value] of [
    ["nofile.soft", soft],
    ["nofile.hard", hard],
  ] as const) {
    if (value === "-") continue
    emit({
      kind: "setting",
      name: setting,
      value: value === "unlimited" ? value : Number(value),
      of,
      at,
    })
  }
}
