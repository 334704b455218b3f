/**
 * Values of Linux that hold over many versions: read in the 6.12 source, measured on 6.18.44, or
 * stated in Documentation/networking/ip-sysctl.rst.
 */
import type { HostProfile, Schedule, Sourced } from "../../model/profile.ts"

type Settings = HostProfile["settings"]

const ipSysctl = "Linux Documentation/networking/ip-sysctl.rst"
const seen = `${ipSysctl}; measured on 6.18.44`

/** 28,232 ports since 4.2. */
export const PORTS_LINUX: NonNullable<HostProfile["ephemeral"]> = {
  value: { first: 32768, last: 60999 },
  mark: "V",
  source: `${ipSysctl}; commit 07f4c90062f8`,
}

/** Doubling from 1 s, before tcp_syn_linear_timeouts. */
export const SYN_DOUBLING: Sourced<Schedule> = {
  value: { retransmitSec: [1, 3, 7, 15, 31, 63], failSec: 127 },
  mark: "V",
  source: `${ipSysctl}; measured on 6.18.44 with tcp_syn_linear_timeouts=0`,
}

/** Four linear timeouts first: 6.5 and later. */
export const SYN_LINEAR: Sourced<Schedule> = {
  value: { retransmitSec: [1, 2, 3, 4, 5, 7, 11, 19, 35, 67], failSec: 131 },
  mark: "V",
  source: seen,
  note: "timers fire late, never early: ETIMEDOUT was seen at 134.2 s",
}

/** What holds for every version unless its profile says otherwise. */
export const LINUX_COMMON = {
  kind: "host",
  family: "linux",
  portSharing: {
    value: "four-tuple",
    mark: "V",
    source: "Linux 6.12 __inet_hash_connect; measured on 6.18.44",
    note: "for connect(); bind(address, 0) takes a port for every destination",
  },
  timeWaitMs: {
    value: 60_000,
    mark: "V",
    source: "Linux 6.12 include/net/tcp.h TCP_TIMEWAIT_LEN; measured on 6.18.44",
    note: "no sysctl changes it; a four-tuple was free after 60 to 66 s, median 61.9 s",
  },
  synSchedule: SYN_DOUBLING,
  synAckSchedule: {
    value: { retransmitSec: [1, 3, 7, 15, 31], failSec: 63 },
    mark: "V",
    source: seen,
    note: "seen still there at 64 s and gone by 70 s",
  },
  embryonicOutbound: { value: null, mark: "S", source: "Linux 6.12 tcp_v4_connect" },
  errors: {
    "ephemeral-ports": {
      value: "EADDRNOTAVAIL",
      mark: "V",
      source: "Linux 6.12 __inet_hash_connect; measured on 6.18.44",
      note: "at once; no packet and no counter",
    },
    "local-bind-ports": { value: "EADDRINUSE", mark: "V", source: "measured on 6.18.44 (bind)" },
    "file-descriptors": { value: "EMFILE", mark: "V", source: "measured on 6.18.44" },
    "source-address": { value: "EADDRNOTAVAIL", mark: "V", source: "measured on 6.18.44" },
    "local-conntrack": { value: "ETIMEDOUT", mark: "V", source: "measured on 6.18.44" },
    "local-firewall": {
      value: "ETIMEDOUT",
      mark: "V",
      source: "Linux 6.12 tcp_connect; measured on 6.18.44",
      note: "a local drop is not EPERM for TCP",
    },
    "path-loss": { value: "ETIMEDOUT", mark: "V", source: "measured on 6.18.44" },
    "target-silent": { value: "ETIMEDOUT", mark: "V", source: "measured on 6.18.44" },
    "target-refused": { value: "ECONNREFUSED", mark: "V", source: "measured on 6.18.44" },
    "path-unreachable": { value: "EHOSTUNREACH", mark: "V", source: "measured on 6.18.44" },
    "accept-queue": {
      value: "ETIMEDOUT",
      mark: "V",
      source: "measured on 6.18.44",
      note: "or a connect() that succeeds and then hangs",
    },
  },
} as const satisfies Partial<HostProfile>

/** Settings of every version; those that came, changed or went are in linux.ts. */
export const LINUX_SETTINGS: Settings = {
  "net.ipv4.ip_local_port_range": { value: "32768 60999", mark: "V", source: seen },
  "net.ipv4.ip_local_reserved_ports": { value: "", mark: "V", source: seen },
  "net.ipv4.tcp_tw_reuse": {
    value: 0,
    mark: "V",
    source: `${ipSysctl}, commit 79e9fed46038`,
    allowed: [{ least: 0, most: 1, source: ipSysctl }],
    note: "needs timestamps at both ends",
  },
  "net.ipv4.tcp_timestamps": {
    value: 1,
    mark: "V",
    source: seen,
    allowed: [{ least: 0, most: 2, source: ipSysctl }],
  },
  "net.ipv4.tcp_fin_timeout": {
    value: 60,
    mark: "V",
    source: seen,
    note: "s; FIN-WAIT-2 without an owner only, not TIME-WAIT",
  },
  "net.ipv4.tcp_syn_retries": {
    value: 6,
    mark: "V",
    source: seen,
    allowed: [{ least: 1, most: 127, source: ipSysctl }],
  },
  "net.ipv4.tcp_synack_retries": {
    value: 5,
    mark: "V",
    source: seen,
    allowed: [{ least: 1, most: 255, source: "Linux 6.12 sysctl_net_ipv4.c" }],
  },
  "net.ipv4.tcp_max_tw_buckets": {
    value: "half of the established-hash slots",
    mark: "V",
    source: "Linux 6.12 tcp_sk_init; 131,072 on the machine measured",
    note: "beyond it sockets skip TIME-WAIT: ports come back sooner, connect() is never refused",
  },
  "net.ipv4.tcp_max_orphans": {
    value: "half of the established-hash slots",
    mark: "S",
    source: "Linux 6.12 net/ipv4/tcp.c",
    note: "host-wide, all namespaces together",
  },
  "net.ipv4.tcp_mem": {
    value: "4.68, 6.25 and 9.37 % of free buffer pages at boot",
    mark: "S",
    source: "Linux 6.12 net/ipv4/tcp.c tcp_init_mem",
    note: "pages, host-wide",
  },
  "net.core.somaxconn": {
    value: 128,
    mark: "V",
    source: `${ipSysctl}; Linux 6.12 __sys_listen_socket`,
    note: "4096 since 5.4; read at listen(): raising it needs a new listen()",
  },
  "net.ipv4.tcp_max_syn_backlog": {
    value: "the larger of 128 and established-hash slots / 128",
    mark: "V",
    source: "Linux 6.12 tcp_set_hashinfo; measured on 6.18.44",
    note: "counts only with tcp_syncookies=0; else the listener's backlog does",
  },
  "net.ipv4.tcp_syncookies": {
    value: 1,
    mark: "V",
    source: seen,
    allowed: [{ least: 0, most: 2, source: ipSysctl }],
  },
  "net.ipv4.tcp_abort_on_overflow": {
    value: 0,
    mark: "V",
    source: seen,
    allowed: [{ least: 0, most: 1, source: ipSysctl }],
  },
  "net.ipv4.tcp_rfc1337": {
    value: 0,
    mark: "V",
    source: seen,
    allowed: [{ least: 0, most: 1, source: ipSysctl }],
    note: "1 behind NAT turns port reuse into timeouts",
  },
  "net.ipv4.tcp_invalid_ratelimit": {
    value: 500,
    mark: "V",
    source: seen,
    note: "ms; challenge ACKs per connection",
  },
  RLIMIT_NOFILE: {
    value: 1024,
    mark: "S",
    source: "Linux 6.12 fs/file.c; getrlimit(2)",
    note: "soft; hard at most fs.nr_open",
  },
  "fs.nr_open": {
    value: 1_048_576,
    mark: "S",
    source: "Linux Documentation/admin-guide/sysctl/fs.rst",
  },
  "fs.file-max": {
    value: "by memory",
    mark: "S",
    source: "Linux Documentation/admin-guide/sysctl/fs.rst",
    note: "CAP_SYS_ADMIN is exempt",
  },
}

/** Behaviour of every version measured. */
export const LINUX_NOTES = [
  "listen(n) holds n + 1 in the accept queue; the SYN queue holds backlog + 1.",
  "No counter moves when ports run out.",
  "Past half of a destination's ports connect() gets tens of times slower: the busy parity is " +
    "scanned first.",
  "Distributions backport: a kernel's number does not prove what it does.",
] as const
