/** Packet filters and firewall appliances: pf, Cisco ASA, FortiGate, Palo Alto. */
import type { MiddleboxProfile } from "../../model/profile.ts"

const pfConf = "pf.conf(5)"
const asaLog = "Cisco ASA syslog guide, messages 201002 to 219002"
const pfTimeouts = "listing of pfctl -s timeouts; pf.conf(5)"

const pf: MiddleboxProfile = {
  kind: "middlebox",
  id: "pf",
  title: "pf (OpenBSD, FreeBSD, macOS)",
  vendor: "OpenBSD",
  limits: [
    {
      limit: "path-conntrack",
      setting: "set limit states",
      capacity: {
        value: 100_000,
        mark: "C",
        source: "OpenBSD PF user's guide, options",
        also: [{ value: 10_000, source: "older listings of pfctl -s memory" }],
      },
      per: "host",
      atLimit: "no new state: the packet is dropped; counter memory",
      answer: "silence",
      source: pfConf,
    },
    {
      limit: "firewall-concurrent",
      setting: "max-src-conn N",
      capacity: { value: null, mark: "S", source: `${pfConf}: none unless a rule says so` },
      per: "source address and rule; completed handshakes only",
      atLimit:
        "the state is killed; overload puts the address in a table that may block it for good",
      answer: "silence",
      source: pfConf,
    },
    {
      limit: "firewall-rate",
      setting: "max-src-conn-rate N / s",
      capacity: { value: null, mark: "S", source: `${pfConf}: none unless a rule says so` },
      per: "source address and rule; completed handshakes only",
      atLimit: "as max-src-conn",
      answer: "silence",
      source: pfConf,
    },
    {
      limit: "firewall-embryonic",
      setting: "max-src-states N",
      capacity: { value: null, mark: "S", source: `${pfConf}: none unless a rule says so` },
      per: "source address and rule; every state, embryonic ones too",
      atLimit: "no new state: the packet is dropped",
      answer: "silence",
      source: pfConf,
    },
    {
      limit: "nat-ports",
      setting: "nat-to pool (ports 50001-65535 unless given)",
      capacity: { value: 15_535, mark: "G", source: "pf sources, not read again" },
      per: "translated address and destination",
      atLimit: "the packet is dropped; counter map-failed (OpenBSD: translate)",
      answer: "silence",
      source: "pfctl(8) counters",
    },
  ],
  timersSec: {
    "tcp.first": { value: 120, mark: "V", source: pfTimeouts },
    "tcp.opening": { value: 30, mark: "V", source: pfTimeouts },
    "tcp.established": { value: 86_400, mark: "V", source: pfTimeouts },
    "tcp.closing": { value: 900, mark: "V", source: pfTimeouts },
    "tcp.finwait": { value: 45, mark: "V", source: pfTimeouts },
    "tcp.closed": { value: 90, mark: "V", source: pfTimeouts },
  },
  settings: {
    "set limit src-nodes": { value: 10_000, mark: "V", source: "OpenBSD PF user's guide, options" },
  },
  signals: [
    { name: "pfctl -si state-limit", meaning: "max of a rule was reached", source: "pfctl(8)" },
    { name: "pfctl -si src-limit", meaning: "a limit per source was reached", source: "pfctl(8)" },
    { name: "pfctl -si memory", meaning: "no room for a state", source: "pfctl(8)" },
    {
      name: "pfctl -si map-failed",
      meaning: "no translated port (OpenBSD: translate)",
      source: "pfctl(8)",
    },
  ],
  notes: [
    "set optimization changes every timer; adaptive timeouts shorten them as the table fills.",
  ],
}

const none = "Cisco ASA configuration: 0 is none"

const asa: MiddleboxProfile = {
  kind: "middlebox",
  id: "cisco-asa",
  title: "Cisco ASA",
  vendor: "Cisco",
  limits: [
    {
      limit: "firewall-concurrent",
      setting: "set connection conn-max, per-client-max",
      capacity: { value: null, mark: "S", source: none },
      per: "class, or client",
      atLimit: "the connection is refused; %ASA-3-201011 or 201013",
      answer: "silence",
      source: asaLog,
    },
    {
      limit: "firewall-embryonic",
      setting: "set connection embryonic-conn-max, per-client-embryonic-max",
      capacity: { value: null, mark: "S", source: none },
      per: "class, or client",
      atLimit: "%ASA-6-201010 or 201012; TCP intercept may answer in the server's stead",
      source: asaLog,
    },
    {
      limit: "nat-ports",
      setting: "PAT pool",
      per: "translated address",
      atLimit: "%ASA-3-202010: the pool is exhausted; the connection is not created",
      answer: "silence",
      source: asaLog,
    },
  ],
  timersSec: {},
  signals: [
    {
      name: "%ASA-3-201011",
      meaning: "Connection limit exceeded: count and limit follow",
      source: asaLog,
    },
    { name: "%ASA-6-201010", meaning: "Embryonic connection limit exceeded", source: asaLog },
    { name: "201012", meaning: "per-client embryonic limit exceeded", source: asaLog },
    { name: "%ASA-3-201013", meaning: "Per-client connection limit exceeded", source: asaLog },
    { name: "201002, 201003", meaning: "older forms for static NAT", source: asaLog },
  ],
  notes: [],
}

const fortigate: MiddleboxProfile = {
  kind: "middlebox",
  id: "fortigate",
  title: "FortiGate",
  vendor: "Fortinet",
  limits: [
    {
      limit: "firewall-concurrent",
      setting: "per-ip-shaper max-concurrent-session, max-concurrent-tcp-session",
      capacity: {
        value: null,
        mark: "S",
        source: "FortiOS CLI reference 6.2: 0 is none",
        allowed: [{ least: 0, most: 2_097_000, source: "FortiOS CLI reference 6.2" }],
      },
      per: "source address",
      atLimit: "new sessions are dropped",
      answer: "silence",
      source: "FortiOS CLI reference 6.2",
    },
    {
      limit: "path-conntrack",
      setting: "conserve mode: red threshold 88 %, extreme 95 % of memory",
      per: "device",
      atLimit: "at the extreme threshold new sessions are dropped",
      answer: "silence",
      source: "FortiOS CLI reference 6.2",
    },
    {
      limit: "nat-ports",
      setting: "IP pool, outgoing interface address",
      per: "translated address and destination",
      atLimit: "log 20007, NAT port exhausted",
      answer: "silence",
      source: "FortiOS log reference 6.2, 7.0",
    },
  ],
  timersSec: {},
  settings: {
    "memory-use-threshold-red": { value: 88, mark: "S", source: "FortiOS CLI reference 6.2" },
    "memory-use-threshold-extreme": { value: 95, mark: "S", source: "FortiOS CLI reference 6.2" },
  },
  signals: [
    {
      name: "20007 LOG_ID_SOCKET_EXHAUSTED",
      meaning: "NAT port exhausted; carries srcip, dstip, dstport, nat, service",
      source: "FortiOS log reference 6.2, 7.0",
    },
  ],
  notes: [],
}

const paloAlto: MiddleboxProfile = {
  kind: "middlebox",
  id: "palo-alto",
  title: "Palo Alto Networks firewalls",
  vendor: "Palo Alto Networks",
  limits: [
    {
      limit: "path-conntrack",
      setting: "session table of the platform",
      per: "device",
      atLimit: "new sessions are dropped",
      answer: "silence",
      source: "show session info (general knowledge)",
    },
    {
      limit: "nat-ports",
      setting: "dynamic IP and port pool x oversubscription",
      per: "translated address; with oversubscription also per destination",
      atLimit: "counter nat_dynamic_port_xlat_failed",
      answer: "silence",
      source: "show counter global; show running ippool",
    },
  ],
  timersSec: {},
  signals: [
    {
      name: "nat_dynamic_port_xlat_failed",
      meaning: "no port of the pool was free",
      source: "show counter global",
    },
    {
      name: "show session info",
      meaning: "use of the session table",
      source: "general knowledge",
    },
  ],
  notes: [],
}

/** pf, then appliances by vendor. */
export const APPLIANCE_PROFILES: readonly MiddleboxProfile[] = [pf, asa, fortigate, paloAlto]
