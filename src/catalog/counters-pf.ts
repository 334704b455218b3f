/** Counters and gauges of pf (pfctl -si), under its own names. Sources: pfctl(8), OpenBSD and FreeBSD pfvar.h. */
import type { NetworkCounter } from "./counters-network.ts"

const counter = { kind: "counter", scope: "host" } as const
const pfvar = "pfctl(8); pfvar.h, PFRES_NAMES and LCNT"

export const PF_COUNTERS = {
  "pf.states": {
    kind: "gauge",
    scope: "host",
    meaning: "States in the table of pf (current entries)",
    limits: ["path-conntrack"],
    source: "pfctl(8), -s info",
    boundBy: "set limit states",
  },
  "pf.memory": {
    ...counter,
    meaning: "Packets that pf dropped for want of memory: the table of states is full, most often",
    limits: ["path-conntrack"],
    source: pfvar,
    refuses: true,
  },
  "pf.state-limit": {
    ...counter,
    meaning: "Packets dropped because a rule had as many states as its max allows",
    limits: ["firewall-concurrent", "path-conntrack"],
    source: pfvar,
    refuses: true,
  },
  "pf.src-limit": {
    ...counter,
    meaning:
      "Packets dropped because a source had as many states, connections or connects as it may",
    limits: ["firewall-concurrent", "firewall-rate", "firewall-embryonic"],
    source: pfvar,
    refuses: true,
  },
  "pf.map-failed": {
    ...counter,
    meaning: "Packets for which no translated port was free",
    limits: ["nat-ports"],
    source: pfvar,
    refuses: true,
  },
  "pf.translate": {
    ...counter,
    meaning: "Packets that could not be translated (OpenBSD)",
    limits: ["nat-ports"],
    source: pfvar,
    refuses: true,
    weight: 20,
  },
  "pf.max-states-per-rule": {
    ...counter,
    meaning: "States refused by max of a rule",
    limits: ["firewall-concurrent"],
    source: pfvar,
    refuses: true,
  },
  "pf.max-src-states": {
    ...counter,
    meaning: "States refused by max-src-states of a rule",
    limits: ["firewall-embryonic", "firewall-concurrent"],
    source: pfvar,
    refuses: true,
  },
  "pf.max-src-nodes": {
    ...counter,
    meaning: "Sources refused by max-src-nodes of a rule",
    limits: ["firewall-concurrent"],
    source: pfvar,
    refuses: true,
  },
  "pf.max-src-conn": {
    ...counter,
    meaning: "Connections of a source over max-src-conn: their states were killed",
    limits: ["firewall-concurrent"],
    source: pfvar,
    refuses: true,
  },
  "pf.max-src-conn-rate": {
    ...counter,
    meaning: "Connects of a source over max-src-conn-rate: their states were killed",
    limits: ["firewall-rate"],
    source: pfvar,
    refuses: true,
  },
  "pf.overload-flush-states": {
    ...counter,
    meaning: "States flushed because their source went over a limit with overload flush",
    limits: ["firewall-concurrent", "firewall-rate"],
    source: pfvar,
    refuses: true,
  },
  "pf.congestion": {
    ...counter,
    meaning: "Packets that pf dropped because the system was congested",
    limits: ["path-loss"],
    source: pfvar,
  },
  "pf.state-mismatch": {
    ...counter,
    meaning:
      "Packets that fit no window of their state: late ones, or two ways through the network",
    limits: ["path-loss", "firewall-idle-timeout"],
    source: pfvar,
  },
} as const satisfies Readonly<Record<string, NetworkCounter>>
