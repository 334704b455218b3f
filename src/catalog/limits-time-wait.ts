/**
 * Limits of the client that are about TIME-WAIT: a port given out too soon, and the size of the
 * table. Sources: Microsoft's articles on Server 2003 SP1, Linux 6.12 source, measurements on
 * 6.18.44.
 */
import type { Limit } from "../model/limit.ts"

const timeWaitCollision: Limit = {
  id: "time-wait-collision",
  place: "client",
  title: "A port handed out while its four-tuple is still in TIME-WAIT",
  isPool: true,
  counts: "four-tuples in TIME-WAIT among the ports the allocator treats as free",
  scope: "per (local address, remote address, remote port)",
  heldBy: "the side that closed first, for the TIME-WAIT time",
  settings: [
    {
      system: "windows",
      name: "TcpTimedWaitDelay",
      default: "120",
      note: "s on XP and Server 2003 (240 on NT and 2000)",
      source: "KB314053, TechNet cc757512",
    },
    {
      system: "windows",
      name: "MaxFreeTWTcbs",
      default: "1000",
      note: "2000 to 2003: more entries than this and the oldest are freed",
      source: "smallvoid.com winnt-tcpip-max-limit",
    },
    {
      system: "windows",
      name: "MaxUserPort",
      default: "5000",
      note: "to Server 2003: a wider range makes collisions rarer",
      source: "KB196271",
    },
    {
      system: "windows",
      name: "dynamicport.ipv4.tcp.num",
      default: "16384",
      note: "Vista and later",
      source: "KB929851",
    },
  ],
  refused: {
    errno: ["EADDRINUSE"],
    wsa: ["WSAEADDRINUSE"],
    netError: [53, 64],
    events: ["Tcpip 4227", "LPR Print Monitor 2004"],
    says:
      "single connects fail at once with 10048 although ports are free: the allocator drew one " +
      "that was last used to the same destination. Server 2003 before SP1 is prone to it; later " +
      "systems only when no other port is left",
  },
  lookalikes: [
    {
      limit: "ephemeral-ports",
      tellApart: "event 4231 or 10055, and about as many rows held as the range has ports",
    },
    {
      limit: "target-time-wait",
      tellApart:
        "the entry is at the target: the SYN leaves and is not answered or gets a challenge ACK",
    },
    {
      limit: "local-bind-ports",
      tellApart: "10048 from bind() of a port that a listener or another socket holds",
    },
  ],
  remedies: [
    {
      change:
        "Install Service Pack 1 of Server 2003, whose allocator first seeks a port without " +
        "TIME-WAIT",
      systems: ["windows"],
      price: "A service pack; collisions stay possible when every port has an entry",
      source: "TechNet cc759700, TCP/IP changes in Server 2003 SP1",
    },
    {
      change: "Widen the range and shorten TIME-WAIT",
      systems: ["windows"],
      commands: [
        "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v MaxUserPort /t " +
          "REG_DWORD /d 65534 /f",
        "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v " +
          "TcpTimedWaitDelay /t REG_DWORD /d 30 /f",
      ],
      price:
        "To Server 2003; a restart; below the standard's 2 MSL old segments may meet new " +
        "connections",
      source: "KB196271, KB314053",
    },
    {
      change: "Widen the dynamic range",
      systems: ["windows"],
      commands: ["netsh int ipv4 set dynamicport tcp start=10000 num=55535"],
      price: "Vista, Server 2008 and later",
      source: "KB929851",
    },
    {
      change: "Open fewer connections to that destination: reuse them, or pace new ones",
      systems: ["application"],
      price: "A change in the program",
    },
  ],
  alsoCalled: ["event 4227", "10048 on connect", "TIME_WAIT collision", "port reuse collision"],
  sources: [
    "TechNet cc759700 (Server 2003 SP1, smart TCP port allocation)",
    "KB2003449 (LPR, 11 source ports)",
    "Windows SDK, EVENT_TCPIP_TCP_TIME_WAIT_COLLISION",
  ],
}

const timeWaitTable: Limit = {
  id: "time-wait-table",
  place: "client",
  title: "Entries of the TIME-WAIT table",
  isPool: true,
  counts: "connections in TIME-WAIT, and on Linux orphaned FIN-WAIT-2",
  scope: "per network namespace (Linux), per host (Windows)",
  heldBy: "connections closed first by this side: 60 s on Linux, 120 or 240 s on Windows",
  settings: [
    {
      system: "linux",
      name: "net.ipv4.tcp_max_tw_buckets",
      default: "half the established hash (131072 with 262144 slots)",
      source: "Linux 6.12 net/ipv4/tcp.c, inet_timewait_sock.c inet_twsk_alloc",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_fin_timeout",
      default: "60",
      note: "s, of orphaned FIN-WAIT-2 only; it does not shorten TIME-WAIT",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "windows",
      name: "MaxFreeTWTcbs",
      default: "1000",
      note: "2000 to 2003: beyond it the oldest entries (2000: those older than 60 s) are freed",
      source: "smallvoid.com winnt-tcpip-max-limit; Server 2003 SP1 notes",
    },
    {
      system: "freebsd",
      name: "net.inet.tcp.maxtcptw",
      note: "to FreeBSD 13",
      source: "FreeBSD tcp(4)",
    },
  ],
  refused: {
    counters: ["TcpExtTCPTimeWaitOverflow", "TcpExtTW", "sockstat.TCP.tw"],
    events: ["time-wait-table-overflow"],
    says:
      "nobody is refused: at the limit a closing connection skips TIME-WAIT, its port is free " +
      "at once, and old segments may meet a new connection. It frees ports, it does not take them",
  },
  lookalikes: [
    {
      limit: "ephemeral-ports",
      tellApart: "connect() fails; a full TIME-WAIT table alone never makes it fail",
    },
    {
      limit: "tcb-table",
      tellApart:
        "on Windows to 2003 a full block table does refuse; TIME-WAIT entries are recycled first",
    },
  ],
  remedies: [
    {
      change: "Raise the table, where protection against old segments matters",
      systems: ["linux"],
      commands: ["sysctl -w net.ipv4.tcp_max_tw_buckets={double}"],
      price: "About 250 bytes of kernel memory an entry; ports then stay held the full 60 s",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      change: "Leave it: on its own it stops no connection",
      systems: ["linux", "windows"],
      price: "Rarely, a stray segment of an old connection is taken for one of a new",
      source: "measured on 6.18.44 (limit 5, 20 closes: all connects succeed)",
    },
  ],
  alsoCalled: ["time wait bucket table overflow", "tcp_max_tw_buckets", "MaxFreeTWTcbs"],
  sources: [
    "Linux 6.12 net/ipv4/tcp_minisocks.c tcp_time_wait",
    "measured on Linux 6.18.44",
    "KB Q151418 (early recycling on NT 4.0)",
  ],
}

/** TIME-WAIT in the client's way. */
export const TIME_WAIT_LIMITS: readonly Limit[] = [timeWaitCollision, timeWaitTable]
