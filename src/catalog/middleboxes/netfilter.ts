/**
 * Netfilter: connection tracking, NAT port choice, ct count and limit, and what kube-proxy makes of
 * them. Read in the 6.12 source, measured on 6.18.44.
 */
import type { MiddleboxProfile } from "../../model/profile.ts"

const core = "Linux 6.12 net/netfilter/nf_conntrack_core.c"
const sysctl = "Linux Documentation/networking/nf_conntrack-sysctl.rst"
const tcpSource = `Linux 6.12 nf_conntrack_proto_tcp.c; ${sysctl}`
const measured = "measured on 6.18.44"

const timersSec: MiddleboxProfile["timersSec"] = {
  SYN_SENT: { value: 120, mark: "V", source: tcpSource },
  SYN_RECV: { value: 60, mark: "V", source: tcpSource },
  ESTABLISHED: { value: 432_000, mark: "V", source: tcpSource },
  FIN_WAIT: { value: 120, mark: "V", source: tcpSource, note: "first FIN seen" },
  CLOSE_WAIT: { value: 60, mark: "V", source: tcpSource, note: "FIN acknowledged, peer silent" },
  LAST_ACK: { value: 30, mark: "V", source: tcpSource },
  TIME_WAIT: { value: 120, mark: "V", source: tcpSource, note: "twice the host's 60 s" },
  CLOSE: { value: 10, mark: "V", source: tcpSource, note: "RST seen" },
  RETRANS: { value: 300, mark: "V", source: tcpSource, note: "after three retransmissions" },
  UNACK: { value: 300, mark: "V", source: tcpSource, note: "unacknowledged data" },
}

const limits: MiddleboxProfile["limits"] = [
  {
    limit: "path-conntrack",
    setting: "net.netfilter.nf_conntrack_max",
    capacity: {
      value: 262_144,
      mark: "S",
      source: `${core}: buckets above 4 GiB of memory, factor 1`,
      note:
        "65,536 above 1 GiB, memory / 16,384 below; factor 8 when hashsize was given as a module " +
        "parameter",
    },
    per: "host; entries are counted per network namespace",
    atLimit:
      "up to 8 buckets are searched for an entry that is not ASSURED to evict; else the packet is " +
      "dropped: new flows fail, established ones go on",
    answer: "silence",
    source: `${core} early_drop; kernel log`,
  },
  {
    limit: "nat-ports",
    setting: "masquerade, snat to (ports 1024-65535)",
    capacity: {
      value: 64_512,
      mark: "V",
      source: `Linux 6.12 nf_nat_core.c; ${measured} with a small range`,
      note: "source ports from 512 to 1023 use 600-1023, below 512 use 1-511",
    },
    per: "translated address, destination address and destination port",
    atLimit:
      "after at most 248 probes the SYN is dropped at confirm; each repeated SYN is a new draw",
    answer: "silence",
    source: `Linux 6.12 nf_nat_l4proto_unique_tuple; ${measured}`,
  },
  {
    limit: "firewall-concurrent",
    setting: "ct count over N; iptables connlimit --connlimit-above N",
    capacity: { value: null, mark: "S", source: "nft(8): none unless a rule says so" },
    per: "rule, or key of a dynamic set (source address by default in connlimit)",
    atLimit: "N are allowed, the next matches the rule: drop or reject as it says",
    source: `Linux 6.12 nft_connlimit.c, nf_conncount.c; ${measured}`,
  },
  {
    limit: "firewall-rate",
    setting: "limit rate R/unit burst B packets",
    capacity: {
      value: null,
      mark: "S",
      source: "nft(8): none unless a rule says so",
      note: "a token bucket; burst 5 packets unless given",
    },
    per: "rule, or key of a dynamic set",
    atLimit: "the rule's verdict; dropped SYNs come again after 1, 2, 3 s",
    source: `Linux 6.12 nft_limit.c; ${measured}`,
  },
  {
    limit: "firewall-idle-timeout",
    setting: "net.netfilter.nf_conntrack_tcp_timeout_established",
    capacity: { value: 432_000, mark: "V", source: tcpSource, note: "seconds idle" },
    per: "flow",
    atLimit: "the flow is forgotten; a later packet without SYN is invalid or starts a new flow",
    answer: "silence",
    source: tcpSource,
  },
]

const signals: MiddleboxProfile["signals"] = [
  {
    name: "nf_conntrack: table full, dropping packet",
    meaning: "the table is full; from 6.18 with the namespace where it is not the first",
    source: `${core}; netfilter-devel, July 2025`,
  },
  { name: "conntrack -S drop", meaning: "a packet dropped for want of an entry", source: core },
  { name: "conntrack -S early_drop", meaning: "an entry evicted to make room", source: core },
  {
    name: "conntrack -S insert_failed",
    meaning: "two flows wanted one tuple: NAT ports ran out, or a race between CPUs at any load",
    source: `Linux 6.12 nf_ct_resolve_clash; ${measured}`,
  },
  {
    name: "conntrack -S chaintoolong",
    meaning: "a hash chain beyond 50 to 79 entries",
    source: core,
  },
]

const netfilter: MiddleboxProfile = {
  kind: "middlebox",
  id: "netfilter",
  title: "Netfilter (conntrack, NAT, nftables and iptables limits)",
  vendor: "Linux",
  limits,
  timersSec,
  settings: {
    "net.netfilter.nf_conntrack_buckets": {
      value: 262_144,
      mark: "S",
      source: core,
      note: "above 4 GiB; 65,536 above 1 GiB; at least 1,024",
    },
    "size of a dynamic set": {
      value: 65_535,
      mark: "S",
      source: "Linux 6.12 nft_dynset.c",
      note: "when the set is full the rule does not match: it fails open",
    },
  },
  signals,
  notes: [
    "Table size for short connections: rate x (life + 120 s); 262,144 entries carry 2,184 a second.",
    "While a namespace is above 95 % of the limit after a failure, closing entries are evicted too.",
    "ct count does not count TIME_WAIT and CLOSE, but FIN_WAIT and CLOSE_WAIT it does.",
    "Above 99 % of a NAT's ports a SYN fails with 13 % and more; below, the sign is latency of 1, 2, " +
      "3 s.",
    "Nothing is tracked in a namespace where no rule asks for it.",
    "Neither limit nor ct count logs by itself: look at rule counters or add a log rule.",
    "Older kernels: 65,536 buckets x 4 = 262,144 entries (not confirmed).",
  ],
}

/** Netfilter, and the values kube-proxy sets. */
export const NETFILTER_PROFILES: readonly MiddleboxProfile[] = [
  netfilter,
  {
    ...netfilter,
    id: "kube-proxy",
    title: "kube-proxy on netfilter",
    vendor: "Kubernetes",
    limits: [
      {
        limit: "path-conntrack",
        setting: "conntrack.maxPerCore, conntrack.min",
        capacity: {
          value: 131_072,
          mark: "S",
          source: "kubernetes issue 71261; the minimum is not confirmed",
          note: "32,768 a core, at least this: 24 cores make 786,432",
        },
        per: "node",
        atLimit: "as netfilter: new flows are dropped",
        answer: "silence",
        source: "kubernetes issue 71261",
      },
      ...limits.slice(1, 2),
    ],
    timersSec: {
      ...timersSec,
      ESTABLISHED: { value: 86_400, mark: "S", source: "kubernetes issue 97377" },
      CLOSE_WAIT: { value: 3600, mark: "S", source: "kubernetes issues 97377, 32551" },
    },
    notes: [
      "Masquerade uses --random-fully where iptables has it (ip-masq-agent issue 51); races then " +
        "become rare, not impossible.",
      "CLOSE_WAIT of one hour fills the table where programs do not close.",
    ],
  },
]
