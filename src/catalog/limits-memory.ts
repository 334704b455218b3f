/**
 * Limits of the client that are about memory and forgotten sockets: TCP memory, orphans, sockets a
 * program never closes. Sources: Linux 6.12 net/ipv4/tcp.c, Microsoft's articles, measurements on
 * 6.18.44.
 */
import type { Limit } from "../model/limit.ts"

const socketMemory: Limit = {
  id: "socket-memory",
  place: "client",
  title: "Memory for sockets",
  isPool: true,
  counts: "pages of TCP buffers (Linux), non-paged pool (Windows), mbufs (BSD)",
  scope: "per host, all network namespaces together; with memory cgroups also per cgroup",
  heldBy: "unread and unacknowledged data of every socket, as long as it waits",
  settings: [
    {
      system: "linux",
      name: "net.ipv4.tcp_mem",
      default: "4.68 / 6.25 / 9.37 % of memory, in pages",
      note: "low, pressure, high",
      source: "Linux 6.12 net/ipv4/tcp.c tcp_init_mem",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_rmem",
      default: "4096 131072 6291456",
      note: "bytes a socket: min, default, max",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_wmem",
      default: "4096 16384 4194304",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    { system: "freebsd", name: "kern.ipc.nmbclusters", source: "FreeBSD tuning(7)" },
    {
      system: "windows",
      name: "non-paged pool",
      note: "by memory; events 2019 and 2020 of Srv when it is empty",
      source: "Windows SDK, EVENT_SRV_NO_NONPAGED_POOL; KB Q272194",
    },
  ],
  refused: {
    errno: ["ENOBUFS", "ENOMEM"],
    wsa: ["WSAENOBUFS"],
    netError: [1130],
    events: ["tcp-out-of-memory", "Srv 2019", "Srv 2020"],
    counters: ["TcpExtTCPMemoryPressures", "TcpExtTCPAbortOnMemory", "sockstat.TCP.mem"],
    says:
      "sending stalls, windows close and orphans are reset; connect() itself rarely fails. On " +
      "Windows 10055 without a shortage of ports",
  },
  lookalikes: [
    {
      limit: "ephemeral-ports",
      tellApart: "on Windows 10055 usually means ports: count rows first",
    },
    {
      limit: "orphans",
      tellApart: '"too many orphaned sockets" instead of "out of memory" in the log',
    },
    {
      limit: "path-loss",
      tellApart: "stalls come with retransmissions, and TCP memory is far from its limit",
    },
  ],
  remedies: [
    {
      change: "Raise tcp_mem",
      systems: ["linux"],
      commands: [
        "awk '{print 2*$1, 2*$2, 2*$3}' /proc/sys/net/ipv4/tcp_mem >/run/tcp_mem",
        "cat /run/tcp_mem >/proc/sys/net/ipv4/tcp_mem",
      ],
      price: "Memory that programs then lack; pages of 4 KiB",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      change: "Read faster, or lower the largest buffer",
      systems: ["linux", "application"],
      commands: ["ss -tmn | head", "sysctl -w net.ipv4.tcp_rmem='4096 131072 2097152'"],
      price: "Less throughput on long paths",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      change: "Find what fills the pool",
      systems: ["windows"],
      commands: ["poolmon -b"],
      price: "None",
      source: "Microsoft, PoolMon",
    },
  ],
  alsoCalled: [
    "tcp_mem",
    "memory pressure",
    "out of socket memory",
    "mbuf clusters",
    "non-paged pool",
  ],
  sources: ["Linux 6.12 net/ipv4/tcp.c", "KB Q272194", "Windows Sockets error codes 10055"],
}

const orphans: Limit = {
  id: "orphans",
  place: "client",
  title: "Orphaned connections",
  isPool: true,
  counts:
    "connections closed by their program that TCP still has to finish (FIN-WAIT-1, LAST-ACK, " +
    "CLOSING)",
  scope: "per host, all network namespaces together",
  heldBy: "the kernel, until the peer acknowledges or tcp_orphan_retries are used up",
  settings: [
    {
      system: "linux",
      name: "net.ipv4.tcp_max_orphans",
      default: "half the established hash",
      note: "a socket without progress counts two- or fourfold",
      source: "Linux 6.12 net/ipv4/tcp.c tcp_too_many_orphans",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_orphan_retries",
      default: "0 (means 8)",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_fin_timeout",
      default: "60",
      note: "s; FIN-WAIT-2 up to 60 s stands in the TIME-WAIT table and is no orphan",
      source: "Linux 6.12 net/ipv4/tcp.c __tcp_close",
    },
  ],
  refused: {
    errno: ["ECONNRESET"],
    counters: ["TcpExtTCPAbortOnMemory", "sockstat.TCP.orphan"],
    events: ["too-many-orphans"],
    says: "the peer sees a RST in place of the last data; the program here had already closed",
  },
  lookalikes: [
    { limit: "socket-memory", tellApart: "sockstat mem near tcp_mem, log says out of memory" },
    {
      limit: "application-leak",
      tellApart: "CLOSE-WAIT still belongs to a program and is never an orphan",
    },
  ],
  remedies: [
    {
      change: "Give up on dead peers sooner",
      systems: ["linux"],
      commands: ["sysctl -w net.ipv4.tcp_orphan_retries=2"],
      price: "Slow peers may lose the end of a transfer",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      change: "Raise the limit",
      systems: ["linux"],
      commands: ["sysctl -w net.ipv4.tcp_max_orphans={double}"],
      price: "Up to 64 KiB of unswappable memory an orphan",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
  ],
  alsoCalled: ["too many orphaned sockets", "tcp_max_orphans"],
  sources: ["Linux 6.12 net/ipv4/tcp.c"],
}

const applicationLeak: Limit = {
  id: "application-leak",
  place: "client",
  title: "Connections a program never closes",
  isPool: true,
  counts: "sockets in CLOSE-WAIT: the peer has closed, the program here has not",
  scope: "per process; they use up its descriptors, and ports of the destination",
  heldBy: "the program, for ever: TCP has no timer for CLOSE-WAIT",
  settings: [
    {
      system: "linux",
      name: "Max open files",
      default: "1024",
      note: "what a leak meets first",
      source: "getrlimit(2)",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_keepalive_time",
      default: "7200",
      note: "s; ends a leaked socket only if the program asked for keep-alive and the peer is gone",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "windows",
      name: "KeepAliveTime",
      default: "7200000",
      note: "ms; off unless the program asks",
      source: "KB314053",
    },
  ],
  refused: {
    errno: ["EMFILE", "EADDRNOTAVAIL"],
    wsa: ["WSAEMFILE", "WSAENOBUFS"],
    counters: ["TcpCurrEstab", "process.fds"],
    says: "nothing fails for hours; CLOSE-WAIT only grows, then descriptors or ports run out",
  },
  lookalikes: [
    {
      limit: "file-descriptors",
      tellApart: "the effect: the limit is reached because nothing is closed",
    },
    {
      limit: "accept-queue",
      tellApart: "CLOSE-WAIT with data still unread may be a server that is too slow",
    },
    { limit: "ephemeral-ports", tellApart: "the pool is held by CLOSE-WAIT instead of TIME-WAIT" },
  ],
  remedies: [
    {
      change: "Close the connection in every path of {process}, error paths first",
      systems: ["application"],
      commands: ["ss -tanp state close-wait"],
      price: "A change in the program",
    },
    {
      change: "Restart {process} (pid {pid}) to free what it holds",
      systems: ["linux", "windows", "macos", "freebsd"],
      price: "Interrupts its work, and it will leak again",
    },
    {
      change: "Close single sockets from outside",
      systems: ["linux"],
      commands: ["ss -K state close-wait dst {target}"],
      price: "Needs root and CONFIG_INET_DIAG_DESTROY; the program sees ECONNABORTED",
      source: "ss(8)",
    },
  ],
  alsoCalled: ["CLOSE_WAIT leak", "socket leak", "connection leak", "handle leak"],
  sources: ["RFC 9293 3.6", "measured on Linux 6.18.44"],
}

/** Memory, orphans and leaks. */
export const MEMORY_LIMITS: readonly Limit[] = [socketMemory, orphans, applicationLeak]
