/**
 * What Palo Alto Networks, Juniper SRX and SonicWall firewalls say of their limits. Threat ids: PAN-OS Administrator's Guide, flood
 * protection and DoS policies; session end reasons: Traffic Log Fields. Screens: Junos System Log Explorer, RT_SCREEN.
 */
import type { NetworkEvent } from "./network-event.ts"

const pan = { source: "paloalto", severity: "warning" } as const
const panGuide = "PAN-OS Administrator's Guide, DoS and zone protection, threat ids 8001 to 8801"
const panData = "from, to, rule, action, count"

const paloAltoEvents = [
  {
    ...pan,
    id: "threat 8801",
    meaning: "A DoS policy's maximum of concurrent sessions was reached and sessions were dropped",
    limits: ["firewall-concurrent"],
    data: panData,
    citation: panGuide,
    pool: "source",
    weight: 36,
  },
  {
    ...pan,
    id: "threat 8801 alert",
    meaning: "A DoS policy's maximum of concurrent sessions was reached (only logged)",
    limits: ["firewall-concurrent"],
    data: panData,
    citation: panGuide,
    pool: "source",
    weight: 16,
  },
  {
    ...pan,
    id: "threat 8501",
    meaning:
      "SYNs per second passed the activate or maximum rate: SYNs are dropped or answered by cookies",
    limits: ["firewall-rate", "firewall-embryonic"],
    data: panData,
    citation: panGuide,
    pool: "box",
    weight: 32,
  },
  {
    ...pan,
    id: "threat 8501 alert",
    meaning: "SYNs per second passed the alarm rate (only logged)",
    limits: ["firewall-rate"],
    data: panData,
    citation: panGuide,
    pool: "box",
    weight: 10,
  },
  {
    ...pan,
    id: "threat 8001",
    meaning: "A source was taken for a port scanner and its packets were dropped",
    limits: ["firewall-policy", "firewall-rate"],
    data: panData,
    citation: panGuide,
    pool: "source",
    weight: 34,
  },
  {
    ...pan,
    id: "threat 8001 alert",
    meaning: "A source was taken for a port scanner (only logged)",
    limits: [],
    data: panData,
    citation: panGuide,
    pool: "source",
    weight: 0,
  },
  {
    ...pan,
    id: "threat 8002",
    meaning: "A source was taken for a host sweep and its packets were dropped",
    limits: ["firewall-policy", "firewall-rate"],
    data: panData,
    citation: panGuide,
    pool: "source",
    weight: 34,
  },
  {
    ...pan,
    id: "threat 8002 alert",
    meaning: "A source was taken for a host sweep (only logged)",
    limits: [],
    data: panData,
    citation: panGuide,
    pool: "source",
    weight: 0,
  },
  {
    ...pan,
    id: "resources-unavailable",
    meaning: "A session was dropped because a resource of the firewall ran out",
    limits: ["path-conntrack"],
    data: "from, to",
    citation: "PAN-OS Administrator's Guide, Traffic Log Fields, session end reason",
    pool: "box",
    weight: 26,
  },
] as const satisfies readonly NetworkEvent[]

const srx = { source: "srx", severity: "warning", citation: "Junos System Log Explorer" } as const

const srxEvents = [
  {
    ...srx,
    id: "screen source-sessions",
    meaning:
      "A source had as many sessions at once as the screen allows (source-ip-based session limit)",
    limits: ["firewall-concurrent"],
    data: "from, to",
    pool: "source",
    weight: 36,
  },
  {
    ...srx,
    id: "screen destination-sessions",
    meaning:
      "A target had as many sessions at once as the screen allows (destination-ip-based session limit)",
    limits: ["firewall-concurrent"],
    data: "from, to",
    pool: "target",
    weight: 34,
  },
  {
    ...srx,
    id: "screen syn-flood",
    meaning: "SYNs per second passed the screen's threshold: they are dropped or proxied",
    limits: ["firewall-rate", "firewall-embryonic"],
    data: "from, to",
    pool: "target",
    weight: 30,
  },
  {
    ...srx,
    id: "screen scan",
    meaning: "A source was taken for a scanner or an address sweep",
    limits: ["firewall-policy", "firewall-rate"],
    data: "from, to",
    pool: "source",
    weight: 28,
  },
  {
    ...srx,
    id: "nat-pool",
    meaning: "A pool of translated addresses or ports is nearly used up, or is",
    limits: ["nat-ports"],
    data: "pool, used (per cent)",
    pool: "box",
    weight: 28,
  },
  {
    ...srx,
    id: "session-table",
    severity: "error",
    meaning: "The session table is full",
    limits: ["path-conntrack"],
    pool: "box",
    weight: 34,
  },
  {
    ...srx,
    id: "high-watermark",
    meaning: "The session table passed its high watermark: idle sessions are aged out early",
    limits: ["path-conntrack", "firewall-idle-timeout"],
    pool: "box",
    weight: 22,
  },
] as const satisfies readonly NetworkEvent[]

const sonicWallEvents = [
  {
    source: "sonicwall",
    id: "connection-limit",
    severity: "warning",
    meaning: "A limit of connections was reached and new ones are dropped",
    limits: ["firewall-concurrent", "path-conntrack"],
    data: "from, to",
    citation: "SonicOS Log Events Reference Guide",
    pool: "source",
    weight: 32,
  },
] as const satisfies readonly NetworkEvent[]

export const FIREWALL_EVENTS: readonly NetworkEvent[] = [
  ...paloAltoEvents,
  ...srxEvents,
  ...sonicWallEvents,
]
