/**
 * The settings of a machine that a run looks at, and how people may call them: "somaxconn" is net.core.somaxconn. A name
 * that the machine's system has but a run does not look at is a note; any other is an error.
 */
import { HOST_PROFILES } from "../../catalog/profiles.ts"
import { nearestNames } from "../../model/nearest.ts"
import { parsePortList, parsePortRange } from "../../model/ports.ts"
import type { Family, HostProfile } from "../../model/profile.ts"
import { PORT_SWITCHES } from "../ports/allocator-of.ts"
import type { Settings } from "../settings.ts"
import type { Faults, Place } from "./faults.ts"

type Value = "count" | "port-range" | "ports" | "text"

export type KnownSetting = {
  /** Empty: every system. */
  readonly families: readonly Family[]
  readonly value: Value
  readonly says: string
  /** Looked at on all of the family but these, where documents name it for some versions only. */
  readonly lackedBy?: readonly string[]
}

const linux: readonly Family[] = ["linux"]
const windows: readonly Family[] = ["windows"]
const bsd: readonly Family[] = ["freebsd", "macos"]
const lanManager: readonly Family[] = ["lan-manager"]

function known(families: readonly Family[], value: Value, says: string): KnownSetting {
  return { families, value, says }
}

const switchValues: Readonly<Record<string, Value>> = {
  "ports.excluded": "ports",
  "ports.reseedSec": "count",
}

/** What a run looks at; the profile's value where it is not set. */
export const RUN_SETTINGS: Readonly<Record<string, KnownSetting>> = {
  "net.ipv4.ip_local_port_range": known(linux, "port-range", "first and last local port"),
  "net.ipv4.ip_local_reserved_ports": known(linux, "ports", "ports not handed out"),
  "net.ipv4.tcp_tw_reuse": known(linux, "count", "0 off, 1 on, 2 loopback only"),
  "net.ipv4.tcp_tw_reuse_delay": known(linux, "count", "milliseconds in TIME-WAIT before reuse"),
  "net.ipv4.tcp_timestamps": known(linux, "count", "0 off: no reuse of TIME-WAIT"),
  "net.ipv4.tcp_max_tw_buckets": known(linux, "count", "entries in TIME-WAIT"),
  "net.ipv4.tcp_fin_timeout": known(linux, "count", "seconds in FIN-WAIT-2 after a full close"),
  "net.ipv4.tcp_syn_retries": known(linux, "count", "SYNs sent again, after the linear ones"),
  "net.ipv4.tcp_syn_linear_timeouts": known(linux, "count", "SYNs sent again a second apart"),
  "net.ipv4.tcp_synack_retries": known(linux, "count", "SYN-ACKs sent again"),
  "net.ipv4.tcp_max_orphans": known(linux, "count", "closed by their programs, not yet over"),
  "net.ipv4.tcp_max_syn_backlog": known(linux, "count", "SYN-RECEIVED where cookies are off"),
  "net.ipv4.tcp_syncookies": known(linux, "count", "0 off, 1 when the SYN queue is full, 2 always"),
  "net.ipv4.tcp_abort_on_overflow": known(linux, "count", "1: RST where the accept queue is full"),
  "net.ipv4.tcp_rfc1337": known(linux, "count", "1: RST does not end TIME-WAIT"),
  "net.ipv4.tcp_invalid_ratelimit": known(linux, "count", "milliseconds between challenge ACKs"),
  "net.core.somaxconn": known(linux, "count", "most that a backlog may be"),
  RLIMIT_NOFILE: known(linux, "count", "the same as descriptors"),
  TcpTimedWaitDelay: { ...known(windows, "count", "seconds in TIME-WAIT"), lackedBy: ["nt-3.51"] },
  MaxUserPort: known(windows, "count", "last local port, before Vista"),
  ReservedPorts: { ...known(windows, "ports", "ports not handed out"), lackedBy: [] },
  MaxFreeTWTcbs: { ...known(windows, "count", "entries in TIME-WAIT"), lackedBy: [] },
  TcpNumConnections: known(windows, "count", "control blocks"),
  TcpMaxConnectRetransmissions: known(windows, "count", "SYNs sent again"),
  TcpMaxConnectResponseRetransmissions: known(windows, "count", "SYN-ACKs sent again"),
  TcpInitialRtt: known(windows, "count", "milliseconds before the first SYN is sent again"),
  MaxSynRetransmissions: known(windows, "count", "SYNs sent again, since Windows 8"),
  InitialRto: known(windows, "count", "milliseconds before the first SYN is sent again"),
  MaxFreeTcbs: known(windows, "count", "control blocks before TIME-WAIT makes room"),
  EnableConnectionRateLimiting: known(windows, "count", "1: ten unanswered attempts at once"),
  "dynamicport.ipv4.tcp.start": known(windows, "count", "first local port, since Vista"),
  "dynamicport.ipv4.tcp.num": known(windows, "count", "number of local ports, since Vista"),
  "excludedportrange.ipv4.tcp": {
    ...known(windows, "ports", "ports not handed out, since Vista"),
    lackedBy: [],
  },
  "net.inet.ip.portrange.first": known(bsd, "count", "first local port"),
  "net.inet.ip.portrange.last": known(bsd, "count", "last local port"),
  "net.inet.tcp.msl": known(bsd, "count", "milliseconds; TIME-WAIT is twice that"),
  "net.inet.tcp.keepinit": known(bsd, "count", "milliseconds until connect() gives up"),
  "kern.ipc.soacceptqueue": known(["freebsd"], "count", "most that a backlog may be"),
  "kern.ipc.somaxconn": known(bsd, "count", "most that a backlog may be"),
  TCPCONNECTIONS: { ...known(lanManager, "count", "control blocks"), lackedBy: [] },
  NBSESSIONS: known(lanManager, "count", "NetBIOS sessions"),
  NUMSOCKETS: known(lanManager, "count", "sockets; 0 without the TCP/IP Utilities"),
  NSESSIONS: known(lanManager, "count", "telnet sessions; 0 without the TCP/IP Utilities"),
  ...Object.fromEntries(
    Object.entries(PORT_SWITCHES).map(([name, says]) => [
      name,
      known([], switchValues[name] ?? "text", says),
    ]),
  ),
}

/** Known to administrators, of no consequence here; those of catalogue profiles are known anyway. */
const withoutEffect: Readonly<Partial<Record<Family, readonly string[]>>> = {
  linux: [
    "net.core.netdev_max_backlog",
    "net.core.rmem_max",
    "net.core.wmem_max",
    "net.ipv4.tcp_congestion_control",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_retries1",
    "net.ipv4.tcp_retries2",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
  ],
}

/** Settings by their full names; what is wrong with them goes to `faults`. */
export function settingsOf(
  profile: HostProfile,
  form: Readonly<Record<string, string | number>>,
  place: Place,
  faults: Faults,
): Settings {
  const settings: Record<string, string | number> = {}
  for (const [written, value] of Object.entries(form)) {
    if (faults.isFull) break
    const name = fullName(written, profile)
    const at = [...place, written]
    if (name === undefined) {
      faults.add(at, unknownSetting(written, profile))
      continue
    }
    if (Object.hasOwn(settings, name)) faults.add(at, `${name} is given twice`)
    const known = runSetting(name, profile)
    if (known === undefined) faults.note(at, `${name} has no effect in a run`)
    const wrong = valueFault(name, value, known?.value ?? "text", profile)
    if (wrong !== undefined) faults.add(at, wrong)
    settings[name] = value
  }
  return settings
}

function runSetting(name: string, { family }: HostProfile): KnownSetting | undefined {
  const known = Object.hasOwn(RUN_SETTINGS, name) ? RUN_SETTINGS[name] : undefined
  if (known === undefined) return undefined
  return known.families.length === 0 || known.families.includes(family) ? known : undefined
}

/** Names this machine has. */
function namesFor(profile: HostProfile): readonly string[] {
  const looked = Object.entries(RUN_SETTINGS).filter(([name, { families, lackedBy }]) => {
    if (families.length === 0) return true
    if (!families.includes(profile.family)) return false
    return lackedBy?.includes(profile.id) === false || Object.hasOwn(profile.settings, name)
  })
  const others = [...Object.keys(profile.settings), ...(withoutEffect[profile.family] ?? [])]
  return [...new Set([...looked.map(([name]) => name), ...others])]
}

/** As catalogue and simulator call it: in any case, with slashes, or only the last part of a sysctl. */
function fullName(written: string, profile: HostProfile): string | undefined {
  const key = written.trim().replaceAll("/", ".").toLowerCase()
  const names = namesFor(profile)
  return (
    names.find((name) => name.toLowerCase() === key) ??
    names.find((name) => name.startsWith("net.") && shortName(name) === key) ??
    names.find((name) => name.startsWith("kern.") && shortName(name) === key)
  )
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1)
}

function unknownSetting(written: string, profile: HostProfile): string {
  const names = namesFor(profile)
  const short = names.filter((name) => /^(?:net|kern)\./.test(name)).map(shortName)
  const elsewhere = HOST_PROFILES.filter((other) => {
    return other.id !== profile.id && fullName(written, other) !== undefined
  })
  if (elsewhere.length > 0) return hasNot(written, profile, elsewhere)
  const key = written.toLowerCase()
  if (key.includes("conntrack")) {
    return "a middlebox has it as flowsMax, buckets or timers; at: GROUP puts one into a machine"
  }
  const folded = new Map([...short, ...names].map((name) => [name.toLowerCase(), name]))
  const longer = key.length < 4 ? [] : [...folded.keys()].filter((name) => name.includes(key))
  const near = [...new Set([...nearestNames(key, [...folded.keys()]), ...longer])]
    .map((name) => folded.get(name) ?? name)
    .filter(
      (name, index, all) =>
        all.findIndex((other) => shortName(other) === shortName(name)) === index,
    )
    .slice(0, 3)
  return `no setting of ${profile.title}${near.length > 0 ? `; did you mean ${near.join(", ")}?` : ""}`
}

function hasNot(written: string, profile: HostProfile, others: readonly HostProfile[]): string {
  const ids = others.map(({ id }) => id)
  const some = ids.length > 6 ? `${ids.slice(0, 3).join(", ")} … ${ids.at(-1)}` : ids.join(", ")
  const instead =
    written.toLowerCase() === "maxuserport" ? "; set dynamicport.ipv4.tcp.num instead" : ""
  return `${profile.id} has no ${written}; it is a setting of ${some}${instead}`
}

function valueFault(
  name: string,
  value: string | number,
  kind: Value,
  profile: HostProfile,
): string | undefined {
  const text = String(value)
  if (kind === "port-range" && parsePortRange(text) === undefined) {
    return `cannot take "${text}": two ports such as "32768 60999" are expected`
  }
  if (kind === "ports" && parsePortList(text) === undefined) {
    return `cannot take "${text}": ports such as "8080,9000-9010" are expected`
  }
  if (kind !== "count") return undefined
  const number = text.trim() === "" ? Number.NaN : Number(value)
  if (!(Number.isInteger(number) && number >= 0)) {
    return `cannot take "${text}": a whole number is expected`
  }
  const allowed = profile.settings[name]?.allowed ?? []
  if (allowed.length === 0) return undefined
  const least = Math.min(...allowed.map((range) => range.least))
  const most = Math.max(...allowed.map((range) => range.most))
  if (least <= number && number <= most) return undefined
  return `${number} is not from ${least} to ${most}, which is what ${name} takes`
}
