/**
 * What stands on the client itself between a program and the wire: its conntrack table, its own
 * filter rules, its addresses and its resolver. Sources: Linux 6.12 netfilter, measurements on
 * 6.18.44.
 */
import type { Limit } from "../model/limit.ts"

const localConntrack: Limit = {
  id: "local-conntrack",
  place: "client",
  title: "The host's own connection-tracking table",
  isPool: true,
  counts: "flows, of every protocol, in any state",
  scope: "entries are counted per network namespace against one number for the host",
  heldBy:
    "a flow until its state's timer ends: 120 s after a normal close (twice TIME-WAIT), 120 s " +
    "unanswered, 5 days established",
  settings: [
    {
      system: "linux",
      name: "net.netfilter.nf_conntrack_max",
      default: "the number of buckets (262144 above 4 GiB, 65536 above 1 GiB)",
      note: "older kernels four times the buckets; read-only inside a namespace",
      source: "Linux 6.12 net/netfilter/nf_conntrack_core.c",
    },
    {
      system: "linux",
      name: "net.netfilter.nf_conntrack_buckets",
      default: "by memory",
      source: "Linux Documentation/networking/nf_conntrack-sysctl.rst",
    },
    {
      system: "linux",
      name: "net.netfilter.nf_conntrack_tcp_timeout_established",
      default: "432000",
      note: "s; kube-proxy sets 86400",
      source: "Linux Documentation/networking/nf_conntrack-sysctl.rst",
    },
    {
      system: "linux",
      name: "net.netfilter.nf_conntrack_tcp_timeout_time_wait",
      default: "120",
      source: "Linux Documentation/networking/nf_conntrack-sysctl.rst",
    },
    {
      system: "linux",
      name: "net.netfilter.nf_conntrack_tcp_timeout_close_wait",
      default: "60",
      note: "kube-proxy sets 3600",
      source: "Linux Documentation/networking/nf_conntrack-sysctl.rst; kubernetes issue 97377",
    },
    {
      system: "kubernetes",
      name: "conntrack.maxPerCore",
      default: "32768",
      note: "times the cores, at least conntrack.min 131072",
      source: "kubernetes issue 71261",
    },
    {
      system: "aws",
      name: "connection tracking allowance of the instance type",
      note: "security groups; ethtool -S conntrack_allowance_exceeded",
      source: "Amazon EC2 User Guide, security group connection tracking",
    },
  ],
  refused: {
    errno: ["ETIMEDOUT"],
    counters: [
      "conntrack.drop",
      "conntrack.early_drop",
      "conntrack.count",
      "TcpExtTCPRetransFail",
      "TcpExtTCPSynRetrans",
    ],
    events: ["conntrack-table-full"],
    says:
      "every new connection times out, to all destinations, also ping and DNS; open ones go on. " +
      "SYN-SENT rows stand in the table and no SYN is on the wire",
  },
  lookalikes: [
    {
      limit: "local-firewall",
      tellApart: "the same TCPRetransFail, but the table is not full and a rule's counter moves",
    },
    {
      limit: "path-conntrack",
      tellApart: "SYNs do leave: TCPSynRetrans moves without TCPRetransFail",
    },
    {
      limit: "firewall-concurrent",
      tellApart: "SYNs leave unanswered; other hosts are not affected",
    },
  ],
  remedies: [
    {
      change: "Raise the table and its buckets",
      systems: ["linux"],
      commands: [
        "sysctl -w net.netfilter.nf_conntrack_max={double}",
        "echo {double} >/sys/module/nf_conntrack/parameters/hashsize",
      ],
      price: "About 320 bytes an entry",
      source: "Linux Documentation/networking/nf_conntrack-sysctl.rst",
    },
    {
      change: "Forget dead flows sooner",
      systems: ["linux"],
      commands: [
        "sysctl -w net.netfilter.nf_conntrack_tcp_timeout_established=86400",
        "sysctl -w net.netfilter.nf_conntrack_tcp_timeout_time_wait=30",
      ],
      price: "Connections idle for longer lose their flow, and NAT their mapping",
      source: "Linux Documentation/networking/nf_conntrack-sysctl.rst",
    },
    {
      change: "Do not track what needs no state",
      systems: ["linux"],
      commands: [
        "nft add table ip raw",
        "nft add chain ip raw out '{ type filter hook output priority raw; }'",
        "nft add rule ip raw out tcp dport {port} notrack",
      ],
      price: "No NAT and no state match for those connections; the answers need notrack as well",
      source: "nft(8)",
    },
  ],
  alsoCalled: ["nf_conntrack: table full", "conntrack full", "ip_conntrack", "state table"],
  sources: [
    "Linux 6.12 net/netfilter/nf_conntrack_core.c",
    "measured on Linux 6.18.44 (counters and log)",
  ],
}

const localFirewall: Limit = {
  id: "local-firewall",
  place: "client",
  title: "The host's own filter rules",
  isPool: false,
  counts:
    "nothing: a rule of this host drops or rejects outgoing connections (or limits their number)",
  scope: "as the rule says",
  heldBy: "the rule, until it is changed",
  settings: [
    {
      system: "linux",
      name: "nft or iptables rules of the output and postrouting hooks",
      source: "nft(8), iptables(8)",
    },
    {
      system: "windows",
      name: "Windows Filtering Platform, outbound rules",
      source: "Microsoft, Windows Defender Firewall",
    },
    { system: "macos", name: "pf anchors and content filters", source: "pf.conf(5)" },
    {
      system: "kubernetes",
      name: "NetworkPolicy, egress",
      source: "Kubernetes documentation, Network Policies",
    },
  ],
  refused: {
    errno: ["ETIMEDOUT", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EPERM", "EACCES"],
    wsa: ["WSAEACCES", "WSAETIMEDOUT"],
    counters: [
      "TcpExtTCPRetransFail",
      "TcpExtTCPSynRetrans",
      "TcpExtTCPTimeouts",
      "TcpAttemptFails",
      "TcpExtLockDroppedIcmps",
    ],
    says:
      "a dropped SYN is a timeout, not EPERM: TCP ignores the error. TCPRetransFail moving " +
      "together with TCPSynRetrans says that the drop is on this host; a rejected one fails in " +
      "about 1 s",
  },
  lookalikes: [
    { limit: "local-conntrack", tellApart: "the conntrack table is full and its log line says so" },
    {
      limit: "firewall-policy",
      tellApart: "the same outcome from a box on the way: TCPRetransFail does not move",
    },
    {
      limit: "target-refused",
      tellApart: "a local reject with reset counts like a remote one: look at the rules' counters",
    },
    { limit: "target-silent", tellApart: "SYNs do leave the machine" },
  ],
  remedies: [
    {
      change: "Find the rule whose counter moves and change it",
      systems: ["linux"],
      commands: ["nft -a list ruleset", "iptables -L OUTPUT -v -n --line-numbers"],
      price: "It was probably put there for a reason",
      source: "nft(8)",
    },
    {
      change: "See which filter drops",
      systems: ["windows"],
      commands: [
        "netsh wfp show netevents",
        "Get-NetFirewallRule -Direction Outbound -Action Block",
      ],
      price: "None",
      source: "Microsoft, netsh wfp",
    },
  ],
  alsoCalled: ["OUTPUT chain", "egress rule", "host firewall", "iptables drop"],
  sources: ["Linux 6.12 net/ipv4/tcp_output.c tcp_connect", "measured on Linux 6.18.44"],
}

const sourceAddress: Limit = {
  id: "source-address",
  place: "client",
  title: "No usable local address",
  isPool: false,
  counts:
    "nothing: the host has no address of the needed family, or the bound address is not its own",
  scope: "per address family, or per configured source address",
  heldBy: "the configuration, until an address or a route exists",
  settings: [
    {
      system: "linux",
      name: "net.ipv6.conf.all.disable_ipv6",
      default: "0",
      note: "1 in many containers: ::1 and IPv6 targets then say EADDRNOTAVAIL",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "linux",
      name: "net.ipv4.ip_nonlocal_bind",
      default: "0",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    { system: "application", name: "source or bind address of the program", source: "the program" },
  ],
  refused: {
    errno: ["EADDRNOTAVAIL", "ENETUNREACH", "EAFNOSUPPORT", "EINVAL"],
    wsa: ["WSAEADDRNOTAVAIL", "WSAENETUNREACH"],
    counters: ["IpOutNoRoutes"],
    says:
      "the very first attempt fails at once, with few sockets in the table: reported as port " +
      "exhaustion about as often as real exhaustion is",
  },
  lookalikes: [
    {
      limit: "ephemeral-ports",
      tellApart: "sockets to the destination fill the range; earlier attempts had succeeded",
    },
    { limit: "path-unreachable", tellApart: "a packet leaves and ICMP comes back" },
  ],
  remedies: [
    {
      change: "Check the addresses and the route, then give the host an address of that family",
      systems: ["linux"],
      commands: ["ip addr", "ip route get {target}"],
      price: "None",
    },
    {
      change: "Use IPv4, or the numeric 127.0.0.1 instead of localhost, where there is no IPv6",
      systems: ["application"],
      price: "A change in the program's configuration",
      source: "issue threads: containers without IPv6",
    },
    {
      change: "Check the addresses",
      systems: ["windows", "macos", "freebsd"],
      commands: ["ipconfig /all", "route print"],
      price: "None",
    },
  ],
  alsoCalled: ["cannot assign requested address", "wrong source address", "IPv6 disabled"],
  sources: [
    "measured on Linux 6.18.44 (bind to a foreign address)",
    "issue threads of public repositories (containers without IPv6)",
  ],
}

const nameResolution: Limit = {
  id: "name-resolution",
  place: "client",
  title: "Names, not connections",
  isPool: false,
  counts: "nothing: the name gave no address, so no connection was tried",
  scope: "per name, or per name server",
  heldBy: "the resolver's configuration, or a name server that does not answer",
  settings: [
    { system: "linux", name: "/etc/resolv.conf", source: "resolv.conf(5)" },
    { system: "linux", name: "/etc/hosts", source: "hosts(5)" },
    { system: "windows", name: "NameServer", source: "ipconfig /all" },
  ],
  refused: {
    errno: ["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA"],
    wsa: ["WSAHOST_NOT_FOUND", "WSATRY_AGAIN", "WSANO_DATA", "WSANO_RECOVERY"],
    netError: [53, 67, 1203],
    says: "the program names the host, not a port; the numeric address works",
  },
  lookalikes: [
    {
      limit: "firewall-concurrent",
      tellApart:
        "errors 53 and 1203 read like names; if other machines resolve the same names and this " +
        "one does with nslookup, it is not names",
    },
    {
      limit: "local-conntrack",
      tellApart: "a full table drops DNS as well: EAI_AGAIN together with connect timeouts",
    },
    { limit: "target-silent", tellApart: "the name does resolve and the SYN is not answered" },
  ],
  remedies: [
    {
      change: "Ask the name server directly, then the address",
      systems: ["linux", "windows", "macos", "freebsd"],
      commands: ["nslookup {target}"],
      price: "None",
    },
    {
      change: "Cache names on the host, where the resolver is flooded by the same connects",
      systems: ["linux"],
      commands: ["systemctl enable --now systemd-resolved"],
      price: "Stale answers for the time to live",
      source: "systemd-resolved(8)",
    },
  ],
  alsoCalled: ["DNS", "host not found", "unknown host"],
  sources: ["RFC 3493 6.1", "C. Stoneff, Managing Machines through ISA Server"],
}

/** Between the program and the wire, on the client itself. */
export const LOCAL_LIMITS: readonly Limit[] = [
  localConntrack,
  localFirewall,
  sourceAddress,
  nameResolution,
]
