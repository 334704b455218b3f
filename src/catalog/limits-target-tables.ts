/**
 * Tables of the target: sessions of a Windows file server, and TIME-WAIT entries that meet a reused
 * four-tuple. Sources: Microsoft's articles, RFC 6191 and 1337, Linux 6.12 source, measurements on
 * 6.18.44.
 */
import type { Limit } from "../model/limit.ts"

const targetSessions: Limit = {
  id: "target-sessions",
  place: "target",
  title: "Sessions a Windows file server accepts",
  isPool: true,
  counts: "SMB and NetBIOS sessions of other computers; entries of the server's tables",
  scope: "per server; the inbound limit counts computers, over all sharing protocols",
  heldBy: "a session until it is closed or idle for 15 minutes without open files",
  settings: [
    {
      system: "windows",
      name: "Users",
      default: "10",
      note: "LanmanServer; NT Workstation to XP Professional 10, XP Home 5; Windows 7 and later 20",
      source: "KB Q122925, KB314882; Windows 7 and later: general knowledge",
    },
    {
      system: "windows",
      name: "licence count (per server)",
      source: "KB Q149522",
    },
    {
      system: "windows",
      name: "MaxMpxCt",
      default: "50",
      note: "requests at once per client; the smaller of this and the client's MaxCmds counts",
      source: "KB Q221790, Q232476",
    },
    { system: "windows", name: "MaxCmds", default: "15", source: "KB Q102981, Q221790" },
    {
      system: "windows",
      name: "MaxWorkItems",
      note: "at least four times MaxMpxCt",
      source: "KB Q232476",
    },
    {
      system: "windows",
      name: "autodisconnect",
      default: "15",
      note: "minutes; net config server /autodisconnect",
      source: "KB314882, Q153066",
    },
  ],
  refused: {
    errno: ["ECONNREFUSED", "ECONNRESET"],
    wsa: ["WSAECONNREFUSED"],
    netError: [71, 1130, 53],
    events: ["Srv 2009", "Srv 2011", "Srv 2021", "Srv 2022"],
    says: "the TCP connection is made, the server says error 71; its log has 2009, 2021 or 2022",
  },
  lookalikes: [
    {
      limit: "firewall-concurrent",
      tellApart: "all targets fail, and with 53 or 64 instead of 71",
    },
    { limit: "target-quota", tellApart: "a program other than the file server counts its clients" },
    { limit: "accept-queue", tellApart: "no answer at all instead of error 71" },
  ],
  remedies: [
    {
      change: "Close sessions nobody uses, and let them end sooner",
      systems: ["windows"],
      commands: ["net session", "net config server /autodisconnect:5"],
      price: "Users with idle drives reconnect at the next access",
      source: "KB314882",
    },
    {
      change: "Use a server edition, or licences per device",
      systems: ["windows"],
      price: "Licences",
      source: "KB314882, Q149522",
    },
    {
      change: "Raise the request and work-item limits",
      systems: ["windows"],
      commands: [
        "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters /v " +
          "MaxWorkItems /t REG_DWORD /d 8192 /f",
        "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters /v " +
          "MaxMpxCt /t REG_DWORD /d 2048 /f",
      ],
      price: "To Server 2003; non-paged memory; a restart of the Server service",
      source: "KB Q221790",
    },
  ],
  alsoCalled: [
    "error 71",
    "inbound connection limit",
    "10-connection limit",
    "event 2009",
    "event 2022",
  ],
  sources: ["KB314882", "KB Q165815", "KB Q130922"],
}

const targetTimeWait: Limit = {
  id: "target-time-wait",
  place: "target",
  title: "The target still holds this four-tuple",
  isPool: false,
  counts: "TIME-WAIT entries at the target, or live flows at a box between",
  scope: "per four-tuple as the target sees it (after NAT)",
  heldBy: "the target that closed first: 60 s on Linux; a conntrack on the way 120 s",
  settings: [
    {
      system: "linux",
      name: "net.ipv4.tcp_rfc1337",
      default: "0",
      note: "1 ignores the RST that repairs a reuse: it then fails until TIME-WAIT ends",
      source: "Linux 6.12 net/ipv4/tcp_minisocks.c; measured on 6.18.44",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_timestamps",
      default: "1",
      note: "a newer timestamp lets a SYN through; behind NAT timestamps are unrelated",
      source: "RFC 6191; Linux 6.12 tcp_timewait_state_process",
    },
    {
      system: "linux",
      name: "net.ipv4.tcp_tw_recycle",
      note: "removed in 4.12; 1 on an old server breaks clients behind one NAT",
      source: "Amazon VPC User Guide, NAT gateway troubleshooting",
    },
    {
      system: "windows",
      name: "TcpTimedWaitDelay",
      default: "120",
      note: "s on the server",
      source: "KB314053",
    },
  ],
  refused: {
    errno: ["ETIMEDOUT", "ECONNRESET"],
    wsa: ["WSAETIMEDOUT"],
    counters: [
      "TcpExtPAWSEstab",
      "TcpExtPAWSTimewait",
      "TcpExtTCPACKSkippedTimeWait",
      "TcpExtTCPSynRetrans",
    ],
    says:
      "single connects, spread at random, are late by a retry or time out: mostly clients " +
      "behind a NAT or with a fixed source port. A SYN is answered by an ACK, the client resets " +
      "and retries",
  },
  lookalikes: [
    { limit: "nat-ports", tellApart: "the NAT's pool is near full; here it is far from it" },
    {
      limit: "time-wait-collision",
      tellApart: "the client's own TIME-WAIT: 10048 or EADDRINUSE at once",
    },
    { limit: "path-loss", tellApart: "no challenge ACK on the wire; data is lost as well" },
  ],
  remedies: [
    {
      change: "Set tcp_rfc1337 back to 0 on the target",
      systems: ["linux"],
      commands: ["sysctl -w net.ipv4.tcp_rfc1337=0"],
      price: "A stray RST may end a TIME-WAIT early",
      source: "measured on Linux 6.18.44 (5 of 6 reuses failed with 1)",
    },
    {
      change: "Turn tcp_tw_recycle off on the target",
      systems: ["linux"],
      commands: ["sysctl -w net.ipv4.tcp_tw_recycle=0"],
      price: "None: it was wrong for clients behind NAT",
      source: "Linux 4.12 removed it",
    },
    {
      change: "Let the client close first, or choose source ports at random over a wide range",
      systems: ["application"],
      price: "TIME-WAIT moves to the client",
    },
    {
      change: "Let challenge ACKs and their RST pass (do not drop conntrack's invalid)",
      systems: ["netfilter"],
      commands: ["sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1"],
      price: "Out-of-window packets are no longer dropped",
      source: "Linux Documentation/networking/nf_conntrack-sysctl.rst",
    },
  ],
  alsoCalled: ["four-tuple reuse", "port reuse", "tcp_tw_recycle", "challenge ACK", "PAWS"],
  sources: [
    "RFC 6191",
    "RFC 1337",
    "Linux 6.12 net/ipv4/tcp_minisocks.c",
    "measured on Linux 6.18.44",
  ],
}

/** Tables of the target. */
export const TARGET_TABLE_LIMITS: readonly Limit[] = [targetSessions, targetTimeWait]
