/**
 * What the server program or host at the target does of its own: a quota for clients, a closed
 * port, silence. Sources: the servers' documentation, RFC 9293, measurements on Linux 6.18.44.
 */
import type { Limit } from "../model/limit.ts"

const targetQuota: Limit = {
  id: "target-quota",
  place: "target",
  title: "The server program's own limit",
  isPool: true,
  counts: "clients, unauthenticated logins or requests that the program allows",
  scope: "per server, or per client address or user, as the program says",
  heldBy: "clients that are connected, idle ones as well",
  settings: [
    {
      system: "openssh",
      name: "MaxStartups",
      default: "10:30:100",
      note: "from 10 unauthenticated connections 30 % are refused, at 100 all",
      source: "sshd_config(5)",
    },
    {
      system: "openssh",
      name: "PerSourceMaxStartups",
      default: "none",
      source: "sshd_config(5)",
    },
    {
      system: "mysql",
      name: "max_connections",
      default: "151",
      note: "and max_user_connections per user",
      source: "MySQL Reference Manual, Server System Variables",
    },
    {
      system: "postgresql",
      name: "max_connections",
      default: "100",
      note: "less superuser_reserved_connections",
      source: "PostgreSQL documentation, Connections and Authentication",
    },
    { system: "redis", name: "maxclients", default: "10000", source: "redis.conf" },
    {
      system: "nginx",
      name: "worker_connections",
      default: "512",
      note: "per worker, both sides counted; limit_conn per key",
      source: "nginx documentation, Core functionality",
    },
    {
      system: "haproxy",
      name: "maxconn",
      note: "global, per frontend and per server; termination flag P or R",
      source: "HAProxy configuration manual",
    },
    {
      system: "apache",
      name: "MaxRequestWorkers",
      default: "400",
      note: "event MPM; beyond it connections wait in the accept queue",
      source: "Apache HTTP Server documentation, mpm_common",
    },
    {
      system: "envoy",
      name: "max_connections",
      default: "1024",
      note: "upstream_cx_overflow",
      source: "Envoy documentation, circuit breaking",
    },
  ],
  refused: {
    errno: ["ECONNRESET", "ECONNREFUSED", "EPIPE", "server-full", "closed-early"],
    wsa: ["WSAECONNRESET"],
    events: ["sshd-max-startups"],
    counters: ["TcpEstabResets"],
    says:
      "the connection is made and the server says that it is full, or closes before its first " +
      "byte; the number of clients stays flat; one target only",
  },
  lookalikes: [
    { limit: "firewall-concurrent", tellApart: "several targets behind one firewall fail alike" },
    {
      limit: "accept-queue",
      tellApart: "the handshake itself hangs: the kernel's queue, not the program's",
    },
    { limit: "target-refused", tellApart: "nothing listens: refused also with no other client" },
    { limit: "target-sessions", tellApart: "a Windows file server says error 71" },
  ],
  remedies: [
    {
      change: "Raise the server's limit",
      systems: ["openssh"],
      commands: [
        "sed -i 's/^#\\?MaxStartups.*/MaxStartups 100:30:300/' /etc/ssh/sshd_config",
        "sshd -t",
      ],
      price: "More room for password guessing",
      source: "sshd_config(5)",
    },
    {
      change: "Raise the server's limit",
      systems: ["mysql"],
      commands: ["SET PERSIST max_connections = 500;"],
      price: "Memory per connection; descriptors must suffice",
      source: "MySQL Reference Manual",
    },
    {
      change: "Put a pooler in front, rather than raise max_connections",
      systems: ["postgresql"],
      commands: ["SELECT count(*), state FROM pg_stat_activity GROUP BY state;"],
      price: "Session features are lost in transaction pooling",
      source: "PostgreSQL documentation; PgBouncer documentation",
    },
    {
      change: "Use fewer connections per client, and close idle ones",
      systems: ["application"],
      price: "A change in the program's pool settings",
    },
  ],
  alsoCalled: ["max_connections", "MaxStartups", "maxclients", "too many clients", "maxconn"],
  sources: ["documentation of the named servers", "scylla-cluster-tests PR 2005 (MaxStartups)"],
}

const targetRefused: Limit = {
  id: "target-refused",
  place: "target",
  title: "Nothing listens on the port",
  isPool: false,
  counts: "nothing: the port is closed",
  scope: "per target address and port",
  heldBy: "the server program is not running, or listens elsewhere",
  settings: [],
  refused: {
    errno: ["ECONNREFUSED"],
    wsa: ["WSAECONNREFUSED"],
    netError: [1225, 1234, 1722],
    counters: ["TcpAttemptFails", "TcpActiveOpens"],
    says: "refused at once, every time, after one round trip: a RST answers the SYN",
  },
  lookalikes: [
    {
      limit: "firewall-policy",
      tellApart:
        "a firewall resets in the target's name: another time to live, or other sources get in",
    },
    {
      limit: "firewall-concurrent",
      tellApart: "a quota with reset: the first N connects succeed",
    },
    {
      limit: "accept-queue",
      tellApart: "Windows resets when the backlog is full: some connects succeed",
    },
    { limit: "local-firewall", tellApart: "no packet leaves; the rule's counter moves" },
  ],
  remedies: [
    {
      change: "Start the service on {target}, or use the port it listens on",
      systems: ["linux"],
      commands: ["ss -ltnp sport = :{port}"],
      price: "None",
    },
    {
      change: "Start the service on {target}, or use the port it listens on",
      systems: ["windows"],
      commands: ['netstat -ano | find ":{port}"'],
      price: "None",
    },
    {
      change: "Let the service listen on the address that is used, not only on 127.0.0.1",
      systems: ["application"],
      price: "It becomes reachable from outside",
    },
  ],
  alsoCalled: ["connection refused", "closed port"],
  sources: ["RFC 9293 3.10.7.1", "measured on Linux 6.18.44"],
}

const targetSilent: Limit = {
  id: "target-silent",
  place: "target",
  title: "The target does not answer",
  isPool: false,
  counts: "nothing: the host is down or drops what it gets",
  scope: "per target",
  heldBy: "the host, or a filter in front of it",
  settings: [
    {
      system: "linux",
      name: "net.ipv4.tcp_syn_retries",
      default: "6",
      note: "connect gives up after 131 s with 4 linear timeouts (6.5 and later), else 127 s",
      source: "Linux Documentation/networking/ip-sysctl.rst; measured on 6.18.44",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_syn_linear_timeouts",
      default: "4",
      note: "since 6.5",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "windows",
      name: "TcpMaxConnectRetransmissions",
      default: "2",
      note: "21 s; 3 on NT: 45 s",
      source: "KB314053, KB Q140552",
    },
    {
      system: "windows",
      name: "MaxSynRetransmissions",
      default: "2 or 4",
      note: "netsh int tcp show global; 3000 ms x 2 in older, 1000 ms x 4 in newer listings",
      source: "captures of netsh int tcp show global",
    },
  ],
  refused: {
    errno: ["ETIMEDOUT", "EHOSTUNREACH", "EHOSTDOWN"],
    wsa: ["WSAETIMEDOUT", "WSAEHOSTDOWN"],
    netError: [53, 121, 1722],
    counters: ["TcpExtTCPSynRetrans", "TcpExtTCPTimeouts", "TcpExtTCPAbortOnTimeout"],
    says:
      "one target times out, every time, on every port; on the own link EHOSTUNREACH after 0.4 " +
      "to 3 s and only ARP on the wire. Each waiting attempt holds a port until it gives up",
  },
  lookalikes: [
    {
      limit: "firewall-policy",
      tellApart: "the target answers on other ports, or to other sources",
    },
    { limit: "firewall-concurrent", tellApart: "many targets fail, and those already open go on" },
    { limit: "embryonic-outbound", tellApart: "live targets are delayed too; event 4226" },
    { limit: "local-firewall", tellApart: "TCPRetransFail moves: the SYN never left" },
    {
      limit: "path-unreachable",
      tellApart: "ICMP unreachable comes back, or the whole network is silent",
    },
  ],
  remedies: [
    {
      change: "Check whether {target} is up and its own firewall allows port {port}",
      systems: ["linux", "windows", "macos", "freebsd"],
      commands: ["ping {target}"],
      price: "None",
    },
    {
      change: "Give up on it sooner, so that it does not hold ports and slots",
      systems: ["linux"],
      commands: ["sysctl -w net.ipv4.tcp_syn_retries=3"],
      price: "Slow or lossy targets fail sooner too",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
  ],
  alsoCalled: ["host down", "no answer", "connect timeout", "black hole"],
  sources: ["measured on Linux 6.18.44", "KB314053"],
}

/** The server's own doing. */
export const SERVER_LIMITS: readonly Limit[] = [targetQuota, targetRefused, targetSilent]
