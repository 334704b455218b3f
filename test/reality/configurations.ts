/**
 * The configurations that are measured on the live kernel and predicted by the simulator; the prediction's
 * scenario of each is scenarios/<id>.yaml. Short where the kernel allows it: TIME-WAIT takes its 60 s.
 */
import { filterRules } from "../lab/fault.ts"
import type { Configuration } from "./measure.ts"

const port = 8080
const serving = { ports: [port], behaviour: { kind: "hold" } } as const
const listeners = [serving]
const range = (low: number, count: number) => ({
  "net.ipv4.ip_local_port_range": `${low} ${low + count - 1}`,
})
/** SYNs as every kernel before 6.5 sent them; given up after 3, 7 or 15 s. */
const patient = (retries: number) => ({
  "net.ipv4.tcp_syn_retries": retries,
  "net.ipv4.tcp_syn_linear_timeouts": 0,
})
const brief = patient(1)

const newSyn = "tcp flags & (syn|ack) == syn"
const forward = (rule: string): string => filterRules("forward", [`${newSyn} ${rule}`])
const perSource = (rule: string): string =>
  filterRules(
    "forward",
    [`${newSyn} ${rule}`],
    ["set sources { type ipv4_addr; size 1024; flags dynamic; }"],
  )
const translate = (how: string): string =>
  `table ip lab {
chain out {
type nat hook postrouting priority 100
oifname "outside" meta l4proto tcp ${how}
}
}
`
const timeouts = (seconds: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(seconds).map(([state, value]) => [
      `net.netfilter.nf_conntrack_tcp_timeout_${state}`,
      value,
    ]),
  )

const PORTS: readonly Configuration[] = [
  {
    id: "ports-closed-by-client",
    says: "200 ports, 50/s, closed by the client: TIME-WAIT takes them all in 4 s",
    client: range(40_000, 200),
    listeners,
    loads: [{ port, ratePerSec: 50, holdMs: 0 }],
    runSec: 10,
  },
  {
    id: "ports-odd-count",
    says: "101 ports whose ends have equal parity, 40/s: none is lost",
    client: range(41_000, 101),
    listeners,
    loads: [{ port, ratePerSec: 40, holdMs: 0 }],
    runSec: 6,
  },
  {
    id: "ports-held",
    says: "150 ports, 50/s, never closed",
    client: range(32_768, 150),
    listeners,
    loads: [{ port, ratePerSec: 50 }],
    runSec: 6,
  },
  {
    id: "ports-held-a-while",
    says: "60 ports, 50/s, each held 2 s and reset: 30/s go through",
    client: range(42_000, 60),
    listeners,
    loads: [{ port, ratePerSec: 50, holdMs: 2000, close: "reset" }],
    runSec: 10,
  },
  {
    id: "ports-closed-by-server",
    says: "40 ports, 50/s, closed by the server after 100 ms: nothing is missing",
    client: range(43_000, 40),
    listeners: [{ ports: [port], behaviour: { kind: "close", afterMs: 100 } }],
    loads: [{ port, ratePerSec: 50, close: "peer" }],
    runSec: 8,
  },
  {
    id: "ports-time-wait-ends",
    says: "300 ports, 10/s, closed by the client: dry at 30 s, back after TIME-WAIT",
    client: range(44_000, 300),
    listeners,
    loads: [{ port, ratePerSec: 10, holdMs: 0 }],
    runSec: 75,
  },
  {
    id: "ports-below-the-rate",
    says: "700 ports, 10/s: under one port per TIME-WAIT, nothing is missing",
    client: range(45_000, 700),
    listeners,
    loads: [{ port, ratePerSec: 10, holdMs: 0 }],
    runSec: 75,
  },
  {
    id: "ports-bind-first",
    says: "100 ports, bind(address, 0) first, 25/s: EADDRINUSE from bind",
    client: range(46_000, 100),
    listeners,
    loads: [{ port, ratePerSec: 25, holdMs: 0, bindFirst: true }],
    runSec: 8,
  },
  {
    id: "ports-two-destinations",
    says: "80 ports towards each of two destinations, 20/s each",
    client: range(47_000, 80),
    listeners: [{ ports: [port, port + 1], behaviour: { kind: "hold" } }],
    loads: [
      { port, ratePerSec: 20, holdMs: 0 },
      { port: port + 1, ratePerSec: 20, holdMs: 0 },
    ],
    runSec: 7,
  },
  {
    id: "ports-threads",
    says: "20 ports, 5 threads that hold 100 ms and pause 100 ms",
    client: range(48_000, 20),
    listeners,
    loads: [{ port, threads: 5, holdMs: 100, pauseMs: 100 }],
    runSec: 5,
  },
]

const TIME_WAIT: readonly Configuration[] = [
  {
    id: "reuse-1000",
    says: "20 ports, 50/s, tw_reuse 1, delay 1000 ms: 20/s",
    client: { ...range(40_000, 20), "net.ipv4.tcp_tw_reuse": 1 },
    listeners,
    loads: [{ port, ratePerSec: 50, holdMs: 0 }],
    runSec: 10,
  },
  {
    id: "reuse-200",
    says: "20 ports, 150/s, tw_reuse 1, delay 200 ms: 100/s",
    client: {
      ...range(41_000, 20),
      "net.ipv4.tcp_tw_reuse": 1,
      "net.ipv4.tcp_tw_reuse_delay": 200,
    },
    listeners,
    loads: [{ port, ratePerSec: 150, holdMs: 0 }],
    runSec: 8,
  },
  {
    id: "reuse-enough",
    says: "60 ports, 50/s, tw_reuse 1, delay 1000 ms: nothing is missing",
    client: { ...range(42_000, 60), "net.ipv4.tcp_tw_reuse": 1 },
    listeners,
    loads: [{ port, ratePerSec: 50, holdMs: 0 }],
    runSec: 8,
  },
  {
    id: "reuse-without-timestamps",
    says: "50 ports, 25/s, tw_reuse 1 but no timestamps: as without",
    client: {
      ...range(43_000, 50),
      "net.ipv4.tcp_tw_reuse": 1,
      "net.ipv4.tcp_timestamps": 0,
    },
    listeners,
    loads: [{ port, ratePerSec: 25, holdMs: 0 }],
    runSec: 6,
  },
  {
    id: "reuse-server-without-timestamps",
    says: "20 ports, 20/s, tw_reuse 1, but the server has no timestamps: as without",
    client: { ...range(47_000, 20), "net.ipv4.tcp_tw_reuse": 1 },
    server: { "net.ipv4.tcp_timestamps": 0 },
    listeners,
    loads: [{ port, ratePerSec: 20, holdMs: 0 }],
    runSec: 5,
  },
  {
    id: "reuse-loopback-only",
    says: "50 ports, 25/s, tw_reuse 2 on a real link: as without",
    client: { ...range(44_000, 50), "net.ipv4.tcp_tw_reuse": 2 },
    listeners,
    loads: [{ port, ratePerSec: 25, holdMs: 0 }],
    runSec: 6,
  },
  {
    id: "few-buckets",
    says: "100 ports, 50/s, tcp_max_tw_buckets 60: the rest is not kept, nothing is missing",
    client: { ...range(45_000, 100), "net.ipv4.tcp_max_tw_buckets": 60 },
    listeners,
    loads: [{ port, ratePerSec: 50, holdMs: 0 }],
    runSec: 6,
  },
  {
    id: "buckets-over-ports",
    says: "60 ports, 30/s, tcp_max_tw_buckets 100: too many to help",
    client: { ...range(46_000, 60), "net.ipv4.tcp_max_tw_buckets": 100 },
    listeners,
    loads: [{ port, ratePerSec: 30, holdMs: 0 }],
    runSec: 6,
  },
]

const deaf = (backlog: number) => ({ ports: [port], backlog, behaviour: { kind: "deaf" } as const })
/** Its SYNs are answered and it never sees it: each holds a place in the server's SYN queue. */
const unanswered = {
  rules: filterRules("input", ["meta l4proto tcp drop"]),
}

const QUEUES: readonly Configuration[] = [
  {
    id: "backlog-deaf",
    says: "listen(10), never accepts, 20/s: 11 go through",
    client: brief,
    listeners: [deaf(10)],
    loads: [{ port, ratePerSec: 20 }],
    runSec: 8,
  },
  {
    id: "backlog-abort",
    says: "listen(20), never accepts, tcp_abort_on_overflow 1, 20/s: 21 go through",
    client: brief,
    server: { "net.ipv4.tcp_abort_on_overflow": 1 },
    listeners: [deaf(20)],
    loads: [{ port, ratePerSec: 20 }],
    runSec: 8,
  },
  {
    id: "backlog-somaxconn",
    says: "listen(100) under somaxconn 15, never accepts, closed by the client: 16 go through",
    client: brief,
    server: { "net.core.somaxconn": 15 },
    listeners: [deaf(100)],
    loads: [{ port, ratePerSec: 20, holdMs: 10 }],
    runSec: 8,
  },
  {
    id: "backlog-slow",
    says: "listen(5), accepts one per 500 ms, 20/s, the program waits 0.4 s",
    listeners: [{ ports: [port], backlog: 5, behaviour: { kind: "slow", everyMs: 500 } }],
    loads: [{ port, ratePerSec: 20, holdMs: 0, patienceMs: 400 }],
    runSec: 10,
  },
  ...[0, 1, 2].map(
    (cookies): Configuration => ({
      id: `syn-queue-cookies-${cookies}`,
      says: `listen(30), 20 SYNs/s that nobody completes, tcp_syncookies ${cookies}; 10/s of another client`,
      client: brief,
      server: { "net.ipv4.tcp_syncookies": cookies },
      listeners: [{ ...serving, backlog: 30 }],
      loads: [
        { port, ratePerSec: 10, holdMs: 0, afterMs: 25 },
        { port, ratePerSec: 20, patienceMs: 500, further: unanswered, isBackground: true },
      ],
      runSec: 7,
    }),
  ),
  {
    id: "syn-queue-last-quarter",
    says: "tcp_max_syn_backlog 40, no cookies, 20 SYNs/s that nobody completes; a stranger comes at 3 s",
    client: brief,
    server: { "net.ipv4.tcp_syncookies": 0, "net.ipv4.tcp_max_syn_backlog": 40 },
    listeners: [{ ...serving, backlog: 4000 }],
    // A client that had completed a connection before would get through: tcp_peer_is_proven().
    loads: [
      { port, ratePerSec: 10, holdMs: 0, afterMs: 3000 },
      { port, ratePerSec: 20, patienceMs: 500, further: unanswered, isBackground: true },
    ],
    runSec: 8,
  },
]

const QUOTAS: readonly Configuration[] = [
  {
    id: "count-drop",
    says: "ct count over 25 drop, 20/s held for ever",
    client: brief,
    rules: { router: forward("ct count over 25 drop") },
    listeners,
    loads: [{ port, ratePerSec: 20 }],
    runSec: 8,
  },
  {
    id: "count-reject",
    says: "ct count over 30 reject with tcp reset, 30/s held 2 s: 15/s",
    rules: { router: forward("ct count over 30 reject with tcp reset") },
    listeners,
    loads: [{ port, ratePerSec: 30, holdMs: 2000 }],
    runSec: 10,
  },
  {
    id: "count-per-source",
    says: "ct count over 12 of each source, reset; two clients at 10/s",
    rules: {
      router: perSource("add @sources { ip saddr ct count over 12 } reject with tcp reset"),
    },
    listeners,
    loads: [
      { port, ratePerSec: 10 },
      { port, ratePerSec: 5, further: {} },
    ],
    runSec: 6,
  },
  {
    id: "rate-reset",
    says: "limit rate over 5/second burst 10, reset, 20/s",
    rules: {
      router: forward("limit rate over 5/second burst 10 packets reject with tcp reset"),
    },
    listeners,
    loads: [{ port, ratePerSec: 20, holdMs: 0 }],
    runSec: 10,
  },
  {
    id: "rate-drop",
    says: "limit rate over 8/second burst 5, drop, 20/s, the program waits 0.4 s",
    rules: { router: forward("limit rate over 8/second burst 5 packets drop") },
    listeners,
    loads: [{ port, ratePerSec: 20, holdMs: 0, patienceMs: 400 }],
    runSec: 10,
  },
  {
    id: "rate-minute",
    says: "limit rate over 60/minute burst 3, reset, 10/s",
    rules: {
      router: forward("limit rate over 60/minute burst 3 packets reject with tcp reset"),
    },
    listeners,
    loads: [{ port, ratePerSec: 10, holdMs: 0 }],
    runSec: 12,
  },
  {
    id: "rate-per-source",
    says: "limit rate over 4/second burst 6 of each source, reset; two clients at 10/s",
    rules: {
      router: perSource(
        "add @sources { ip saddr limit rate over 4/second burst 6 packets } reject with tcp reset",
      ),
    },
    listeners,
    loads: [
      { port, ratePerSec: 10, holdMs: 0 },
      { port, ratePerSec: 10, holdMs: 0, further: {} },
    ],
    runSec: 8,
  },
]

const silent = { server: filterRules("input", ["meta l4proto tcp drop"]) }

const SCHEDULES: readonly Configuration[] = [
  ...[1, 2, 3].map(
    (retries): Configuration => ({
      id: `syn-retries-${retries}`,
      says: `nobody answers, tcp_syn_retries ${retries}, no linear time-outs`,
      client: patient(retries),
      rules: silent,
      loads: [{ port, ratePerSec: 5, attempts: 20 }],
      runSec: [6, 12, 22][retries - 1] ?? 22,
    }),
  ),
  {
    id: "syn-linear",
    says: "nobody answers, tcp_syn_retries 1, 4 linear time-outs",
    client: { "net.ipv4.tcp_syn_retries": 1 },
    rules: silent,
    loads: [{ port, ratePerSec: 5, attempts: 20 }],
    runSec: 14,
  },
  {
    id: "syn-patience",
    says: "nobody answers, the program waits 1.5 s",
    rules: silent,
    loads: [{ port, ratePerSec: 10, patienceMs: 1500 }],
    runSec: 5,
  },
]

const TRANSLATION: readonly Configuration[] = [
  {
    id: "nat-pool-held",
    says: "masquerade to 30 ports, 20/s held for ever",
    client: brief,
    rules: { router: translate("masquerade to :50000-50029") },
    listeners,
    loads: [{ port, ratePerSec: 20 }],
    runSec: 8,
  },
  {
    id: "nat-pool-closed",
    says: "masquerade to 30 ports, 40/s closed by the client: TIME-WAIT rows give way",
    client: brief,
    rules: { router: translate("masquerade to :50000-50029") },
    listeners,
    loads: [{ port, ratePerSec: 40, holdMs: 0 }],
    runSec: 6,
  },
  {
    id: "nat-pool-held-a-while",
    says: "masquerade to 40 ports, 40/s held 2 s",
    client: brief,
    rules: { router: translate("masquerade to :50000-50039") },
    listeners,
    loads: [{ port, ratePerSec: 40, holdMs: 2000, close: "reset" }],
    runSec: 10,
  },
  {
    id: "conntrack-idle",
    says: "masquerade to 20 ports, rows of idle connections live 3 s, 9.5/s held for ever, the program waits 0.4 s",
    router: timeouts({ established: 3 }),
    rules: { router: translate("masquerade to :50000-50019") },
    listeners,
    loads: [{ port, ratePerSec: 9.5, patienceMs: 400 }],
    runSec: 10,
  },
  {
    id: "conntrack-syn-sent",
    says: "SYNs nobody answers hold rows for 2 s; ct count over 10, reset",
    client: brief,
    router: timeouts({ syn_sent: 2 }),
    rules: {
      router: forward("ct count over 10 reject with tcp reset"),
      server: filterRules("input", ["tcp dport 8081 drop"]),
    },
    listeners,
    loads: [
      { port, ratePerSec: 10, holdMs: 0 },
      { port: port + 1, ratePerSec: 10, attempts: 20, patienceMs: 500, afterMs: 30 },
    ],
    runSec: 8,
  },
]

const REFUSALS: readonly Configuration[] = [
  {
    id: "closed-port",
    says: "nobody listens",
    loads: [{ port, ratePerSec: 20 }],
    runSec: 4,
  },
  {
    id: "rejected-port-unreachable",
    says: "the router rejects with icmp port-unreachable; ICMP is rate limited",
    client: brief,
    rules: { router: forward("reject with icmp type port-unreachable") },
    listeners,
    loads: [{ port, ratePerSec: 10 }],
    runSec: 8,
  },
  {
    id: "rejected-prohibited",
    says: "the router rejects with icmp admin-prohibited, 1/s",
    client: brief,
    rules: { router: forward("reject with icmp type admin-prohibited") },
    listeners,
    loads: [{ port, ratePerSec: 1 }],
    runSec: 8,
  },
  {
    id: "dead-on-link",
    says: "nobody has the address on the own link",
    client: patient(3),
    loads: [{ port, ratePerSec: 5, target: "absentOnLink" }],
    runSec: 10,
  },
  {
    id: "dead-behind-router",
    says: "nobody has the address behind the router",
    client: patient(2),
    loads: [{ port, ratePerSec: 5, target: "absentBehind" }],
    runSec: 12,
  },
  {
    id: "descriptors",
    says: "45 descriptors, 15/s held for ever",
    listeners,
    loads: [{ port, ratePerSec: 15, descriptors: 45 }],
    runSec: 6,
  },
]

export const CONFIGURATIONS: readonly Configuration[] = [
  ...PORTS,
  ...TIME_WAIT,
  ...QUEUES,
  ...QUOTAS,
  ...SCHEDULES,
  ...TRANSLATION,
  ...REFUSALS,
]
