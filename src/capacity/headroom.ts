/**
 * Headroom: capacity less use, for every limit of this machine that the evidence can count. A limit that exists here
 * and could not be read is listed as unknown; one that does not exist here is not listed.
 */
import type { HostEvidence } from "../evidence/case.ts"
import type { Headroom } from "../model/diagnosis.ts"
import type { LimitId } from "../model/limit.ts"
import type { Ledger } from "./ledger.ts"
import { familyOf, type HostPool, hostPool } from "./port-pool.ts"

/** Headroom rows, fullest first, unknown ones last; the ledger is that of the last socket table. */
export function headroomOf(host: HostEvidence, ledger: Ledger | undefined): readonly Headroom[] {
  const pool = hostPool(host)
  const rows = [
    ...portRows(host, pool, ledger),
    ...descriptorRows(host),
    ...kernelRows(host),
    ...listenerRows(ledger),
  ]
  return rows.sort((a, b) => (b.utilization ?? -1) - (a.utilization ?? -1))
}

function portRows(
  host: HostEvidence,
  pool: HostPool | undefined,
  ledger: Ledger | undefined,
): readonly Headroom[] {
  if (pool === undefined || ledger === undefined) {
    if (familyOf(host) === "lan-manager") return []
    const note = pool === undefined ? "the ephemeral range is not known" : "no socket listing"
    return [{ limit: "ephemeral-ports", scope: "per destination", unknown: true, note }]
  }
  const note = pool.assumed ? `range assumed: ${pool.source}` : undefined
  const rows: Headroom[] = []
  if (pool.sharing === "four-tuple") {
    for (const use of ledger.uses.slice(0, 3)) {
      const scope = `${use.localAddress} → ${use.remoteAddress}:${use.remotePort}`
      rows.push(row("ephemeral-ports", scope, pool.size, use.held, note))
    }
    if (ledger.uses.length === 0)
      rows.push(row("ephemeral-ports", "no destination", pool.size, 0, note))
  }
  const limit = pool.sharing === "four-tuple" ? "local-bind-ports" : "ephemeral-ports"
  const shared = "what a program that binds before it connects would find"
  const remark = limit === "local-bind-ports" ? (note ?? shared) : note
  rows.push(row(limit, "all destinations", pool.size, ledger.portsHeld, remark))
  return rows
}

function descriptorRows(host: HostEvidence): readonly Headroom[] {
  const rows: Headroom[] = []
  for (const [key, counter] of host.snapshots.at(-1)?.counters ?? []) {
    if (!key.startsWith("process.fds@")) continue
    const max = numberOf(host, `nofile.soft@${counter.of}`)
    if (max === undefined) continue
    const pid = Number((counter.of ?? "").replace(/\D/g, ""))
    const fact = host.facts.find((each) => each.name === "process" && each.data["pid"] === pid)
    const name = fact === undefined ? "" : ` (${fact.data["name"]})`
    rows.push(row("file-descriptors", `${counter.of}${name}`, max, counter.value))
  }
  return rows.sort((a, b) => (b.utilization ?? 0) - (a.utilization ?? 0)).slice(0, 3)
}

const KERNEL_LIMITS: readonly {
  readonly limit: LimitId
  readonly counter: string
  readonly setting: string
  readonly scope: string
  /** Field of a setting with several numbers. */
  readonly field?: number
}[] = [
  {
    limit: "file-descriptors",
    counter: "file-nr.allocated",
    setting: "fs.file-max",
    scope: "whole host",
  },
  {
    limit: "time-wait-table",
    counter: "sockstat.TCP.tw",
    setting: "net.ipv4.tcp_max_tw_buckets",
    scope: "this machine",
  },
  {
    limit: "orphans",
    counter: "sockstat.TCP.orphan",
    setting: "net.ipv4.tcp_max_orphans",
    scope: "whole host, all namespaces",
  },
  {
    limit: "socket-memory",
    counter: "sockstat.TCP.mem",
    setting: "net.ipv4.tcp_mem",
    scope: "whole host, pages",
    field: 2,
  },
  {
    limit: "local-conntrack",
    counter: "conntrack.count",
    setting: "net.netfilter.nf_conntrack_max",
    scope: "this machine",
  },
]

function kernelRows(host: HostEvidence): readonly Headroom[] {
  const rows: Headroom[] = []
  for (const { limit, counter, setting, scope, field } of KERNEL_LIMITS) {
    const used = host.snapshots
      .findLast((each) => each.counters.has(counter))
      ?.counters.get(counter)
    const capacity = numberOf(host, setting, field)
    if (used !== undefined && capacity !== undefined)
      rows.push(row(limit, scope, capacity, used.value))
    else if (used !== undefined || capacity !== undefined) {
      const note = used === undefined ? "use is not known" : `${setting} is not known`
      rows.push({
        limit,
        scope,
        unknown: true,
        note,
        ...(capacity === undefined ? {} : { capacity }),
      })
    }
  }
  return rows
}

function listenerRows(ledger: Ledger | undefined): readonly Headroom[] {
  const known = ledger?.listeners.filter(({ backlog, queued }) => backlog > 0 && queued >= 0) ?? []
  return known
    .map((each) =>
      row("accept-queue", `listener ${each.address}:${each.port}`, each.backlog + 1, each.queued),
    )
    .sort((a, b) => (b.utilization ?? 0) - (a.utilization ?? 0))
    .slice(0, 3)
}

function row(
  limit: LimitId,
  scope: string,
  capacity: number,
  used: number,
  note?: string,
): Headroom {
  // A queue may for a moment hold more than its bound; more than everything is not a share.
  const utilization = capacity > 0 ? Math.round(Math.min(1, used / capacity) * 1e6) / 1e6 : 1
  const remark = note === undefined ? {} : { note }
  return { limit, scope, capacity, used, utilization, unknown: false, ...remark }
}

function numberOf(host: HostEvidence, name: string, field = 0): number | undefined {
  const value = host.settings.get(name)?.value
  const number = typeof value === "string" ? Number(value.trim().split(/\s+/)[field]) : value
  return number !== undefined && Number.isFinite(number) && number > 0 ? number : undefined
}
