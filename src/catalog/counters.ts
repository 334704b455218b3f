/**
 * Counters and gauges that speak of a limit. Names are nstat's (section and column of
 * /proc/net/snmp and /proc/net/netstat joined: TcpExtListenOverflows) for every system;
 * `sockstat.…` for /proc/net/sockstat, `conntrack.…` for conntrack -S and -C, `ss.…` for ss -s.
 * Labels of netstat -s that mean the same: counter-labels.ts. Sources: Linux 6.12
 * include/uapi/linux/snmp.h and the functions named, measured on 6.18.44.
 *
 * No counter moves when local ports run out: that is not a gap in this table.
 */
import { GAUGES } from "./counters-gauges.ts"
import { NETWORK_COUNTERS } from "./counters-network.ts"
import type { KnownCounter } from "./known-counter.ts"

const tcp = { kind: "counter", scope: "netns" } as const
const gauge = { kind: "gauge", scope: "netns" } as const
const snmp = "Linux net/ipv4/proc.c, RFC 4022"
const ext = "Linux net/ipv4/proc.c, include/uapi/linux/snmp.h"

const tcpCounters = {
  TcpActiveOpens: {
    ...tcp,
    meaning: "Connects that sent a SYN; a connect without a port never counts",
    limits: ["target-refused", "ephemeral-ports"],
    source: snmp,
  },
  TcpPassiveOpens: {
    ...tcp,
    meaning: "Connections taken by listeners here (counted at the final ACK)",
    limits: ["accept-queue"],
    source: snmp,
  },
  TcpAttemptFails: {
    ...tcp,
    meaning: "Attempts that ended before ESTABLISHED: refused, reset or timed out",
    limits: ["target-refused", "firewall-policy", "target-silent", "local-firewall"],
    source: snmp,
  },
  TcpEstabResets: {
    ...tcp,
    meaning: "Established connections that ended by a reset",
    limits: ["target-quota", "firewall-concurrent"],
    source: snmp,
  },
  TcpCurrEstab: {
    ...gauge,
    meaning: "Connections in ESTABLISHED or CLOSE-WAIT now",
    limits: ["firewall-concurrent", "application-leak"],
    source: "Linux net/ipv4/tcp.c tcp_set_state",
  },
  TcpInSegs: { ...tcp, meaning: "Segments received", limits: [], source: snmp },
  TcpOutSegs: {
    ...tcp,
    meaning: "Segments sent, without retransmissions",
    limits: ["path-loss"],
    source: snmp,
  },
  TcpRetransSegs: {
    ...tcp,
    meaning: "Segments sent again; data of open connections when SYNs are taken off",
    limits: ["path-loss", "firewall-idle-timeout", "path-mtu"],
    source: snmp,
  },
  TcpInErrs: {
    ...tcp,
    meaning:
      "Segments that were not acceptable; duplicate SYN-ACKs of a full accept queue count here",
    limits: ["accept-queue"],
    source: "measured on Linux 6.18.44",
  },
  TcpOutRsts: {
    ...tcp,
    meaning: "Segments sent with RST",
    limits: ["orphans", "accept-queue"],
    source: snmp,
  },
  IpOutNoRoutes: {
    ...tcp,
    meaning: "Packets without a route",
    limits: ["path-unreachable", "source-address"],
    source: snmp,
  },
  IpOutDiscards: {
    ...tcp,
    meaning: "Packets dropped here before the wire",
    limits: ["local-firewall", "local-conntrack"],
    source: snmp,
  },
  IcmpInDestUnreachs: {
    ...tcp,
    meaning: "ICMP destination unreachable received",
    limits: ["path-unreachable", "firewall-policy"],
    source: "RFC 4293; measured on 6.18.44",
  },
  IcmpOutDestUnreachs: {
    ...tcp,
    meaning: "ICMP destination unreachable sent (also to oneself, when a neighbour is silent)",
    limits: ["target-silent"],
    source: "RFC 4293; measured on 6.18.44",
  },
} as const satisfies Readonly<Record<string, KnownCounter>>

const handshakeCounters = {
  TcpExtTCPSynRetrans: {
    ...tcp,
    meaning: "SYNs and SYN-ACKs sent again: unanswered attempts",
    limits: [
      "firewall-concurrent",
      "firewall-rate",
      "target-silent",
      "path-loss",
      "nat-ports",
      "path-conntrack",
    ],
    source: "Linux 6.12 net/ipv4/tcp_output.c (two places)",
  },
  TcpExtTCPRetransFail: {
    ...tcp,
    meaning:
      "Retransmissions this host itself could not send: moving with TCPSynRetrans, a local drop",
    limits: ["local-firewall", "local-conntrack"],
    source: "Linux 6.12 net/ipv4/tcp_output.c; measured on 6.18.44",
  },
  TcpExtTCPTimeouts: {
    ...tcp,
    meaning: "Retransmission timers that ran out, SYN and data",
    limits: ["target-silent", "path-loss", "firewall-idle-timeout", "path-mtu"],
    source: ext,
  },
  TcpExtTCPAbortOnTimeout: {
    ...tcp,
    meaning: "Connections given up because nobody answered",
    limits: ["target-silent", "firewall-policy", "firewall-idle-timeout"],
    source: ext,
  },
  TcpExtLockDroppedIcmps: {
    ...tcp,
    meaning:
      "ICMP errors that came while the socket was in use: a local reject does it on every connect",
    limits: ["local-firewall"],
    source: "measured on Linux 6.18.44",
  },
  TcpExtTCPSpuriousRtxHostQueues: {
    ...tcp,
    meaning: "A retransmission while the original still waits on this host (no neighbour answers)",
    limits: ["target-silent"],
    source: "measured on Linux 6.18.44 (host down on the own link)",
  },
  TcpExtListenOverflows: {
    ...tcp,
    meaning: "A full accept queue met a SYN or a final ACK",
    limits: ["accept-queue"],
    source: "Linux 6.12 tcp_conn_request, tcp_v4_syn_recv_sock",
  },
  TcpExtListenDrops: {
    ...tcp,
    meaning: "SYNs and final ACKs a listener dropped, whatever the reason",
    limits: ["accept-queue", "syn-queue"],
    source: "Linux 6.12 net/ipv4/tcp_input.c",
  },
  TcpExtTCPReqQFullDrop: {
    ...tcp,
    meaning: "SYNs dropped because the SYN queue was full and cookies are off",
    limits: ["syn-queue"],
    source: "Linux 6.12 net/ipv4/tcp_input.c; measured on 6.18.44",
  },
  TcpExtTCPReqQFullDoCookies: {
    ...tcp,
    meaning: "SYNs answered by a cookie because the SYN queue was full",
    limits: ["syn-queue"],
    source: "Linux 6.12 net/ipv4/tcp_input.c; measured on 6.18.44",
  },
  TcpExtSyncookiesSent: {
    ...tcp,
    meaning: "SYN cookies sent",
    limits: ["syn-queue"],
    source: ext,
  },
  TcpExtSyncookiesRecv: {
    ...tcp,
    meaning: "Valid SYN cookies that came back",
    limits: ["syn-queue"],
    source: ext,
  },
  TcpExtSyncookiesFailed: {
    ...tcp,
    meaning: "ACKs with a wrong SYN cookie",
    limits: ["syn-queue"],
    source: ext,
  },
  TcpExtEmbryonicRsts: {
    ...tcp,
    meaning: "Resets of handshakes that were not finished",
    limits: ["accept-queue"],
    source: "Linux 6.12 tcp_check_req (tcp_abort_on_overflow)",
  },
  TcpExtTCPDeferAcceptDrop: {
    ...tcp,
    meaning: "Final ACKs without data on a listener with TCP_DEFER_ACCEPT",
    limits: [],
    source: ext,
  },
  TcpExtTCPMigrateReqFailure: {
    ...tcp,
    meaning: "Handshakes that could not move to another listener of a SO_REUSEPORT group",
    limits: ["accept-queue"],
    source: ext,
  },
} as const satisfies Readonly<Record<string, KnownCounter>>

const lifeCounters = {
  TcpExtTW: {
    ...tcp,
    meaning: "Connections that entered TIME-WAIT (not counted when they leave)",
    limits: ["ephemeral-ports", "time-wait-table"],
    source: "Linux 6.12 net/ipv4/inet_timewait_sock.c",
  },
  TcpExtTWRecycled: {
    ...tcp,
    meaning: "TIME-WAIT four-tuples taken again by connect (tcp_tw_reuse)",
    limits: ["ephemeral-ports"],
    source: "measured on Linux 6.18.44",
  },
  TcpExtTWKilled: {
    ...tcp,
    meaning: "TIME-WAIT entries scheduled for 4 s or less",
    limits: [],
    source: "Linux 6.12 net/ipv4/inet_timewait_sock.c",
  },
  TcpExtTCPTimeWaitOverflow: {
    ...tcp,
    meaning: "Closes that skipped TIME-WAIT because the table was full: their port is free at once",
    limits: ["time-wait-table"],
    source: "Linux 6.12 net/ipv4/tcp_minisocks.c tcp_time_wait",
  },
  TcpExtPAWSEstab: {
    ...tcp,
    meaning: "Segments with too old a timestamp; to 6.12 also those that met a TIME-WAIT",
    limits: ["target-time-wait"],
    source: "measured on Linux 6.18.44",
  },
  TcpExtPAWSTimewait: {
    ...tcp,
    meaning: "Segments with too old a timestamp that met a TIME-WAIT entry",
    limits: ["target-time-wait"],
    source: "measured on Linux 6.18.44",
  },
  TcpExtTCPACKSkippedTimeWait: {
    ...tcp,
    meaning: "Challenge ACKs from TIME-WAIT held back by the rate limit",
    limits: ["target-time-wait"],
    source: "Linux 6.12 net/ipv4/tcp_minisocks.c",
  },
  TcpExtTCPChallengeACK: {
    ...tcp,
    meaning:
      "Challenge ACKs (RFC 5961): at a client of a full accept queue one per duplicate SYN-ACK",
    limits: ["accept-queue", "target-time-wait"],
    source: "measured on Linux 6.18.44",
  },
  TcpExtTCPSYNChallenge: {
    ...tcp,
    meaning: "Challenge ACKs for a SYN on an open connection",
    limits: ["accept-queue"],
    source: "measured on Linux 6.18.44",
  },
  TcpExtTCPLossProbes: {
    ...tcp,
    meaning: "Tail loss probes: data that nobody acknowledges",
    limits: ["path-loss", "firewall-idle-timeout"],
    source: "RFC 8985; measured on 6.18.44",
  },
  TcpExtTCPFastRetrans: {
    ...tcp,
    meaning: "Fast retransmissions",
    limits: ["path-loss"],
    source: ext,
  },
  TcpExtTCPLostRetransmit: {
    ...tcp,
    meaning: "Retransmissions that were lost again",
    limits: ["path-loss"],
    source: ext,
  },
  TcpExtTCPDSACKRecv: {
    ...tcp,
    meaning: "The peer had the data already: a retransmission too many",
    limits: ["path-loss"],
    source: ext,
  },
  TcpExtTCPSackRecoveryFail: {
    ...tcp,
    meaning: "Recoveries that ended in a timeout",
    limits: ["path-loss", "path-mtu"],
    source: ext,
  },
  TcpExtTCPMTUPFail: {
    ...tcp,
    meaning: "MTU probes that were lost",
    limits: ["path-mtu"],
    source: ext,
  },
  TcpExtTCPMemoryPressures: {
    scope: "netns",
    kind: "counter",
    meaning: "Times TCP came under memory pressure",
    limits: ["socket-memory"],
    source: ext,
  },
  TcpExtTCPAbortOnMemory: {
    ...tcp,
    meaning: "Connections reset for lack of memory or for too many orphans",
    limits: ["orphans", "socket-memory"],
    source: "Linux 6.12 net/ipv4/tcp_timer.c",
  },
  TcpExtTCPAbortOnData: {
    ...tcp,
    meaning: "Closed with data unread or SO_LINGER 0: a reset, no TIME-WAIT",
    limits: [],
    source: "measured on Linux 6.18.44",
  },
  TcpExtTCPBacklogDrop: {
    ...tcp,
    meaning: "Segments dropped because the socket's own backlog was full",
    limits: ["socket-memory"],
    source: ext,
  },
} as const satisfies Readonly<Record<string, KnownCounter>>

/** Name → what it counts, whose it is, and which limits it speaks for. */
export const COUNTERS: Readonly<Record<string, KnownCounter>> = {
  ...tcpCounters,
  ...handshakeCounters,
  ...lifeCounters,
  ...GAUGES,
  ...NETWORK_COUNTERS,
}
