/** A process (EMFILE) or the machine (ENFILE) has no file descriptor left for another socket. */
import { formatCount, formatMany, formatShare } from "../../model/quantity.ts"
import { failuresOf } from "../attempt-groups.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import type { View } from "../view.ts"

export const fileDescriptors: Hypothesis = {
  limit: "file-descriptors",
  symptom: "descriptor",
  wants: {
    what: "/proc/PID/limits and the number of entries of /proc/PID/fd of the program",
    why: "EMFILE moves no network counter",
  },
  weigh: (view) => {
    const findings = [...processFindings(view), ...systemFindings(view)]
    const errors = errorBrief(view)
    const top = findings[0]
    if (top !== undefined) {
      return [{ ...top, exhibits: [...top.exhibits, ...errors.exhibits] }, ...findings.slice(1)]
    }
    if (errors.isEmpty) return []
    const says = "The program has no file descriptor left for another socket"
    return [
      { subject: "the program", says, exhibits: errors.exhibits, heldBy: "open files and sockets" },
    ]
  },
}

function processFindings(view: View): readonly Finding[] {
  const findings: Finding[] = []
  const seen = new Map<string, number>()
  for (const snapshot of view.host.snapshots) {
    for (const [key, counter] of snapshot.counters) {
      if (!key.startsWith("process.fds@")) continue
      seen.set(counter.of ?? "", Math.max(counter.value, seen.get(counter.of ?? "") ?? 0))
    }
  }
  let fullest: { of: string; used: number; max: number } | undefined
  for (const [of, used] of seen) {
    const limit = view.host.settings.get(`nofile.soft@${of}`)
    const max = Number(limit?.value)
    if (limit === undefined || !(max > 0)) continue
    if (fullest === undefined || used / max > fullest.used / fullest.max)
      fullest = { of, used, max }
    if (used < 0.9 * max) continue
    findings.push(fullFinding(view, of, used, max))
  }
  findings.sort((a, b) => (b.used ?? 0) / (b.capacity ?? 1) - (a.used ?? 0) / (a.capacity ?? 1))
  if (findings.length > 0 || fullest === undefined) return findings
  const brief = new Brief()
  const { of, used, max } = fullest
  const says = `The fullest process (${processName(view, of)}) uses ${formatCount(used)} of ${formatCount(max)} descriptors, ${formatShare(used / max)}`
  brief.against(22, says, "/proc")
  return [{ subject: "processes", says, exhibits: brief.exhibits, capacity: max, used }]
}

function fullFinding(view: View, of: string, used: number, max: number): Finding {
  const brief = new Brief()
  const name = processName(view, of)
  const says = `${name} has ${formatCount(used)} of ${formatCount(max)} file descriptors open`
  brief.for(used >= max - 1 ? 40 : used >= 0.97 * max ? 30 : 18, says, "/proc")
  return {
    subject: name,
    says: `${says}: socket() and accept() fail with EMFILE`,
    exhibits: brief.exhibits,
    capacity: max,
    used,
    heldBy: "open files and sockets",
    fill: { pid: of.replace(/\D/g, ""), process: name, capacity: max, used },
  }
}

function processName(view: View, of: string): string {
  const pid = Number(of.replace(/\D/g, ""))
  const fact = view.host.facts.find((each) => each.name === "process" && each.data["pid"] === pid)
  const name = fact?.data["name"]
  return name === undefined ? of : `${of} (${name})`
}

function systemFindings(view: View): readonly Finding[] {
  const allocated = view.counter("file-nr.allocated")
  const max = view.number("fs.file-max")
  const brief = new Brief()
  const event = view.events("kernel", "file-max-reached")[0]
  if (event !== undefined) brief.for(30, "The kernel logged that file-max is reached", event.at)
  if (allocated === undefined || max === undefined || max <= 0) {
    return brief.isEmpty ? [] : [systemFinding(brief)]
  }
  const says = `${formatCount(allocated.value)} of ${formatCount(max)} file handles of the machine are open`
  if (allocated.value >= 0.98 * max) brief.for(34, says, allocated.at)
  if (!brief.hasSupport) return []
  return [{ ...systemFinding(brief), capacity: max, used: allocated.value }]
}

function systemFinding(brief: Brief): Finding {
  const says = "The machine has no file handle left: socket() fails with ENFILE"
  return { subject: "this machine", says, exhibits: brief.exhibits, heldBy: "open files" }
}

function errorBrief(view: View): Brief {
  const brief = new Brief()
  for (const name of ["EMFILE", "ENFILE", "WSAEMFILE"]) {
    const count = failuresOf(view.attempts, name)
    if (count === 0) continue
    brief.for(
      36,
      `${formatMany(count, "call", "calls")} failed with ${name}`,
      view.attempts.example.get(name)?.at,
    )
  }
  return brief
}
