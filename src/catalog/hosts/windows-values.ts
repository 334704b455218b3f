/**
 * Values that several Windows profiles share: port ranges, TIME-WAIT, SYN schedules, half-open
 * caps. Names of registry values are those of catalog/registry-values.ts, which has their ranges
 * too.
 */
import type { Allocator, HostProfile, PortSharing, Schedule, Sourced } from "../../model/profile.ts"

type Range = { readonly first: number; readonly last: number }

/** 3,976 ports; some Microsoft pages say 1024 and so 3,977. */
export const PORTS_TO_5000: Sourced<Range> = {
  value: { first: 1025, last: 5000 },
  mark: "C",
  source: "KB Q149532, KB929851",
  also: [{ value: { first: 1024, last: 5000 }, source: "KB196271, TechNet cc758002" }],
}

/** 16,384 ports since Vista and Server 2008. */
export const PORTS_DYNAMIC: Sourced<Range> = {
  value: { first: 49152, last: 65535 },
  mark: "V",
  source: "KB929851, captures of netsh show dynamicport",
  note: "machines with start 1024 and num 64511 or 13977 exist: read it, do not assume it",
}

export const SEQUENTIAL: Sourced<Allocator> = {
  value: "sequential",
  mark: "G",
  source: "no Microsoft document states it",
}

/** Before Server 2003 SP1 a port in TIME-WAIT counts as free. */
export const TIME_WAIT_FREE: Sourced<Allocator> = {
  value: "sequential-time-wait-free",
  mark: "V",
  source: "Server 2003 SP1 notes, smart TCP port allocation; TechNet cc759700",
}

export const RANDOM_START: Sourced<Allocator> = {
  value: "random-start",
  mark: "C",
  source: "no Microsoft document states it",
  also: [{ value: "random", source: "event 4227: a port in TIME-WAIT can be drawn" }],
}

export const HOST_WIDE: Sourced<PortSharing> = {
  value: "host-wide",
  mark: "C",
  source: "Microsoft, SO_PORT_SCALABILITY: bind before connect; event 4231",
  also: [
    {
      value: "four-tuple",
      source: "Server 2003 SP1 notes: what TIME-WAIT blocks is the four-tuple",
    },
  ],
  note: "an implicit bind takes the port for every destination while the socket is open",
}

/** NT and 2000. */
export const TIME_WAIT_240: Sourced<number> = {
  value: 240_000,
  mark: "V",
  source: "KB Q149532, TechNet cc938217",
}

/** XP and 2003, IPv4. */
export const TIME_WAIT_120: Sourced<number> = {
  value: 120_000,
  mark: "C",
  source: "KB314053, TechNet cc757512",
  also: [{ value: 240_000, source: "C. Stoneff, Managing Machines through ISA Server" }],
  note: "the registry value is the whole delay, not half of it",
}

/** XP and 2003, IPv6. */
export const TIME_WAIT_IPV6: Sourced<number> = { value: 240_000, mark: "S", source: "KB314053" }

/** Vista and later: documents and practice differ. */
export const TIME_WAIT_DYNAMIC: Sourced<number> = {
  value: 240_000,
  mark: "C",
  source: "Microsoft, Troubleshoot port exhaustion issues; ETW SystemConfig_Network",
  also: [{ value: 120_000, source: "explaintopic.com and practice" }],
  note: "measure it: close one connection and time its TIME_WAIT row",
}

/** 3 s, three retransmissions. */
export const SYN_45: Sourced<Schedule> = {
  value: { retransmitSec: [3, 9, 21], failSec: 45 },
  mark: "V",
  source: "KB Q140552, KB Q142641",
}

/** 3 s, two retransmissions. */
export const SYN_21: Sourced<Schedule> = {
  value: { retransmitSec: [3, 9], failSec: 21 },
  mark: "V",
  source: "KB314053, TechNet cc938207",
}

/** The same, taken from the versions before and after. */
export const SYN_21_BETWEEN: Sourced<Schedule> = {
  value: { retransmitSec: [3, 9], failSec: 21 },
  mark: "G",
  source: "between XP (KB314053) and Windows 7",
}

/** SYN-ACKs of NT; the article gives 2 and 3 retransmissions as its default. */
export const SYN_ACK_NT: Sourced<Schedule> = {
  value: { retransmitSec: [3, 9, 21], failSec: 45 },
  mark: "C",
  source: "KB Q142641 (default 3)",
  also: [{ value: { retransmitSec: [3, 9], failSec: 21 }, source: "KB Q142641 (default 2)" }],
  note: "before the fix 5 retransmissions, given up after 189 s",
}

/** Before XP SP2. */
export const HALF_OPEN_NONE: Sourced<null> = {
  value: null,
  mark: "S",
  source: "the limit came with XP SP2 (Wonderware Tech Note 838)",
}

/** XP SP2 and SP3. */
export const HALF_OPEN_10: Sourced<number> = {
  value: 10,
  mark: "V",
  source: "XP SP2 functionality changes; event 4226; Wonderware Tech Note 838",
  note: "fixed in the driver; further attempts wait in a queue",
}

/** Vista before SP2. */
export const HALF_OPEN_VISTA: Sourced<number> = {
  value: 10,
  mark: "C",
  source: "KB969710",
  also: [
    { value: 2, source: "community pages: Home Basic" },
    { value: 25, source: "community pages: Ultimate, by some Business" },
  ],
}

/** Vista SP2, 7 and their servers: off, and a registry value brings it back. */
export const HALF_OPEN_OFF: Sourced<null> = {
  value: null,
  mark: "V",
  source: "KB969710, Wonderware Tech Note 838",
  note: "EnableConnectionRateLimiting = 1 restores the cap of 10",
}

/** TcpNumConnections: one article mixes it up with the half-open limit. */
export const TCBS: Sourced<number> = {
  value: 0xfffffe,
  mark: "C",
  source: "KB314053, Win32_NetworkAdapterConfiguration",
  also: [
    {
      value: 10,
      source: "C. Stoneff, Managing Machines through ISA Server (mixed up with half-open)",
    },
  ],
  allowed: [{ least: 0, most: 0xfffffe, source: "KB314053" }],
}

/** What connect() reports from Windows 2000 on. */
export const WINSOCK_ERRORS: NonNullable<HostProfile["errors"]> = {
  "ephemeral-ports": {
    value: "WSAENOBUFS",
    mark: "V",
    source: "KB196271, Windows Sockets error codes",
  },
  "time-wait-collision": {
    value: "WSAEADDRINUSE",
    mark: "V",
    source: "Windows Sockets error codes; Server 2003 SP1 notes",
  },
  "file-descriptors": { value: "WSAEMFILE", mark: "S", source: "Windows Sockets error codes" },
  "path-loss": {
    value: "WSAETIMEDOUT",
    mark: "V",
    source: "Windows Sockets error codes; KB314053",
  },
  "target-silent": {
    value: "WSAETIMEDOUT",
    mark: "V",
    source: "Windows Sockets error codes; KB314053",
  },
  "target-refused": {
    value: "WSAECONNREFUSED",
    mark: "V",
    source: "Windows Sockets error codes; KB Q142641",
  },
  "path-unreachable": {
    value: "WSAEHOSTUNREACH",
    mark: "S",
    source: "Windows Sockets error codes",
  },
  "target-sessions": { value: "error 71", mark: "V", source: "KB314882, KB Q149522" },
}
