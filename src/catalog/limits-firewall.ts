/**
 * Limits a firewall on the path puts on one source: connections at once, per time, unanswered, by
 * rule, and how long it remembers an idle flow. Sources: ISA and TMG documentation, Linux 6.12
 * netfilter, pf.conf(5), Cisco ASA syslog guide, vendors' manuals, measurements on 6.18.44.
 */
import type { Limit } from "../model/limit.ts"

const firewallConcurrent: Limit = {
  id: "firewall-concurrent",
  place: "path",
  title: "Connections at once through a firewall, per source",
  isPool: true,
  counts: "connections the firewall holds for one source address",
  scope: "per source address (or per rule, or per destination, as configured)",
  heldBy: "established and half-closed connections; on Linux not TIME-WAIT and CLOSE",
  settings: [
    {
      system: "isa",
      name: "Maximum concurrent TCP connections per IP address",
      default: "160",
      note: "custom limit for IP exceptions 400; ISA 2004, 2006 and TMG 2010; API TcpLimit",
      source: "ISA Server blog, 27 June 2007; TMG SDK ff824579; KB838706",
    },
    {
      system: "isa",
      name: "per-client SecureNAT mappings (ISA 2000)",
      default: "40",
      note: "the 41st makes ISA reset the oldest",
      source: "KB316356",
    },
    {
      system: "netfilter",
      name: "ct count over N",
      note: "nft; in a set per key: a full set (size 65535) fails open",
      source: "Linux 6.12 net/netfilter/nft_connlimit.c, nf_conncount.c",
    },
    {
      system: "netfilter",
      name: "--connlimit-above N",
      note: "iptables; key is the masked source and the zone",
      source: "Linux 6.12 net/netfilter/xt_connlimit.c",
    },
    {
      system: "pf",
      name: "max-src-conn",
      note: "counts finished handshakes; over it the state dies, overload may block for good",
      source: "pf.conf(5)",
    },
    { system: "pf", name: "max-src-states", source: "pf.conf(5)" },
    {
      system: "asa",
      name: "per-client-max",
      default: "0 (none)",
      source: "Cisco ASA, set connection; syslog 201013",
    },
    { system: "asa", name: "conn-max", default: "0 (none)", source: "Cisco ASA syslog 201011" },
    {
      system: "fortigate",
      name: "max-concurrent-session of a per-IP shaper",
      default: "0 (none)",
      source: "FortiOS CLI reference 6.2",
    },
    {
      system: "haproxy",
      name: "stick-table conn_cur",
      note: "with a deny or reject rule",
      source: "HAProxy configuration manual",
    },
    {
      system: "envoy",
      name: "max_connections",
      default: "1024",
      note: "circuit breaker per cluster",
      source: "Envoy documentation, circuit breaking",
    },
  ],
  refused: {
    errno: ["ETIMEDOUT", "ECONNREFUSED", "ECONNRESET"],
    wsa: ["WSAETIMEDOUT", "WSAECONNREFUSED", "WSAECONNRESET"],
    netError: [53, 64, 1203],
    events: ["Microsoft Firewall 15112", "Microsoft Forefront TMG Firewall 15120"],
    counters: ["TcpExtTCPSynRetrans", "TcpExtTCPTimeouts", "TcpAttemptFails"],
    says:
      "one machine cannot open anything new while what it has open goes on, and nobody else has " +
      "a problem; ESTABLISHED stays flat at a number; closing one lets exactly one in",
  },
  lookalikes: [
    {
      limit: "embryonic-outbound",
      tellApart:
        "event 4226, and the SYNs do not leave the machine; here they leave and stay unanswered",
    },
    {
      limit: "firewall-rate",
      tellApart:
        "recovers by waiting a minute, without closing anything; successes per time are flat",
    },
    {
      limit: "ephemeral-ports",
      tellApart: "fails at once, without a SYN, and the pool of ports is full",
    },
    {
      limit: "firewall-policy",
      tellApart: "refuses from the first attempt on, independent of how many are open",
    },
    {
      limit: "target-quota",
      tellApart: "only one target is affected, and other sources get through to it or not alike",
    },
    { limit: "nat-ports", tellApart: "per destination: another destination still works" },
    { limit: "name-resolution", tellApart: "errors 53 and 1203 read like names; names resolve" },
  ],
  remedies: [
    {
      change: "Make the one machine an exception with a custom limit, then Apply",
      systems: ["isa"],
      commands: [
        "Configuration > General > Configure Flood Mitigation Settings > IP Exceptions: add a " +
          "computer set with {subject}",
        "Maximum concurrent TCP connections per IP address: Custom limit",
        "Apply",
      ],
      price:
        "That machine is no longer protected against being a worm's host; others stay protected",
      source: "ISA Server help, To configure flood mitigation; C. Stoneff",
    },
    {
      change: "Raise the count, or except the source",
      systems: ["netfilter"],
      commands: [
        "nft -a list ruleset | grep 'ct count'",
        "nft insert rule inet filter forward ip saddr {subject} accept",
      ],
      price: "The rule no longer protects against that source",
      source: "nft(8)",
    },
    {
      change: "Raise the limit and empty the overload table",
      systems: ["pf"],
      commands: ["pfctl -t bruteforce -T delete {subject}", "pfctl -si | grep -i limit"],
      price: "Until the source trips it again",
      source: "pf.conf(5), pfctl(8)",
    },
    {
      change: "Raise the per-client limit",
      systems: ["asa"],
      commands: [
        "set connection per-client-max 1000",
        "show conn count",
        "show local-host {subject}",
      ],
      price: "Less protection against one host using the table up",
      source: "Cisco ASA syslog guide",
    },
    {
      change: "Hold fewer than {capacity} connections open at once: pace and reuse",
      systems: ["application"],
      price: "The sweep takes longer",
    },
    {
      change: "Place the machine where its connections do not cross the firewall",
      systems: ["application"],
      price: "A network change",
      source: "C. Stoneff, Managing Machines through ISA Server",
    },
  ],
  alsoCalled: [
    "connection limit",
    "flood mitigation",
    "connlimit",
    "per-client-max",
    "max-src-conn",
    "concurrent connection quota",
    "session limit",
  ],
  sources: [
    "KB838706; TMG SDK ff824579",
    "Deployment Recommendations for Connection Limits in ISA Server 2004",
    "Linux 6.12 net/netfilter/nf_conncount.c",
    "pf.conf(5)",
    "Cisco ASA syslog guide",
  ],
}

const firewallRate: Limit = {
  id: "firewall-rate",
  place: "path",
  title: "New connections per time through a firewall, per source",
  isPool: true,
  counts: "connection attempts in a period, or tokens of a bucket",
  scope: "per source address (or per rule)",
  heldBy: "time: a window ends or the bucket refills",
  settings: [
    {
      system: "isa",
      name: "Maximum TCP connect requests per minute per IP address",
      default: "600",
      note: "custom 6000; ISA 2006 and TMG; blocks for a minute; API TcpLimitPerMinute",
      source: "TMG SDK ff824580; ISA Server blog, 27 June 2007",
    },
    {
      system: "isa",
      name: "Maximum HTTP requests per minute per IP address",
      default: "600",
      note: "custom 6000",
      source: "TMG SDK ff824576",
    },
    {
      system: "netfilter",
      name: "limit rate",
      default: "burst 5",
      note: "token bucket; per key in a dynamic set or meter",
      source: "Linux 6.12 net/netfilter/nft_limit.c",
    },
    {
      system: "netfilter",
      name: "--hashlimit-above",
      default: "burst 5",
      source: "iptables-extensions(8)",
    },
    {
      system: "pf",
      name: "max-src-conn-rate",
      note: "N/seconds; with overload the address is blocked for good",
      source: "pf.conf(5)",
    },
    { system: "haproxy", name: "stick-table conn_rate", source: "HAProxy configuration manual" },
  ],
  refused: {
    errno: ["ETIMEDOUT", "ECONNREFUSED"],
    wsa: ["WSAETIMEDOUT"],
    netError: [53, 64],
    events: [],
    counters: ["TcpExtTCPSynRetrans", "TcpExtTCPTimeouts"],
    says:
      "successes per second stay flat however many are tried; others succeed late, at 1, 2, 3 s " +
      "(the SYN's retries), or time out; ISA logs 0xC0040037",
  },
  lookalikes: [
    {
      limit: "firewall-concurrent",
      tellApart: "recovers only by closing connections, not by waiting",
    },
    {
      limit: "path-loss",
      tellApart:
        "loss hits data of open connections too, and does not depend on the rate of attempts",
    },
    {
      limit: "accept-queue",
      tellApart: "one target only; its ListenOverflows grows",
    },
  ],
  remedies: [
    {
      change: "Pace new connections below the limit",
      systems: ["application"],
      price:
        "The sweep takes longer; a fixed window lets up to twice the number through at its edge",
    },
    {
      change: "Make the one machine an exception with a custom limit, then Apply",
      systems: ["isa"],
      commands: [
        "Configuration > General > Configure Flood Mitigation Settings > IP Exceptions: add a " +
          "computer set with {subject}",
        "Maximum TCP connect requests per minute per IP address: Custom limit",
        "Apply",
      ],
      price: "That machine is no longer held back if it is infected",
      source: "ISA Server help, To configure flood mitigation",
    },
    {
      change: "Raise rate or burst, or except the source",
      systems: ["netfilter"],
      commands: ["nft -a list ruleset | grep 'limit rate'"],
      price: "Less protection",
      source: "nft(8)",
    },
  ],
  alsoCalled: ["rate limit", "connection rate", "hashlimit", "connects per minute", "throttling"],
  sources: [
    "TMG SDK ff824580",
    "Linux 6.12 net/netfilter/nft_limit.c",
    "measured on Linux 6.18.44 (3/s burst 2: third SYN lost, success after 1.0 s)",
  ],
}

const firewallEmbryonic: Limit = {
  id: "firewall-embryonic",
  place: "path",
  title: "Unanswered connections through a firewall, per source",
  isPool: true,
  counts: "connections whose handshake is not finished",
  scope: "per source address, or per server",
  heldBy: "an attempt until it is answered or the firewall forgets it (Linux 120 s)",
  settings: [
    {
      system: "isa",
      name: "Maximum half-open TCP connections",
      default: "80",
      note: "half of the concurrent limit; custom 200, half of 400",
      source: "TMG SDK ff824579 (rule)",
    },
    {
      system: "asa",
      name: "per-client-embryonic-max",
      default: "0 (none)",
      source: "Cisco ASA syslog 201012",
    },
    {
      system: "asa",
      name: "embryonic-conn-max",
      default: "0 (none)",
      note: "beyond it TCP intercept answers in the server's place",
      source: "Cisco ASA syslog 201010",
    },
    {
      system: "netfilter",
      name: "synproxy, ct count on unanswered flows",
      note: "nft has no matcher for embryonic; built from two zones",
      source: "measured on Linux 6.18.44",
    },
  ],
  refused: {
    errno: ["ETIMEDOUT"],
    wsa: ["WSAETIMEDOUT"],
    netError: [53],
    counters: ["TcpExtTCPSynRetrans", "TcpExtTCPTimeouts"],
    says: "live targets time out as well, but only while dead targets are being tried",
  },
  lookalikes: [
    { limit: "embryonic-outbound", tellApart: "event 4226: the client itself holds the SYNs back" },
    { limit: "firewall-concurrent", tellApart: "bites also when every target is alive" },
    { limit: "target-silent", tellApart: "only dead targets fail; live ones connect at any time" },
  ],
  remedies: [
    {
      change: "Take dead targets out, or try fewer of them at once",
      systems: ["application"],
      price: "The list has to be kept up to date",
    },
    {
      change: "Raise the limit for the machine",
      systems: ["asa", "isa"],
      commands: ["set connection per-client-embryonic-max 500"],
      price: "Weaker protection against SYN floods",
      source: "Cisco ASA syslog guide",
    },
  ],
  alsoCalled: ["half-open limit", "embryonic limit", "TCP intercept", "SYN proxy"],
  sources: ["TMG SDK ff824579", "Cisco ASA syslog 201010, 201012"],
}

/** What a firewall on the path imposes on one source. */
export const FIREWALL_LIMITS: readonly Limit[] = [
  firewallConcurrent,
  firewallRate,
  firewallEmbryonic,
]
