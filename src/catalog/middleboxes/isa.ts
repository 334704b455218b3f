/**
 * Microsoft ISA Server 2000, 2004, 2006 and Forefront TMG 2010: flood mitigation per source
 * address. Rates came with ISA 2006; every limit has a second, custom number for the computers on
 * the IP Exceptions tab.
 */
import type { BoxLimit, MiddleboxProfile, Sourced } from "../../model/profile.ts"

const vendor = "Microsoft"
const perAddress = "source address, counted for the side that initiates"
const stoneff = "C. Stoneff, Managing Machines through ISA Server"
const blog = "ISA Server blog, 27 June 2007"

const concurrent: BoxLimit = {
  limit: "firewall-concurrent",
  setting: "Maximum concurrent TCP connections per IP address (TcpLimit)",
  capacity: { value: 160, mark: "V", source: `TMG SDK ff824579; ${blog}; KB838706` },
  custom: { value: 400, mark: "V", source: `TMG SDK ff824579; ${blog}; KB838706` },
  per: perAddress,
  atLimit: "no further TCP connection until one closes; existing ones are untouched",
  answer: "silence",
  source: "TMG SDK ff824579; KB838706",
}

const perMinute: BoxLimit = {
  limit: "firewall-rate",
  setting: "Maximum TCP connect requests per minute per IP address (TcpLimitPerMinute)",
  capacity: { value: 600, mark: "V", source: `TMG SDK ff824580; ${blog}; ${stoneff}` },
  custom: { value: 6000, mark: "V", source: `TMG SDK ff824580; ${blog}; ${stoneff}` },
  windowSec: {
    value: 60,
    mark: "S",
    source: "blog.nessus.nl: the quota refills after one minute",
    note: "fixed or sliding is not documented, nor whether repeated SYNs count",
  },
  per: perAddress,
  atLimit: "new connections from the address are blocked for the minute, then the cycle repeats",
  answer: "silence",
  source: "TMG SDK ff824580; ISA 2006 management pack",
}

const halfOpen: BoxLimit = {
  limit: "firewall-embryonic",
  setting: "Maximum half-open TCP connections",
  capacity: { value: 80, mark: "D", source: "TMG SDK ff824579: half of TcpLimit" },
  custom: { value: 200, mark: "D", source: "TMG SDK ff824579: half of the custom limit" },
  per: perAddress,
  atLimit: "further attempts are dropped until one completes or ends",
  answer: "silence",
  source: "TMG SDK ff824579",
}

const http: BoxLimit = {
  limit: "firewall-rate",
  setting: "Maximum HTTP requests per minute per IP address (HttpLimitPerMinute)",
  capacity: { value: 600, mark: "V", source: "TMG SDK ff824576, ff824577" },
  custom: { value: 6000, mark: "S", source: "laurentbel.com, flood mitigation in TMG" },
  windowSec: { value: 60, mark: "V", source: "TMG SDK ff824576, ff824577" },
  per: perAddress,
  atLimit: "further HTTP requests from the address are refused for the minute",
  answer: "refuse",
  source: "TMG SDK ff824576",
}

const ruleLimit: Sourced<number | string> = {
  value: "1000 per second",
  mark: "V",
  source: "TMG SDK ff824570; ISA SDK RulePerSecondLimit",
  allowed: [{ least: 100, most: 9_999_999, source: "TMG SDK ff824570" }],
  note: "per rule; new sessions other than TCP",
}

const settings2004: NonNullable<MiddleboxProfile["settings"]> = {
  RulePerSecondLimit: ruleLimit,
  UdpLimit: {
    value: 160,
    mark: "V",
    source: "TMG SDK ff824581; KB838706",
    note: "UDP mappings per address, custom 400 (general knowledge); a new one closes the oldest",
  },
}

const settings2006: NonNullable<MiddleboxProfile["settings"]> = {
  ...settings2004,
  RulePerSecondLimit: {
    ...ruleLimit,
    mark: "C",
    also: [{ value: "1000 per minute", source: "the console's label" }],
  },
  LoggedDeniedPerMinute: {
    value: 600,
    mark: "S",
    source: "TMG SDK ff824567",
    note: "denied packets per minute and address that raise alert 21284",
  },
  "Mitigate flood attacks and worm propagation": {
    value: "on",
    mark: "S",
    source: "TechNet bb838988",
  },
  "Log traffic blocked by flood mitigation": {
    value: "on",
    mark: "S",
    source: "TechNet bb838988",
  },
}

const blockTimer: MiddleboxProfile["timersSec"] = {
  "block after the rate limit": {
    value: 60,
    mark: "V",
    source: "blog.nessus.nl; ISA 2006 management pack 6.0.6648.0",
  },
}

/** Events and log results; the event source differs by product. */
function signalsOf(source: string): MiddleboxProfile["signals"] {
  return [
    {
      name: `${source} 15112`,
      meaning: "an address is over its connection limit; the new TCP connection was refused",
      source: "KB838706",
    },
    {
      name: `${source} 15113`,
      meaning: "a client was disconnected: its oldest session other than TCP was closed",
      source: "KB838706",
    },
  ]
}

function signalsOf2006(source: string): MiddleboxProfile["signals"] {
  return [
    ...signalsOf(source),
    {
      name: `${source} 21282`,
      meaning: "denied packets are above the system limit: log records are thinned from here on",
      source: "management pack rule 21282",
    },
    {
      name: `${source} 21284`,
      meaning: "denied connections from one address are above the configured limit",
      source: "KB838706",
    },
    {
      name: "0xC0040037",
      meaning: "FWX_E_TCP_RATE_QUOTA_EXCEEDED_DROPPED: the connection rate of one client",
      source: `wspfwerr.h; ${stoneff}`,
    },
    {
      name: "0xC0040033",
      meaning: "FWX_E_RULE_QUOTA_EXCEEDED_DROPPED: the per-rule limit, not TCP",
      source: "wspfwerr.h",
    },
    {
      name: "0xC0040017",
      meaning:
        "FWX_E_TCP_NOT_SYN_PACKET_DROPPED: a packet of a connection the firewall does not know; " +
        "one article misspells it FWX_E_TXP_SYN_PACKET_DROPPED",
      source: "wspfwerr.h",
    },
  ]
}

const counting = [
  "No result code names the concurrent quota; only event 15112 does.",
  "A proxy or NAT in front makes many users one source address (ISA Server blog).",
  "Where connections last longer than 16 s, 160 at once binds before 600 a minute.",
  "Exempt just the one machine: put it in a computer set on the IP Exceptions tab. The change " +
    "takes effect after Apply.",
]

const isa2006: MiddleboxProfile = {
  kind: "middlebox",
  id: "isa-2006",
  title: "ISA Server 2006",
  vendor,
  limits: [concurrent, perMinute, halfOpen, http],
  timersSec: blockTimer,
  settings: settings2006,
  signals: signalsOf2006("Microsoft Firewall"),
  notes: [
    ...counting,
    "Configuration, General, Configure Flood Mitigation Settings.",
    "In a flood: disable logging on the matching rule and reset the Connection Limit alerts by hand.",
  ],
}

/** In the order of their release. */
export const ISA_PROFILES: readonly MiddleboxProfile[] = [
  {
    kind: "middlebox",
    id: "isa-2000",
    title: "ISA Server 2000",
    vendor,
    limits: [
      {
        limit: "firewall-concurrent",
        setting: "SecureNAT mappings per client (registry)",
        capacity: { value: 40, mark: "S", source: "KB316356" },
        per: "client address",
        atLimit: "the next connection makes it reset the oldest one",
        answer: "reset-oldest",
        source: "KB316356",
      },
    ],
    timersSec: {},
    signals: [
      {
        name: "RST on an open connection",
        meaning: "the 41st connection of a client ended its oldest",
        source: "KB316356",
      },
    ],
    notes: ["Later versions refuse the new connection instead."],
  },
  {
    kind: "middlebox",
    id: "isa-2004",
    title: "ISA Server 2004",
    vendor,
    limits: [concurrent],
    timersSec: {},
    settings: settings2004,
    signals: signalsOf("Microsoft Firewall"),
    notes: [
      ...counting.slice(0, 2),
      "No limit per minute: that came with ISA 2006.",
      "In the Enterprise Edition the custom limit applies to all array members (TechNet cc302445).",
    ],
  },
  isa2006,
  {
    ...isa2006,
    id: "tmg-2010",
    title: "Forefront Threat Management Gateway 2010",
    signals: [
      ...signalsOf2006("Microsoft Forefront TMG Firewall"),
      {
        name: "Microsoft Forefront TMG Firewall 15120",
        meaning: "concurrent TCP connections from one address are over the limit",
        source: "TMG management pack 7.0.7695.100",
      },
    ],
    notes: [...counting, "Intrusion Prevention System, Behavioral Intrusion Detection."],
  },
]
