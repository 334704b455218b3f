/**
 * Counters and gauges of firewalls, proxies and clouds that speak of a limit. Names have the product before the dot and
 * the product's own name behind it.
 */
import { PF_COUNTERS } from "./counters-pf.ts"
import type { KnownCounter } from "./known-counter.ts"

export type NetworkCounter = KnownCounter & {
  /** Each count is a connection that was refused or dropped for want of a place. */
  readonly refuses?: true
  /** A gauge: the setting that bounds it. */
  readonly boundBy?: string
  /** Decibans where it grows or is at its bound; 32 where left out. */
  readonly weight?: number
}

const counter = { kind: "counter", scope: "host" } as const
const gauge = { kind: "gauge", scope: "host" } as const

const asaGuide = "Cisco Secure Firewall ASA Series Command Reference"

const asaCounters = {
  "asa.host.tcp": {
    ...gauge,
    meaning: "TCP connections of one host through the firewall (show local-host)",
    limits: ["firewall-concurrent"],
    source: asaGuide,
    boundBy: "asa.host.tcp.limit",
  },
  "asa.host.embryonic": {
    ...gauge,
    meaning: "Embryonic connections to one host through the firewall (show local-host)",
    limits: ["firewall-embryonic"],
    source: asaGuide,
    boundBy: "asa.host.embryonic.limit",
  },
  "asa.resource.conns": {
    ...gauge,
    meaning: "Connections of the firewall or of one context (show resource usage)",
    limits: ["path-conntrack"],
    source: asaGuide,
    boundBy: "asa.resource.conns.limit",
  },
  "asa.resource.conns.denied": {
    ...counter,
    meaning: "Connections denied because the resource was at its limit (show resource usage)",
    limits: ["path-conntrack"],
    source: asaGuide,
    refuses: true,
  },
  "asa.resource.conns-rate.denied": {
    ...counter,
    meaning: "Connections denied because their rate was at its limit (show resource usage)",
    limits: ["firewall-rate"],
    source: asaGuide,
    refuses: true,
  },
  "asa.resource.xlates": {
    ...gauge,
    meaning: "Translations of the firewall or of one context (show resource usage)",
    limits: ["nat-ports", "path-conntrack"],
    source: asaGuide,
    boundBy: "asa.resource.xlates.limit",
  },
  "asa.resource.xlates.denied": {
    ...counter,
    meaning: "Translations denied because the resource was at its limit (show resource usage)",
    limits: ["nat-ports", "path-conntrack"],
    source: asaGuide,
    refuses: true,
  },
  "asa.connections": {
    ...gauge,
    meaning: "Connections in use (show conn count)",
    limits: ["path-conntrack"],
    source: asaGuide,
  },
  "asa.asp.conn-limit": {
    ...counter,
    meaning: "Flows dropped because a connection limit was reached (show asp drop)",
    limits: ["firewall-concurrent"],
    source: asaGuide,
    refuses: true,
  },
  "asa.asp.shunned": {
    ...counter,
    meaning: "Packets of shunned hosts dropped (show asp drop)",
    limits: ["firewall-policy"],
    source: asaGuide,
    refuses: true,
    weight: 20,
  },
  "asa.asp.nat-xlate-failed": {
    ...counter,
    meaning: "Flows dropped because no translation could be made (show asp drop)",
    limits: ["nat-ports"],
    source: asaGuide,
    refuses: true,
    weight: 26,
  },
  "asa.asp.tcp-not-syn": {
    ...counter,
    meaning: "First packet of a flow was no SYN: often of a connection that was forgotten",
    limits: ["firewall-idle-timeout"],
    source: asaGuide,
    refuses: true,
    weight: 8,
  },
} as const satisfies Readonly<Record<string, NetworkCounter>>

const fortinet = "Fortinet community, diagnose sys session stat (articles 198590, 321941)"

const fortigateCounters = {
  "fortigate.clash": {
    ...counter,
    meaning:
      "Sessions whose translated port was taken already; it climbs when NAT ports are used up",
    limits: ["nat-ports"],
    source: fortinet,
    refuses: true,
    weight: 26,
  },
  "fortigate.memory_tension_drop": {
    ...counter,
    meaning: "Sessions dropped for want of memory",
    limits: ["path-conntrack"],
    source: fortinet,
    refuses: true,
  },
  "fortigate.ephemeral": {
    ...gauge,
    meaning: "Sessions not yet established, and their bound",
    limits: ["firewall-embryonic"],
    source: fortinet,
    boundBy: "fortigate.ephemeral_limit",
  },
  "fortigate.sessions": {
    ...gauge,
    meaning: "Sessions of the virtual domain now",
    limits: ["path-conntrack"],
    source: fortinet,
    boundBy: "fortigate.session_limit",
  },
} as const satisfies Readonly<Record<string, NetworkCounter>>

const pan = "PAN-OS CLI, show counter global, show session info, show running ippool"

const paloAltoCounters = {
  "paloalto.sessions": {
    ...gauge,
    meaning: "Sessions of the firewall now",
    limits: ["path-conntrack"],
    source: pan,
    boundBy: "paloalto.sessions_supported",
  },
  "paloalto.ippool.used": {
    ...gauge,
    meaning: "Ports of a translation pool in use",
    limits: ["nat-ports"],
    source: pan,
    boundBy: "paloalto.ippool.size",
  },
  "paloalto.nat_dynamic_port_xlat_failed": {
    ...counter,
    meaning: "Sessions that found no free translated port",
    limits: ["nat-ports"],
    source: pan,
    refuses: true,
  },
  "paloalto.session_allocate_error": {
    ...counter,
    meaning: "Sessions that could not be allocated",
    limits: ["path-conntrack"],
    source: pan,
    refuses: true,
  },
} as const satisfies Readonly<Record<string, NetworkCounter>>

const haproxyGuide = "HAProxy Management Guide, 9.1 and 9.3"

const haproxyCounters = {
  "haproxy.CurrConns": {
    ...gauge,
    meaning: "Connections of the proxy's process now",
    limits: ["target-quota"],
    source: haproxyGuide,
    boundBy: "haproxy.Maxconn",
  },
  "haproxy.scur": {
    ...gauge,
    meaning: "Sessions of one frontend, backend or server now",
    limits: ["target-quota"],
    source: haproxyGuide,
    boundBy: "haproxy.slim",
  },
  "haproxy.qcur": {
    ...gauge,
    meaning: "Requests waiting for a place at a server",
    limits: ["target-quota"],
    source: haproxyGuide,
  },
  "haproxy.econ": {
    ...counter,
    meaning: "Connections to servers that failed",
    limits: ["target-refused", "target-silent"],
    source: haproxyGuide,
  },
  "haproxy.dcon": {
    ...counter,
    meaning: "Connections denied by tcp-request connection rules (limits per source among them)",
    limits: ["firewall-policy", "firewall-concurrent", "firewall-rate"],
    source: haproxyGuide,
    refuses: true,
    weight: 22,
  },
} as const satisfies Readonly<Record<string, NetworkCounter>>

const cloudWatch = "Amazon VPC User Guide, NAT gateway metrics; Elastic Load Balancing, NLB metrics"
const azureMetrics = "Azure Monitor, metrics of Microsoft.Network/loadBalancers and natGateways"
const googleMetrics = "Google Cloud metrics, router.googleapis.com/nat"

const cloudCounters = {
  "aws.ErrorPortAllocation": {
    ...counter,
    meaning: "Connections for which the NAT gateway had no source port, in one period",
    limits: ["nat-ports"],
    source: cloudWatch,
  },
  "aws.PortAllocationErrorCount": {
    ...counter,
    meaning: "Ephemeral port allocation errors of a load balancer in one period",
    limits: ["nat-ports"],
    source: cloudWatch,
  },
  "aws.ActiveConnectionCount": {
    ...gauge,
    meaning: "Connections of the NAT gateway at once; 55,000 for one destination and address",
    limits: ["nat-ports"],
    source: cloudWatch,
  },
  "aws.ConnectionAttemptCount": {
    ...counter,
    meaning: "Attempts to connect through the NAT gateway in one period",
    limits: ["nat-ports", "target-silent"],
    source: cloudWatch,
  },
  "aws.ConnectionEstablishedCount": {
    ...counter,
    meaning: "Connections established through the NAT gateway in one period",
    limits: [],
    source: cloudWatch,
  },
  "aws.IdleTimeoutCount": {
    ...counter,
    meaning: "Connections that went from active to idle for 350 s in one period",
    limits: ["firewall-idle-timeout"],
    source: cloudWatch,
  },
  "aws.PacketsDropCount": {
    ...counter,
    meaning: "Packets dropped by the NAT gateway in one period",
    limits: ["path-loss"],
    source: cloudWatch,
  },
  "azure.SnatConnectionCount": {
    ...counter,
    meaning: "Translated connections in one period, by state (successful, failed, pending)",
    limits: ["nat-ports"],
    source: azureMetrics,
  },
  "azure.SNATConnectionCount": {
    ...counter,
    meaning: "Translated connections of a NAT gateway in one period, by state",
    limits: ["nat-ports"],
    source: azureMetrics,
  },
  "azure.UsedSnatPorts": {
    ...gauge,
    meaning: "Translated ports in use, per backend instance",
    limits: ["nat-ports"],
    source: azureMetrics,
  },
  "azure.AllocatedSnatPorts": {
    ...gauge,
    meaning: "Translated ports given to a backend instance",
    limits: ["nat-ports"],
    source: azureMetrics,
  },
  "azure.PacketDropCount": {
    ...counter,
    meaning: "Packets dropped by a NAT gateway in one period",
    limits: ["nat-ports", "path-loss"],
    source: azureMetrics,
  },
  "gcp.nat/dropped_sent_packets_count": {
    ...counter,
    meaning: "Packets Cloud NAT dropped, by reason (OUT_OF_RESOURCES: no port)",
    limits: ["nat-ports"],
    source: googleMetrics,
  },
  "gcp.nat/nat_allocation_failed": {
    ...gauge,
    meaning: "Whether a machine got no ports at all",
    limits: ["nat-ports"],
    source: googleMetrics,
  },
  "gcp.nat/port_usage": {
    ...gauge,
    meaning: "Ports one machine uses to one destination, at most",
    limits: ["nat-ports"],
    source: googleMetrics,
  },
  "gcp.nat/allocated_ports": {
    ...gauge,
    meaning: "Ports given to a machine",
    limits: ["nat-ports"],
    source: googleMetrics,
  },
  "ethtool.conntrack_allowance_exceeded": {
    ...counter,
    meaning: "Packets AWS dropped since the instance tracks as many connections as it may",
    limits: ["path-conntrack"],
    source: "Amazon EC2 User Guide, network performance; ENA driver",
    refuses: true,
  },
} as const satisfies Readonly<Record<string, NetworkCounter>>

/** Name → what it counts, which limits it speaks for, and how. */
export const NETWORK_COUNTERS: Readonly<Record<string, NetworkCounter>> = {
  ...asaCounters,
  ...fortigateCounters,
  ...paloAltoCounters,
  ...haproxyCounters,
  ...cloudCounters,
  ...PF_COUNTERS,
}
