/**
 * Machines of a case that stand between the others: they filter, track or translate connections and open none
 * themselves. What is full there is a limit on the path of those behind them.
 */
import type { HostEvidence } from "../evidence/case.ts"
import { settingOf } from "../evidence/case.ts"

export function betweenOf(hosts: readonly HostEvidence[]): ReadonlySet<HostEvidence> {
  const routers = hosts.filter((host) => forwards(host) && !connects(host))
  // Where nobody else is, there is nobody to stand between.
  return new Set(hosts.some((host) => !routers.includes(host)) ? routers : [])
}

function forwards(host: HostEvidence): boolean {
  if (settingOf(host, "net.ipv4.ip_forward")?.value === 1) return true
  return host.snapshots.some(
    ({ counters, rules, flows }) =>
      flows !== undefined ||
      rules.length > 0 ||
      [...counters.keys()].some((name) => name.startsWith("conntrack.")),
  )
}

function connects(host: HostEvidence): boolean {
  if (host.attempts.length > 0 || host.traffic.length > 0) return true
  const isForwarder = settingOf(host, "net.ipv4.ip_forward")?.value === 1
  return !isForwarder && host.snapshots.some(({ sockets }) => sockets !== undefined)
}
