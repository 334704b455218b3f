/**
 * Counters as the tools of each system print them: `nstat -az` and /proc/net/sockstat of Linux, `netstat -s` of Windows
 * and the BSDs, `conntrack -S` and -C. Only what the run counts is printed, under the names of catalog/counters.ts.
 */
import { BSD_LABELS, WINDOWS_LABELS } from "../../catalog/counter-labels.ts"
import { COUNTERS } from "../../catalog/counters.ts"
import type { Family } from "../../model/profile.ts"
import type { TextFile } from "./content.ts"

export type Counters = Readonly<Record<string, number>>

const nstatNames = /^(?:Ip|Icmp|Tcp|Udp)[A-Z0-9]/
const windowsOrder = [
  ...["TcpActiveOpens", "TcpPassiveOpens", "TcpAttemptFails", "TcpEstabResets"],
  ...["TcpCurrEstab", "TcpInSegs", "TcpOutSegs", "TcpRetransSegs"],
]
/** In the order of conntrack -S; those it has always. */
const trackerOrder = [
  ...["found", "invalid", "insert", "insert_failed", "drop", "early_drop", "error"],
  ...["search_restart", "clash_resolve", "chaintoolong"],
]

/** "Tcp.ActiveOpens" → "TcpActiveOpens": the catalogue has no point there. */
export function catalogued(counters: Counters): Counters {
  const entries = Object.entries(counters).map(([name, value]) => [
    name.replace(/^(Ip|IpExt|Icmp|Tcp|TcpExt|Udp)\./, "$1"),
    value,
  ])
  return Object.fromEntries(entries)
}

/** As they were when the system was started: every counter 0, gauges unknown. */
export function atStart(counters: Counters): Counters {
  const names = Object.keys(counters).filter((name) => COUNTERS[name]?.kind !== "gauge")
  return Object.fromEntries(names.map((name) => [name, 0]))
}

/** Files of one moment; paths without their stamp. */
export function counterFiles(family: Family, counters: Counters): readonly TextFile[] {
  switch (family) {
    case "windows":
      return present("netstat-s", windowsStatistics(counters))
    case "macos":
    case "freebsd":
      return present("netstat-s", bsdStatistics(counters))
    case "linux":
      return [
        ...present("nstat", nstat(counters)),
        ...present("sockstat", sockstat(counters)),
        ...trackerFiles(counters),
      ]
    default:
      return []
  }
}

/** Of netfilter, on a machine or a router. */
export function trackerFiles(counters: Counters): readonly TextFile[] {
  const count = counters["conntrack.count"]
  const has = trackerOrder.some((name) => counters[`conntrack.${name}`] !== undefined)
  const cells = trackerOrder.map((name) => `${name}=${counters[`conntrack.${name}`] ?? 0}`)
  return [
    ...(has
      ? [{ path: "conntrack-S", lines: ["$ conntrack -S", `cpu=0   \t${cells.join(" ")} `] }]
      : []),
    ...(count === undefined
      ? []
      : [{ path: "conntrack-C", lines: ["$ conntrack -C", String(count)] }]),
  ]
}

function present(path: string, lines: readonly string[]): readonly TextFile[] {
  return lines.length === 0 ? [] : [{ path, lines }]
}

function nstat(counters: Counters): readonly string[] {
  const rows = Object.entries(counters).filter(([name]) => nstatNames.test(name))
  if (rows.length === 0) return []
  const lines = rows.map(
    ([name, value]) => `${name.padEnd(32)}${String(Math.round(value)).padEnd(19)}0.0`,
  )
  return ["#kernel", ...lines]
}

/** "TCP: inuse 5 orphan 0 tw 12"; the file always says how many are in use. */
function sockstat(counters: Counters): readonly string[] {
  const groups = new Map<string, string[]>()
  for (const [name, value] of Object.entries(counters)) {
    const [, group, word] = /^sockstat\.(\w+)\.(\w+)$/.exec(name) ?? []
    if (group === undefined || word === undefined) continue
    groups.set(group, [...(groups.get(group) ?? []), `${word} ${Math.round(value)}`])
  }
  if (counters["sockstat.TCP.inuse"] === undefined) return []
  // The first line of the file says which it is: "sockets: used" or "TCP: inuse".
  const order = ([a]: readonly [string, unknown]): number => (a === "sockets" ? 0 : 1)
  return [...groups]
    .sort((a, b) => order(a) - order(b))
    .map(([group, words]) => `${group}: ${words.toSorted(inuseFirst).join(" ")}`)
}

function inuseFirst(a: string, b: string): number {
  return Number(b.startsWith("inuse")) - Number(a.startsWith("inuse"))
}

function windowsStatistics(counters: Counters): readonly string[] {
  const rows = windowsOrder.flatMap((name) => {
    const value = counters[name]
    const label = WINDOWS_LABELS[name]?.[0]
    return value === undefined || label === undefined
      ? []
      : [`  ${label.padEnd(35)} = ${Math.round(value)}`]
  })
  if (rows.length === 0) return []
  return ["C:\\>netstat -s -p tcp", "", "TCP Statistics for IPv4", "", ...rows]
}

function bsdStatistics(counters: Counters): readonly string[] {
  const rows = Object.entries(BSD_LABELS).flatMap(([name, labels]) => {
    const value = counters[name]
    return value === undefined ? [] : [`\t${Math.round(value)} ${labels[0]}`]
  })
  return rows.length === 0 ? [] : ["tcp:", ...rows]
}
