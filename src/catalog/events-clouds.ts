/**
 * What clouds say of their translators' ports: points of their metrics that count refusals, and log entries of
 * connections that were dropped. Sources: Amazon VPC User Guide, Elastic Load Balancing user guides, Azure Load Balancer
 * and NAT gateway documentation, Google Cloud NAT documentation.
 */
import type { NetworkEvent } from "./network-event.ts"

const points = "count (in the period), resource"
const aws = { source: "aws", severity: "warning", data: points } as const
const vpcGuide = "Amazon VPC User Guide, NAT gateway metrics"
const balancers = "Elastic Load Balancing user guides, CloudWatch metrics"
const azure = { source: "azure", severity: "warning", data: points } as const
const azureDocs = "Azure Monitor, metrics of load balancers and NAT gateways"
const google = { source: "gcp-nat", severity: "warning" } as const
const googleDocs = "Google Cloud NAT, logging and troubleshooting"

export const CLOUD_EVENTS = [
  {
    ...aws,
    id: "ErrorPortAllocation",
    meaning: "The NAT gateway had no source port for connections (ErrorPortAllocation)",
    limits: ["nat-ports"],
    citation: vpcGuide,
    pool: "box",
    weight: 36,
  },
  {
    ...aws,
    id: "PortAllocationErrorCount",
    meaning: "The load balancer had no source port towards a target (PortAllocationErrorCount)",
    limits: ["nat-ports"],
    citation: balancers,
    pool: "box",
    weight: 36,
  },
  {
    ...aws,
    id: "RejectedConnectionCount",
    meaning: "The load balancer had as many connections as it may have (RejectedConnectionCount)",
    limits: ["target-quota"],
    citation: balancers,
    pool: "target",
    weight: 34,
  },
  {
    ...aws,
    id: "RejectedFlowCount",
    meaning: "The load balancer rejected new flows (RejectedFlowCount)",
    limits: ["target-quota", "path-conntrack"],
    citation: balancers,
    pool: "target",
    weight: 30,
  },
  {
    ...aws,
    id: "SpilloverCount",
    meaning: "Requests were rejected because the balancer's surge queue was full (SpilloverCount)",
    limits: ["target-quota"],
    citation: balancers,
    pool: "target",
    weight: 34,
  },
  {
    ...azure,
    id: "snat-failed",
    meaning: "Outgoing connections got no translated port (SNAT connection count, state Failed)",
    limits: ["nat-ports"],
    citation: azureDocs,
    pool: "box",
    weight: 36,
  },
  {
    ...azure,
    id: "snat-ports",
    meaning: "An instance used all translated ports that it was given",
    limits: ["nat-ports"],
    data: "used, limit (allocated ports), resource",
    citation: azureDocs,
    pool: "box",
    weight: 30,
  },
  {
    ...azure,
    id: "packets-dropped",
    meaning: "The NAT gateway dropped packets (PacketDropCount)",
    limits: ["nat-ports", "path-loss"],
    citation: azureDocs,
    pool: "box",
    weight: 22,
  },
  {
    ...google,
    id: "DROPPED",
    meaning: "Cloud NAT had no port for connections and dropped them (allocation status DROPPED)",
    limits: ["nat-ports"],
    data: "from, to, fromPort, toPort",
    citation: googleDocs,
    pool: "box",
    weight: 36,
  },
  {
    ...google,
    id: "out-of-resources",
    meaning: "Cloud NAT dropped packets for want of a port (OUT_OF_RESOURCES)",
    limits: ["nat-ports"],
    data: points,
    citation: googleDocs,
    pool: "box",
    weight: 36,
  },
  {
    ...google,
    id: "endpoint-conflict",
    meaning:
      "Cloud NAT dropped packets because the endpoint was taken (ENDPOINT_INDEPENDENCE_CONFLICT)",
    limits: ["nat-ports"],
    data: points,
    citation: googleDocs,
    pool: "box",
    weight: 32,
  },
  {
    ...google,
    id: "allocation-failed",
    meaning: "A machine got no ports at all from Cloud NAT (nat_allocation_failed)",
    limits: ["nat-ports"],
    data: points,
    citation: googleDocs,
    pool: "box",
    weight: 36,
  },
] as const satisfies readonly NetworkEvent[]
