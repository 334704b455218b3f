/** The port pool of one (local address, remote endpoint) is used up. RFC 6056; Linux `__inet_hash_connect`. */
import { countIn, dominantState, type Ledger, type PoolUse } from "../../capacity/ledger.ts"
import type { HostPool } from "../../capacity/port-pool.ts"
import { formatCount, formatMany, formatShare } from "../../model/quantity.ts"
import { failuresOf } from "../attempt-groups.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import type { View } from "../view.ts"
import { isBindPoolDry } from "./local-bind-ports.ts"

const NO_PORT = ["EADDRNOTAVAIL", "WSAENOBUFS", "WSAEADDRNOTAVAIL"] as const

export const ephemeralPorts: Hypothesis = {
  limit: "ephemeral-ports",
  symptom: "no-port",
  wants: {
    what: "a socket listing with all states (ss -tan, netstat -an) and the ephemeral range",
    why: "a dry port pool moves no counter: only the rows towards one destination show it",
  },
  weigh: (view) => {
    const { pool } = view
    if (pool === undefined || view.ledgers.length === 0) return weighWithoutSockets(view)
    if (pool.sharing === "host-wide") return weighHostWide(view, pool)
    const capacity = usableSize(pool, view.now)
    const full = fullestUses(view).filter((use) => use.held >= 0.8 * capacity)
    if (full.length === 0) return [notFull(view, capacity)]
    return full.slice(0, 8).map((use) => weighUse(view, use, capacity))
  },
}

/** A listener's port is never handed out. Linux scans an even number of ports, so one may stay free. */
function usableSize(pool: HostPool, ledger: Ledger | undefined): number {
  const { first, last } = pool.pool.range
  const listening = ledger?.listeners.filter(({ port }) => port >= first && port <= last) ?? []
  return pool.size - new Set(listening.map(({ port }) => port)).size
}

/** Each pool where it was fullest. */
function fullestUses(view: View): readonly PoolUse[] {
  const fullest = new Map<string, PoolUse>()
  for (const ledger of view.ledgers) {
    for (const use of ledger.uses.slice(0, 50)) {
      const key = `${use.localAddress} ${use.remoteAddress} ${use.remotePort}`
      if (use.held > (fullest.get(key)?.held ?? 0)) fullest.set(key, use)
    }
  }
  return [...fullest.values()].sort((a, b) => b.held - a.held)
}

function weighUse(view: View, use: PoolUse, capacity: number): Finding {
  const target = `${use.remoteAddress}:${use.remotePort}`
  const subject = `${use.localAddress} → ${target}`
  const state = dominantState(use)
  const source = view.ledgerSources.at(-1) ?? "sockets"
  const brief = new Brief()
  const share = use.held / capacity
  const says = `${formatCount(use.held)} of ${formatCount(capacity)} ports towards ${target} are held, ${formatCount(countIn(use, state))} in ${state}`
  brief.for(fullWeight(share, capacity - use.held), says, source)
  weighErrors(view, use, brief)
  const recycled = view.change("TcpExtTWRecycled")
  if (recycled !== undefined && recycled.by > 0 && share > 0.9) {
    const text = `TIME-WAIT ports were taken again ${formatCount(recycled.by)} times: connects wait for them`
    brief.for(6, text, recycled.last.at)
  }
  if (share > 0.9 && view.counter("selftest.loopback-connect-no-port")?.value === 0) {
    brief.for(4, "Another destination still gets a port: only this pool is dry", "own test")
  }
  if (isBindPoolDry(view)) {
    brief.against(15, "The pool for bind(address, 0), shared by all destinations, is dry as well")
  }
  return {
    subject,
    says: `${says.replace(/ are held.*/, " are taken")}: no further connection to it can open`,
    exhibits: brief.exhibits,
    capacity,
    used: Math.min(use.held, capacity),
    heldBy: state,
    fill: { target, port: use.remotePort, used: use.held, capacity, subject },
  }
}

function fullWeight(share: number, free: number): number {
  if (free <= 1) return 42
  if (share >= 0.97) return 34
  if (share >= 0.93) return 26
  if (share >= 0.88) return 17
  return 8
}

function weighErrors(view: View, use: PoolUse, brief: Brief): void {
  for (const group of view.attempts.groups) {
    if (group.address !== use.remoteAddress || group.port !== use.remotePort) continue
    const count = failuresOf(group, ...NO_PORT)
    if (count === 0) continue
    const says = `${formatMany(count, "connect", "connects")} to it failed at once with ${[...group.errors.keys()][0]}`
    brief.for(14, says, group.firstFailure?.at)
  }
}

function notFull(view: View, capacity: number): Finding {
  const top = fullestUses(view)[0]
  const held = top?.held ?? 0
  const brief = new Brief()
  const name = top === undefined ? "any destination" : `${top.remoteAddress}:${top.remotePort}`
  const says = `The fullest pool (${name}) uses ${formatCount(held)} of ${formatCount(capacity)} ports, ${formatShare(held / capacity)}`
  brief.against(held < 0.5 * capacity ? 25 : 12, says, view.ledgerSources.at(-1))
  return { subject: "every destination", says, exhibits: brief.exhibits, capacity, used: held }
}

/** Windows and macOS: one port, one socket, whatever the destination. */
function weighHostWide(view: View, pool: HostPool): readonly Finding[] {
  if (view.family === "macos") return []
  const ledger = view.ledgers.reduce((a, b) => (b.portsHeld > a.portsHeld ? b : a))
  const brief = new Brief()
  const share = ledger.portsHeld / pool.size
  const says = `${formatCount(ledger.portsHeld)} of ${formatCount(pool.size)} dynamic ports are held`
  const source = view.ledgerSources.at(-1)
  if (share >= 0.8) brief.for(fullWeight(share, pool.size - ledger.portsHeld), says, source)
  else brief.against(share < 0.5 ? 20 : 8, says, source)
  weighWindowsErrors(view, brief)
  const top = ledger.uses[0]
  return [
    {
      subject: "all destinations (one pool for the machine)",
      says: `${says}: new outgoing connections find no port`,
      exhibits: brief.exhibits,
      capacity: pool.size,
      used: ledger.portsHeld,
      ...(top === undefined ? {} : { heldBy: dominantState(top) }),
      fill: { capacity: pool.size, used: ledger.portsHeld },
    },
  ]
}

function weighWindowsErrors(view: View, brief: Brief): void {
  const event = view.events("Tcpip", 4231)[0]
  if (event !== undefined) brief.for(34, "Event 4231: the global port space is exhausted", event.at)
  const count = failuresOf(view.attempts, "WSAENOBUFS")
  const example = view.attempts.example.get("WSAENOBUFS")
  // Without the sockets beside it this error is the only witness, and ports are its usual cause.
  const weight = view.hasSockets ? 14 : 21
  if (count > 0)
    brief.for(
      weight,
      `${formatMany(count, "attempt", "attempts")} failed with WSAENOBUFS (10055)`,
      example?.at,
    )
}

function weighWithoutSockets(view: View): readonly Finding[] {
  const brief = new Brief()
  weighWindowsErrors(view, brief)
  const count = failuresOf(view.attempts, "EADDRNOTAVAIL")
  const example = view.attempts.example.get("EADDRNOTAVAIL")
  if (count > 0) {
    const says = `${formatMany(count, "connect", "connects")} failed with EADDRNOTAVAIL; it also means no usable source address`
    const group = view.attempts.groups.find((each) => each.errors.has("EADDRNOTAVAIL"))
    brief.for((group?.ok ?? 0) > 0 ? 26 : 17, says, example?.at)
  }
  if (brief.isEmpty) return []
  const says = "Connects fail for lack of a local port"
  return [{ subject: "outgoing connections", says, exhibits: brief.exhibits }]
}
