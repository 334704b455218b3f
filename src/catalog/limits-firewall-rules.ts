/**
 * What a firewall on the path does to a connection whatever their number: denies it by rule, or
 * forgets it when idle. Sources: vendors' and clouds' documentation, TMG error codes, measurements
 * on Linux 6.18.44.
 */
import type { Limit } from "../model/limit.ts"

const firewallPolicy: Limit = {
  id: "firewall-policy",
  place: "path",
  title: "Denied by a rule on the path",
  isPool: false,
  counts: "nothing: a rule denies the connection",
  scope: "as the rule says: source, destination, port, protocol",
  heldBy: "the rule, until it is changed",
  settings: [
    { system: "isa", name: "firewall policy rules", source: "wspfwerr.h 0xC004000D" },
    { system: "netfilter", name: "drop and reject rules of the forward hook", source: "nft(8)" },
    { system: "pf", name: "block rules", source: "pf.conf(5)" },
    { system: "asa", name: "access-list", source: "Cisco ASA syslog 106023" },
    { system: "aws", name: "security group, network ACL", source: "Amazon VPC User Guide" },
    { system: "azure", name: "network security group", source: "Azure documentation" },
    { system: "gcp", name: "VPC firewall rules", source: "Google Cloud documentation" },
  ],
  refused: {
    errno: ["ETIMEDOUT", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"],
    wsa: ["WSAETIMEDOUT", "WSAECONNREFUSED", "WSAEHOSTUNREACH"],
    netError: [53, 1231, 1232],
    counters: ["TcpExtTCPSynRetrans", "TcpAttemptFails", "IcmpInDestUnreachs"],
    says:
      "always refused, from the first attempt on: silently (timeout), by reset (refused at " +
      "once) or by ICMP (prohibited reads as EHOSTUNREACH). Other ports or other sources work",
  },
  lookalikes: [
    { limit: "target-silent", tellApart: "the target answers on other ports or to other sources" },
    {
      limit: "target-refused",
      tellApart: "a reset by a firewall has another time to live than the target's own packets",
    },
    { limit: "firewall-concurrent", tellApart: "some attempts succeed: a quota, not a rule" },
    {
      limit: "local-firewall",
      tellApart: "TCPRetransFail moves: the drop is on the client itself",
    },
  ],
  remedies: [
    {
      change: "Ask for a rule that allows {subject} to {target} port {port}",
      systems: ["isa", "netfilter", "pf", "asa", "aws", "azure", "gcp"],
      price: "Someone has to decide whether it should be allowed",
    },
    {
      change: "Find the rule",
      systems: ["netfilter"],
      commands: ["nft monitor trace", "nft -a list ruleset"],
      price: "Tracing costs CPU",
      source: "nft(8)",
    },
  ],
  alsoCalled: ["blocked", "denied", "ACL", "admin prohibited", "0xC004000D"],
  sources: ["TMG SDK error codes", "measured on Linux 6.18.44 (reject variants)"],
}

const firewallIdleTimeout: Limit = {
  id: "firewall-idle-timeout",
  place: "path",
  title: "A flow forgotten while both ends still hold the connection",
  isPool: false,
  counts: "nothing: seconds without a packet",
  scope: "per flow, on every box on the path; the shortest timer counts",
  heldBy: "the box's timer, restarted by each packet",
  settings: [
    { system: "aws", name: "NAT gateway idle", default: "350 s", source: "Amazon VPC User Guide" },
    { system: "aws", name: "NLB idle", default: "350 s", source: "appscope issue 320" },
    {
      system: "azure",
      name: "NAT gateway idle",
      default: "4 min",
      note: "4 to 120; a reset is sent for late packets",
      source: "Azure NAT gateway resource documentation",
    },
    {
      system: "azure",
      name: "load balancer idle",
      default: "4 min",
      note: "AKS sets 30",
      source: "Azure load balancer outbound connections",
    },
    {
      system: "gcp",
      name: "Cloud NAT established idle",
      default: "1200 s",
      source: "Google Cloud NAT documentation",
    },
    {
      system: "netfilter",
      name: "net.netfilter.nf_conntrack_tcp_timeout_established",
      default: "432000",
      note: "s; a router at home may set 3600 or less",
      source: "Linux Documentation/networking/nf_conntrack-sysctl.rst",
    },
    {
      system: "asa",
      name: "timeout conn",
      default: "1:00:00",
      source: "Cisco ASA command reference",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_keepalive_time",
      default: "7200",
      note: "s on the end host: longer than most boxes remember",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "windows",
      name: "KeepAliveTime",
      default: "7200000",
      note: "ms",
      source: "KB314053",
    },
  ],
  refused: {
    errno: ["ETIMEDOUT", "ECONNRESET", "EPIPE"],
    wsa: ["WSAECONNRESET", "WSAENETRESET", "WSAECONNABORTED"],
    netError: [64, 59],
    counters: ["TcpExtTCPTimeouts", "TcpExtTCPLossProbes", "TcpRetransSegs"],
    says:
      "connecting works; the first request after a pause is never answered or meets a reset; " +
      "the socket stays ESTABLISHED with retransmissions; ISA logs 0xC0040017",
  },
  lookalikes: [
    {
      limit: "path-loss",
      tellApart: "loss hits busy connections too, not only those after a pause",
    },
    { limit: "path-mtu", tellApart: "hangs depend on size, not on a pause" },
    {
      limit: "target-quota",
      tellApart: "a server's own idle timeout closes with FIN, not with silence",
    },
  ],
  remedies: [
    {
      change: "Send keep-alives more often than the shortest timer on the way",
      systems: ["linux"],
      commands: [
        "sysctl -w net.ipv4.tcp_keepalive_time=120",
        "sysctl -w net.ipv4.tcp_keepalive_intvl=30",
        "sysctl -w net.ipv4.tcp_keepalive_probes=4",
      ],
      price: "Only for sockets whose program asks for keep-alive; a little traffic",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      change: "Close idle connections in the program's pool before the box forgets them",
      systems: ["application"],
      price: "A few more handshakes",
    },
    {
      change: "Send keep-alives more often",
      systems: ["windows"],
      commands: [
        "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v KeepAliveTime " +
          "/t REG_DWORD /d 120000 /f",
      ],
      price: "A restart; only for programs that ask for keep-alive",
      source: "KB314053",
    },
  ],
  alsoCalled: ["idle timeout", "half-dead connection", "stale connection", "0xC0040017"],
  sources: ["Amazon VPC User Guide", "Azure NAT gateway resource", "TMG SDK error codes"],
}

/** Rules and idle timers of a firewall. */
export const FIREWALL_RULE_LIMITS: readonly Limit[] = [firewallPolicy, firewallIdleTimeout]
