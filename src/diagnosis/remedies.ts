/** A finding's remedies: the catalogue's, for this system, with the verdict's own numbers filled in. */

import { isBeforeVista, type SystemFamily } from "../capacity/port-pool.ts"
import { LIMITS } from "../catalog/limits.ts"
import type { ProposedRemedy } from "../model/diagnosis.ts"
import { isAddress, isLoopback } from "../model/fourtuple.ts"
import type { Limit, LimitId, Remedy } from "../model/limit.ts"
import { formatCount, formatRate } from "../model/quantity.ts"
import type { Finding } from "./hypothesis.ts"
import { filesOf } from "./remedy-files.ts"
import type { View } from "./view.ts"

const remediesMax = 4

/** The entry of a limit; every id has one (held by the catalogue's own test). */
export function limitOf(id: LimitId): Limit {
  const limit = LIMITS.find((each) => each.id === id)
  if (limit === undefined) throw new TypeError(`Cannot find limit: ${id} is not in the catalogue`)
  return limit
}

export function remediesOf(id: LimitId, finding: Finding, view: View): readonly ProposedRemedy[] {
  const all = limitOf(id).remedies.filter((remedy) => isApt(remedy, finding, view))
  const fitting = all.filter((remedy) => isFor(remedy.systems, view.family))
  const values = valuesOf(finding, view)
  const apt = [...(fitting.length > 0 ? fitting : all)].sort(
    (a, b) => nearness(a, view.family) - nearness(b, view.family),
  )
  return apt.slice(0, remediesMax).map((remedy) => {
    const commands = (remedy.commands ?? []).map((command) => fill(command, values.safe))
    // A command with an open placeholder would be run as it stands: leave it to the sentence.
    const closed = commands.filter((command) => !/\{[a-z]+\}/.test(command))
    const usable = closed.filter((command) => isHere(command, id, view.family))
    return {
      change: generalized(fill(remedy.change, values.all)),
      predicted: predictedOf(id, remedy, finding, view),
      price: remedy.price,
      files: filesOf(id, usable),
      ...(usable.length === 0 ? {} : { commands: usable }),
    }
  })
}

const commandsOf: readonly (readonly [SystemFamily, RegExp])[] = [
  [
    "linux",
    /^(?:sysctl -w net\.(?:ipv4|core|netfilter)|ss |ip |nft |prlimit|conntrack |nstat|ls -l \/proc)/,
  ],
  ["windows", /^(?:netsh|reg |[GS]et-Net|netstat -ano \||ipconfig)/],
]

/** A command for this machine must be one of its system's; what is done elsewhere may be of any. */
function isHere(command: string, id: LimitId, family: SystemFamily): boolean {
  if (family === "unknown" || limitOf(id).place !== "client") return true
  const its = commandsOf.find(([, pattern]) => pattern.test(command))
  return its === undefined || its[0] === family
}

/** What shortens or reuses TIME-WAIT helps only where TIME-WAIT holds the ports. */
function isApt(remedy: Remedy, finding: Finding, view: View): boolean {
  const text = `${remedy.change} ${remedy.commands?.join(" ") ?? ""}`
  if (view.family === "windows") {
    const isOld = isBeforeVista(view.host)
    if (isOld === true && /netsh|Set-Net/i.test(text)) return false
    if (isOld === false && /MaxUserPort/.test(text)) return false
    // MaxUserPort helps whatever holds the ports.
    if (isOld === true && /MaxUserPort/.test(text)) return true
  }
  const isForTimeWait = /TIME-WAIT|tw_reuse|TcpTimedWaitDelay/i.test(text)
  return !isForTimeWait || finding.heldBy === undefined || finding.heldBy.includes("TIME-WAIT")
}

/** Systems whose remedies are carried out on a middlebox or target, whatever this machine runs. */
const ends: ReadonlySet<string> = new Set(["linux", "windows", "macos", "freebsd", "lan-manager"])

function isFor(systems: readonly string[], family: SystemFamily): boolean {
  if (family === "unknown" || systems.includes(family) || systems.includes("any")) return true
  return systems.some((system) => !ends.has(system))
}

/** Middleboxes a site with such clients is likely to have come first; the program's own cure before all. */
function nearness(remedy: Remedy, family: SystemFamily): number {
  if (remedy.systems.some((system) => system === "application" || system === family)) return 0
  const usual = family === "windows" ? "isa" : "netfilter"
  return remedy.systems.includes(usual) ? 1 : 2
}

/** Letters of addresses, names and numbers; evidence is not to be trusted with a shell. */
const safeText = /^(?!-)[\w.:%[\]/-]+$/

/** What fills the placeholders: of sentences, and of commands (one target, and nothing a shell would act on). */
function valuesOf(
  finding: Finding,
  view: View,
): {
  readonly all: Readonly<Record<string, string>>
  readonly safe: Readonly<Record<string, string>>
} {
  const values: Record<string, string> = {
    subject: sourceOf(view) ?? sourceIn(finding.subject) ?? finding.subject,
  }
  if (finding.capacity !== undefined) {
    values["capacity"] = String(finding.capacity)
    values["double"] = String(finding.capacity * 2)
  }
  if (finding.used !== undefined) values["used"] = String(finding.used)
  for (const [name, value] of Object.entries(finding.fill ?? {})) {
    if (name !== "subject") values[name] = String(value)
  }
  const safe: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) {
    const one = value.split(", ")[0] ?? ""
    if (safeText.test(one)) safe[name] = one
  }
  return { all: values, safe }
}

/** The address this machine opens most of its connections from: what a middlebox sees as the source. */
function sourceOf(view: View): string | undefined {
  return view.now?.uses.find((use) => !isLoopback(use.remoteAddress))?.localAddress
}

/** "10.1.1.5 → 10.2.0.17:445": the source of a finding that a log or a capture gave. */
function sourceIn(subject: string): string | undefined {
  const [source = ""] = subject.split(" → ")
  return isAddress(source) ? source : undefined
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole)
}

/** A sentence whose subject is not known here speaks of it in general. */
function generalized(text: string): string {
  return text
    .replace(/ \([^()]*\{[a-z]+\}[^()]*\)/g, "")
    .replace(/(?:the running process )?\{process\}/g, "the program")
    .replace(/\{([a-z]+)\}/g, "the $1")
}

/** What the change would give here, where a closed form says so (Little's law: rate = ports / hold time). */
function predictedOf(id: LimitId, remedy: Remedy, finding: Finding, view: View): string {
  const { capacity, heldBy } = finding
  if (capacity === undefined) return ""
  const commands = remedy.commands?.join(" ") ?? ""
  const waitSec = timeWaitSec(view)
  const isChurn = heldBy === "TIME-WAIT"
  if (id === "ephemeral-ports" && commands.includes("ip_local_port_range")) {
    const ports = 64_512
    const rate = isChurn
      ? `, ${formatRate(ports / waitSec)} instead of ${formatRate(capacity / waitSec)}`
      : ""
    return `${formatCount(ports)} ports instead of ${formatCount(capacity)}${rate}`
  }
  if (id === "ephemeral-ports" && commands.includes("tcp_tw_reuse=1")) {
    return `A port returns after 1 s instead of ${waitSec} s: up to ${formatRate(capacity)} instead of ${formatRate(capacity / waitSec)}`
  }
  if (id === "ephemeral-ports" && isChurn && remedy.systems.includes("application")) {
    return `No port is spent per request; now ${formatRate(capacity / waitSec)} is the most (${formatCount(capacity)} ports / ${waitSec} s)`
  }
  if (commands.includes("MaxUserPort")) {
    const ports = 64_510
    const rate = isChurn
      ? `; with 30 s instead of ${waitSec} s in TIME-WAIT ${formatRate(ports / 30)} instead of ${formatRate(capacity / waitSec)}`
      : ""
    return `${formatCount(ports)} ports instead of ${formatCount(capacity)}${rate}`
  }
  if (id === "firewall-rate" && remedy.systems.includes("application")) {
    const minutes = formatCount(Math.ceil(500 / Math.max(1, capacity)))
    return `Nothing is dropped; opening 500 connections takes ${minutes} min`
  }
  return ""
}

/** Linux gives a four-tuple back after 60–66 s, median 61.9 (measured); Windows by TcpTimedWaitDelay. */
function timeWaitSec(view: View): number {
  if (view.family === "windows") {
    // KB Q149532: 240 s on NT; 2000 kept it; XP and 2003 have 120 (KB314053).
    const isNt = /\bnt\b|2000|windows (?:[34]\.|5\.0)/i.test(view.host.systems.join(" "))
    return view.number("TcpTimedWaitDelay") ?? (isNt ? 240 : 120)
  }
  return view.family === "macos" ? 30 : 62
}
