/**
 * macOS and FreeBSD: in_pcb.c chooses ports alike, but only FreeBSD shares one between
 * destinations.
 */
import type { HostProfile, Schedule } from "../../model/profile.ts"

/** Five timeouts of one second, then doubling, until the connect timer of 75 s ends it. */
const synBackoff: Schedule = {
  retransmitSec: [1, 2, 3, 4, 5, 7, 11, 19, 35, 67],
  failSec: 75,
}

const freebsd: HostProfile = {
  kind: "host",
  id: "freebsd",
  title: "FreeBSD 14 and 15",
  family: "freebsd",
  versions: "freebsd >= 14",
  ephemeral: { value: { first: 10_000, last: 65_535 }, mark: "S", source: "FreeBSD netinet/in.h" },
  allocator: {
    value: "random-start",
    mark: "S",
    source: "FreeBSD in_pcb.c in_pcb_lport_dest",
    note: "then the next one, wrapping",
  },
  portSharing: {
    value: "four-tuple",
    mark: "S",
    source: "FreeBSD in_pcb.c in_pcb_lport_dest",
  },
  timeWaitMs: {
    value: 60_000,
    mark: "S",
    source: "FreeBSD tcp_timer.h TCPTV_MSL 30 s",
    note: "twice net.inet.tcp.msl",
  },
  synSchedule: {
    value: synBackoff,
    mark: "D",
    source: "FreeBSD tcp_timer.c tcp_syn_backoff, tcp_timer.h TCPTV_KEEP_INIT; first timer 1 s",
    note: "older versions start from 3 s",
  },
  embryonicOutbound: { value: null, mark: "G", source: "no document speaks of one" },
  backlogMax: {
    value: 128,
    mark: "S",
    source: "FreeBSD listen(2), kern.ipc.soacceptqueue",
    note: "a queue overflows beyond one and a half times its backlog",
  },
  errors: {
    "ephemeral-ports": {
      value: "EADDRNOTAVAIL",
      mark: "S",
      source: "FreeBSD in_pcb.c",
      note: "EAGAIN when inserting into the hash fails",
    },
    "local-bind-ports": { value: "EADDRINUSE", mark: "G", source: "bind(2)" },
    "target-silent": { value: "ETIMEDOUT", mark: "G", source: "connect(2)" },
    "target-refused": { value: "ECONNREFUSED", mark: "G", source: "connect(2)" },
  },
  settings: {
    "net.inet.ip.portrange.first": { value: 10_000, mark: "S", source: "FreeBSD netinet/in.h" },
    "net.inet.ip.portrange.last": { value: 65_535, mark: "S", source: "FreeBSD netinet/in.h" },
    "net.inet.tcp.msl": { value: 30_000, mark: "S", source: "FreeBSD tcp_timer.h", note: "ms" },
    "net.inet.tcp.keepinit": {
      value: 75_000,
      mark: "S",
      source: "FreeBSD tcp_timer.h TCPTV_KEEP_INIT",
      note: "ms; ends a connect() that is not answered",
    },
    "kern.ipc.soacceptqueue": { value: 128, mark: "S", source: "FreeBSD listen(2)" },
  },
  notes: [
    "The kernel log names an overflowing listener: sonewconn ... Listen queue overflow: 193 already " +
      "in queue awaiting acceptance (128 x 1.5 + 1).",
    "55,536 ports / 60 s make 925.6 new connections a second to one destination.",
  ],
}

const macos: HostProfile = {
  kind: "host",
  id: "macos",
  title: "macOS",
  family: "macos",
  versions: "macos >= 10",
  ephemeral: {
    value: { first: 49_152, last: 65_535 },
    mark: "S",
    source: "macOS sysctl net.inet.ip.portrange",
  },
  allocator: {
    value: "random-start-host-wide",
    mark: "S",
    source: "xnu in_pcb.c in_pcbbind",
    note: "random start, then the next one; restricted ports are skipped",
  },
  portSharing: {
    value: "host-wide",
    mark: "S",
    source: "xnu in_pcb.c in_pcblookup_local",
    note: "one port is one socket whatever the destination",
  },
  timeWaitMs: {
    value: 30_000,
    mark: "S",
    source: "xnu tcp_timer.h TCPTV_MSL 15 s",
    note: "twice net.inet.tcp.msl",
  },
  synSchedule: {
    value: synBackoff,
    mark: "D",
    source: "xnu tcp_timer.h TCPTV_RTOBASE and TCPTV_KEEP_INIT, tcp_timer.c tcp_syn_backoff",
  },
  embryonicOutbound: { value: null, mark: "G", source: "no document speaks of one" },
  backlogMax: { value: 128, mark: "G", source: "macOS sysctl kern.ipc.somaxconn" },
  errors: {
    "ephemeral-ports": {
      value: "EADDRNOTAVAIL",
      mark: "S",
      source: "xnu in_pcb.c",
      note: "EAGAIN when inserting into the hash fails",
    },
    "local-bind-ports": { value: "EADDRINUSE", mark: "G", source: "bind(2)" },
    "target-silent": { value: "ETIMEDOUT", mark: "G", source: "connect(2)" },
    "target-refused": { value: "ECONNREFUSED", mark: "G", source: "connect(2)" },
  },
  settings: {
    "net.inet.ip.portrange.first": {
      value: 49_152,
      mark: "S",
      source: "macOS sysctl net.inet.ip.portrange",
    },
    "net.inet.ip.portrange.last": {
      value: 65_535,
      mark: "S",
      source: "macOS sysctl net.inet.ip.portrange",
    },
    "net.inet.tcp.msl": { value: 15_000, mark: "S", source: "xnu tcp_timer.h", note: "ms" },
    "net.inet.tcp.keepinit": {
      value: 75_000,
      mark: "S",
      source: "xnu tcp_timer.h TCPTV_KEEP_INIT",
      note: "ms; ends a connect() that is not answered",
    },
    "kern.ipc.somaxconn": { value: 128, mark: "G", source: "macOS sysctl kern.ipc.somaxconn" },
  },
  notes: [
    "16,384 ports are a ceiling of the whole host: 546.1 new connections a second to all " +
      "destinations together.",
  ],
}

/** macOS, then FreeBSD. */
export const BSD_PROFILES: readonly HostProfile[] = [macos, freebsd]
