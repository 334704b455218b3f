/**
 * The rivals every diagnosis of a limit on the path must be able to name instead: loss, MTU,
 * unreachability. Sources: RFC 2923, 4821, 4890, Linux documentation, measurements on 6.18.44.
 */
import type { Limit } from "../model/limit.ts"

const pathLoss: Limit = {
  id: "path-loss",
  place: "path",
  title: "Packets lost on the way",
  isPool: false,
  counts: "nothing: packets disappear at random",
  scope: "per path",
  heldBy: "a bad link, an overloaded queue, a policer",
  settings: [],
  refused: {
    errno: ["ETIMEDOUT"],
    counters: [
      "TcpRetransSegs",
      "TcpExtTCPSynRetrans",
      "TcpExtTCPLossProbes",
      "TcpExtTCPFastRetrans",
      "TcpExtTCPDSACKRecv",
    ],
    says:
      "connects succeed late, at 1, 2, 3, 7 s, and data of open connections is retransmitted " +
      "too; independent of how many connections there are",
  },
  lookalikes: [
    { limit: "firewall-rate", tellApart: "only SYNs are lost, and only above a rate" },
    { limit: "nat-ports", tellApart: "only one destination, and data of open connections flows" },
    { limit: "accept-queue", tellApart: "only one target; its ListenOverflows grows" },
    { limit: "path-mtu", tellApart: "only large segments are lost, always" },
  ],
  remedies: [
    {
      change: "Find the lossy hop",
      systems: ["linux", "windows", "macos", "freebsd"],
      commands: ["mtr -T -P {port} {target}", "pathping {target}"],
      price: "None",
      source: "mtr(8)",
    },
    {
      change: "Look for errors and drops at the interfaces",
      systems: ["linux"],
      commands: ["ip -s link", "ethtool -S eth0 | grep -iE 'drop|err'", "tc -s qdisc"],
      price: "None",
    },
  ],
  alsoCalled: ["packet loss", "retransmissions"],
  sources: ["measured on Linux 6.18.44 (30 % random loss)"],
}

const pathMtu: Limit = {
  id: "path-mtu",
  place: "path",
  title: "Large packets do not pass and nobody says so",
  isPool: false,
  counts: "nothing: packets over a size disappear",
  scope: "per path",
  heldBy: 'a tunnel or link with a smaller MTU and a filter that drops ICMP "too big"',
  settings: [
    {
      system: "linux",
      name: "net.ipv4.tcp_mtu_probing",
      default: "0",
      note: "1 probes after a black hole was suspected",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    {
      system: "windows",
      name: "EnablePMTUBHDetect",
      default: "0",
      note: "to Server 2003",
      source: "KB314053",
    },
  ],
  refused: {
    errno: ["ETIMEDOUT"],
    counters: ["TcpExtTCPTimeouts", "TcpExtTCPMTUPFail", "TcpRetransSegs"],
    says: "connects and small requests work, large answers hang; full-size segments are repeated",
  },
  lookalikes: [
    { limit: "firewall-idle-timeout", tellApart: "hangs after a pause, whatever the size" },
    { limit: "path-loss", tellApart: "small packets are lost as well" },
    { limit: "target-quota", tellApart: "a server that is slow answers small and large alike" },
  ],
  remedies: [
    {
      change: 'Let ICMP "fragmentation needed" and "packet too big" pass',
      systems: ["netfilter", "asa", "isa", "aws"],
      price: "A rule change on someone's firewall",
      source: "RFC 2923, RFC 4890",
    },
    {
      change: "Clamp the segment size at the tunnel",
      systems: ["netfilter"],
      commands: [
        "nft add rule inet filter forward tcp flags syn tcp option maxseg size set rt mtu",
      ],
      price: "Slightly smaller segments",
      source: "nft(8)",
    },
    {
      change: "Let TCP probe",
      systems: ["linux"],
      commands: ["sysctl -w net.ipv4.tcp_mtu_probing=1", "ping -M do -s 1472 {target}"],
      price: "The first large transfer still stalls some seconds",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
  ],
  alsoCalled: ["PMTUD black hole", "MTU black hole", "MSS", "fragmentation needed"],
  sources: ["RFC 2923", "RFC 4821", "measured on Linux 6.18.44"],
}

const pathUnreachable: Limit = {
  id: "path-unreachable",
  place: "path",
  title: "No way to the destination",
  isPool: false,
  counts: "nothing: a route or a neighbour is missing",
  scope: "per destination network",
  heldBy: "routing, until it is repaired",
  settings: [
    {
      system: "linux",
      name: "routing table",
      note: "unreachable: EHOSTUNREACH; prohibit: EACCES; blackhole: EINVAL; none: ENETUNREACH",
      source: "ip-route(8); measured on 6.18.44",
    },
    {
      system: "linux",
      name: "net.ipv4.icmp_ratelimit",
      default: "1000",
      note: "ms between ICMP errors of a router, so most attempts time out instead",
      source: "Linux Documentation/networking/ip-sysctl.rst",
    },
    { system: "windows", name: "routing table", source: "route print" },
  ],
  refused: {
    errno: ["EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EHOSTDOWN", "EACCES", "EINVAL"],
    wsa: ["WSAEHOSTUNREACH", "WSAENETUNREACH", "WSAENETDOWN"],
    netError: [53, 1231, 1232],
    counters: ["IpOutNoRoutes", "IcmpInDestUnreachs", "TcpExtTCPSpuriousRtxHostQueues"],
    says:
      "no route: fails at once without a packet; a router says unreachable: fails fast, some as " +
      "timeouts; whole networks are affected, open connections too",
  },
  lookalikes: [
    {
      limit: "target-silent",
      tellApart: "the network is reached (neighbours of the target answer)",
    },
    { limit: "firewall-policy", tellApart: "ICMP says prohibited, or only some ports fail" },
    { limit: "source-address", tellApart: "the host has no address of that family at all" },
  ],
  remedies: [
    {
      change: "Check route and neighbour",
      systems: ["linux"],
      commands: ["ip route get {target}", "ip neigh", "traceroute -T -p {port} {target}"],
      price: "None",
    },
    {
      change: "Check the route",
      systems: ["windows", "macos", "freebsd"],
      commands: ["tracert {target}", "route print"],
      price: "None",
    },
  ],
  alsoCalled: ["no route to host", "network unreachable", "routing"],
  sources: ["measured on Linux 6.18.44"],
}

/** What is wrong with a path that no pool explains. */
export const PATH_RIVALS: readonly Limit[] = [pathLoss, pathMtu, pathUnreachable]
