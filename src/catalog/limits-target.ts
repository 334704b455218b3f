/**
 * Limits of the target: its queues for handshakes, session tables, TIME-WAIT, the program's own
 * quota, and the rivals refused and silent. Sources: Linux 6.12 source, Microsoft's articles,
 * measurements on 6.18.44.
 */
import type { Limit } from "../model/limit.ts"

const acceptQueue: Limit = {
  id: "accept-queue",
  place: "target",
  title: "Connections waiting for accept()",
  isPool: true,
  counts: "finished handshakes the server program has not accepted yet",
  scope: "per listening socket (each of a SO_REUSEPORT group has its own)",
  heldBy: "a connection until accept() takes it: a busy, stuck or descriptor-less server",
  settings: [
    {
      system: "linux",
      name: "net.core.somaxconn",
      default: "4096",
      note: "128 before 5.4; read at listen(), so the server must listen again",
      source: "Linux 6.12 net/socket.c __sys_listen_socket",
    },
    {
      system: "application",
      name: "backlog argument of listen()",
      default: "128, 511 (nginx, redis), 5",
      note: "the smaller of both counts; the queue holds one more",
      source: "Linux 6.12 sk_acceptq_is_full",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_abort_on_overflow",
      default: "0",
      note: "1 resets on the final ACK instead of staying silent",
      source: "Linux 6.12 tcp_check_req; measured on 6.18.44",
    },
    {
      system: "windows",
      name: "backlog maximum of listen()",
      default: "200",
      note: "NT 3.51: 100; NT 4.0 Workstation: 5, Server: 200",
      source: "KB Q127144",
    },
    {
      system: "windows",
      name: "MaxConnBackLog",
      default: "1000",
      note: "NetBT port 139, NT 4.0 and later; BacklogIncrement 3",
      source: "KB Q142641",
    },
    {
      system: "freebsd",
      name: "kern.ipc.soacceptqueue",
      default: "128",
      source: "FreeBSD listen(2)",
    },
    { system: "macos", name: "kern.ipc.somaxconn", default: "128", source: "macOS sysctl" },
  ],
  refused: {
    errno: ["ETIMEDOUT", "ECONNRESET", "ECONNREFUSED"],
    wsa: ["WSAETIMEDOUT", "WSAECONNREFUSED"],
    counters: [
      "TcpExtListenOverflows",
      "TcpExtListenDrops",
      "TcpExtTCPChallengeACK",
      "TcpExtTCPSYNChallenge",
    ],
    events: ["listen-queue-overflow"],
    says:
      "some connects succeed and then hang (the final ACK was dropped), others time out; the " +
      "listener's Recv-Q stands at its backlog plus one. Windows resets instead",
  },
  lookalikes: [
    {
      limit: "syn-queue",
      tellApart:
        "no connection is waiting: ListenDrops without ListenOverflows, or cookies are sent",
    },
    {
      limit: "file-descriptors",
      tellApart: "the server's accept() says EMFILE: the cause of the queue",
    },
    {
      limit: "firewall-rate",
      tellApart: "every target behind the firewall; the listener's queue is empty",
    },
    { limit: "target-silent", tellApart: "no connect to that port ever succeeds" },
    { limit: "path-loss", tellApart: "data of open connections is lost as well" },
  ],
  remedies: [
    {
      change: "Raise the backlog of the listener and somaxconn, then restart the server",
      systems: ["linux"],
      commands: ["sysctl -w net.core.somaxconn=8192", "ss -ltn sport = :{port}"],
      price: "A longer queue hides a slow server: clients wait instead of failing",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      change: "Make {process} accept faster: more workers, or find what blocks its accept loop",
      systems: ["application"],
      price: "A change in the program",
    },
    {
      change: "Raise the queue",
      systems: ["freebsd"],
      commands: ["sysctl kern.ipc.soacceptqueue=1024", "netstat -Lan"],
      price: "As above; the server must listen again",
      source: "FreeBSD listen(2)",
    },
    {
      change: "Raise the queue",
      systems: ["macos"],
      commands: ["sysctl -w kern.ipc.somaxconn=1024", "netstat -Lan"],
      price: "As above; the server must listen again",
      source: "macOS sysctl",
    },
  ],
  alsoCalled: [
    "listen backlog",
    "backlog",
    "somaxconn",
    "listen queue overflow",
    "SYNs to LISTEN sockets dropped",
  ],
  sources: ["Linux 6.12 net/ipv4/tcp_input.c tcp_conn_request", "measured on Linux 6.18.44"],
}

const synQueue: Limit = {
  id: "syn-queue",
  place: "target",
  title: "Handshakes the server has not finished",
  isPool: true,
  counts: "connections in SYN-RECEIVED",
  scope: "per listening socket",
  heldBy: "a SYN until the final ACK, or until SYN-ACK retries end (63 s on Linux)",
  settings: [
    {
      system: "linux",
      name: "net.core.somaxconn",
      default: "4096",
      note: "the backlog bounds this queue too",
      source: "Linux 6.12 inet_csk_reqsk_queue_is_full",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_max_syn_backlog",
      default: "max(128, established hash / 128)",
      note: "consulted only when tcp_syncookies=0: the last quarter is kept for proven peers",
      source: "Linux 6.12 net/ipv4/tcp_input.c tcp_conn_request",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_syncookies",
      default: "1",
      note: "1: cookies instead of drops; 2: always",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_synack_retries",
      default: "5",
      note: "1, 3, 7, 15, 31 s",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "windows",
      name: "TcpMaxHalfOpen",
      default: "100 or 500",
      note: "when SynAttackProtect starts; sources disagree which product has which",
      source: "TechNet cc938212",
    },
    {
      system: "windows",
      name: "SynAttackProtect",
      default: "0",
      note: "on by default from Server 2003 SP1, always on from Vista",
      source: "KB Q142641, TechNet cc781167, cc759700",
    },
    { system: "freebsd", name: "net.inet.tcp.syncache.cachelimit", source: "FreeBSD syncache(4)" },
  ],
  refused: {
    errno: ["ETIMEDOUT"],
    wsa: ["WSAETIMEDOUT"],
    counters: [
      "TcpExtListenDrops",
      "TcpExtTCPReqQFullDrop",
      "TcpExtTCPReqQFullDoCookies",
      "TcpExtSyncookiesSent",
      "TcpExtSyncookiesFailed",
    ],
    events: ["syn-flooding"],
    says:
      "without cookies SYNs are dropped and clients time out; with cookies nobody is refused, " +
      "only the log line and SyncookiesSent show it",
  },
  lookalikes: [
    {
      limit: "accept-queue",
      tellApart: "ListenOverflows moves and Recv-Q of the listener is full",
    },
    {
      limit: "path-loss",
      tellApart: "SYN-RECEIVED rows pile up because SYN-ACKs are lost on the way back",
    },
    { limit: "target-silent", tellApart: "no SYN-ACK ever, also when nobody else connects" },
  ],
  remedies: [
    {
      change: "Turn SYN cookies on",
      systems: ["linux"],
      commands: ["sysctl -w net.ipv4.tcp_syncookies=1"],
      price: "Under pressure some TCP options are lost",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      change: "Raise the backlog of the listener and somaxconn",
      systems: ["linux"],
      commands: [
        "sysctl -w net.core.somaxconn=8192",
        "sysctl -w net.ipv4.tcp_max_syn_backlog=8192",
      ],
      price: "Memory for half-finished handshakes; the server must listen again",
      source: "Linux 6.12 inet_csk_reqsk_queue_is_full",
    },
    {
      change: "Drop the flood before it reaches the listener",
      systems: ["netfilter"],
      commands: [
        "nft add rule inet filter input tcp dport {port} ct state new limit rate over " +
          "200/second drop",
      ],
      price: "Real clients above the rate are dropped as well",
      source: "nft(8)",
    },
  ],
  alsoCalled: ["SYN backlog", "SYN flood", "half-open connections", "SYN cookies", "embryonic"],
  sources: ["Linux 6.12 net/ipv4/tcp_input.c", "measured on Linux 6.18.44"],
}

/** Queues and tables of the target's stack. */
export const TARGET_LIMITS: readonly Limit[] = [acceptQueue, synQueue]
