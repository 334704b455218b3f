/**
 * Gauges of sockets, descriptors and sessions, and the counters of the conntrack table. Sources:
 * Linux 6.12 net/ipv4/proc.c and nf_conntrack_standalone.c, measured on 6.18.44.
 */
import type { KnownCounter } from "./known-counter.ts"

const tcp = { kind: "counter", scope: "netns" } as const
const gauge = { kind: "gauge", scope: "netns" } as const

const gauges = {
  "sockstat.TCP.inuse": {
    ...gauge,
    meaning: "TCP sockets in the hash tables; bound but unconnected ones are missing",
    limits: ["ephemeral-ports"],
    source: "Linux net/ipv4/proc.c; measured on 6.18.44",
  },
  "sockstat.TCP.tw": {
    ...gauge,
    meaning: "TIME-WAIT entries, with orphaned FIN-WAIT-2",
    limits: ["time-wait-table", "ephemeral-ports"],
    source: "Linux net/ipv4/proc.c",
  },
  "sockstat.TCP.orphan": {
    kind: "gauge",
    scope: "host",
    meaning: "Orphans of the whole host, also when read inside a container",
    limits: ["orphans"],
    source: "Linux net/ipv4/proc.c; measured on 6.18.44",
  },
  "sockstat.TCP.alloc": {
    kind: "gauge",
    scope: "host",
    meaning: "TCP sockets of the whole host",
    limits: ["file-descriptors"],
    source: "Linux net/ipv4/proc.c",
  },
  "sockstat.TCP.mem": {
    kind: "gauge",
    scope: "host",
    meaning: "Pages of TCP buffers of the whole host; the limit is tcp_mem",
    limits: ["socket-memory"],
    source: "Linux net/ipv4/proc.c",
  },
  "sockstat.TCP6.inuse": {
    ...gauge,
    meaning: "TCP sockets of IPv6",
    limits: ["ephemeral-ports"],
    source: "Linux net/ipv6/proc.c",
  },
  "sockstat.sockets.used": {
    ...gauge,
    meaning: "Sockets of every kind",
    limits: ["file-descriptors"],
    source: "Linux net/socket.c",
  },
  "file-nr.allocated": {
    kind: "gauge",
    scope: "host",
    meaning: "File handles in use on the host; the limit is fs.file-max",
    limits: ["file-descriptors"],
    source: "Linux Documentation/admin-guide/sysctl/fs.rst",
  },
  "process.fds": {
    kind: "gauge",
    scope: "process",
    meaning: "Descriptors a process has open; the limit is its soft RLIMIT_NOFILE",
    limits: ["file-descriptors", "application-leak"],
    source: "proc(5)",
  },
  "smb.sessions": {
    kind: "gauge",
    scope: "host",
    meaning: "SMB sessions of other computers on this server (net session)",
    limits: ["target-sessions"],
    source: "KB314882",
  },
} as const satisfies Readonly<Record<string, KnownCounter>>

const stat = "Linux 6.12 net/netfilter/nf_conntrack_standalone.c ct_cpu_seq_show"

const conntrackCounters = {
  "conntrack.count": {
    ...gauge,
    meaning: "Flows in the table; the limit is nf_conntrack_max",
    limits: ["local-conntrack", "path-conntrack"],
    source: "Linux Documentation/networking/nf_conntrack-sysctl.rst",
  },
  "conntrack.drop": {
    ...tcp,
    meaning: "Packets dropped: table full, or no NAT port (then insert_failed moves alike)",
    limits: ["local-conntrack", "path-conntrack", "nat-ports"],
    source: stat,
  },
  "conntrack.early_drop": {
    ...tcp,
    meaning: "Flows thrown out to make room in a full table",
    limits: ["local-conntrack", "path-conntrack"],
    source: stat,
  },
  "conntrack.insert_failed": {
    ...tcp,
    meaning:
      "Flows that could not be entered: NAT port shortage, or two packets at once at any load",
    limits: ["nat-ports"],
    source: "Linux 6.12 nf_ct_resolve_clash; measured on 6.18.44",
  },
  "conntrack.clash_resolve": {
    ...tcp,
    meaning: "Two packets of one flow at once, resolved",
    limits: [],
    source: stat,
  },
  "conntrack.chaintoolong": {
    ...tcp,
    meaning: "Flows refused because their bucket's chain is too long: too few buckets",
    limits: ["local-conntrack", "path-conntrack"],
    source: stat,
  },
  "conntrack.invalid": {
    ...tcp,
    meaning: "Packets that fit no flow: dropped by rules that drop invalid",
    limits: ["firewall-idle-timeout", "target-time-wait"],
    source: stat,
  },
  "conntrack.search_restart": {
    ...tcp,
    meaning: "Look-ups started again because the table moved",
    limits: [],
    source: stat,
  },
} as const satisfies Readonly<Record<string, KnownCounter>>

const pcapng = "draft-ietf-opsawg-pcapng 4.6, Interface Statistics Block; libpcap pcap_stats(3PCAP)"

const captureCounters = {
  "capture.received": {
    kind: "counter",
    scope: "host",
    meaning: "Packets that the capturing program was given",
    limits: [],
    source: pcapng,
  },
  "capture.lost": {
    kind: "counter",
    scope: "host",
    meaning: "Packets missing in the capture, which the capturing machine had no room for",
    limits: [],
    source: pcapng,
  },
} as const satisfies Readonly<Record<string, KnownCounter>>

/** What is in use now, and what conntrack and captures count. */
export const GAUGES: Readonly<Record<string, KnownCounter>> = {
  ...gauges,
  ...conntrackCounters,
  ...captureCounters,
}
