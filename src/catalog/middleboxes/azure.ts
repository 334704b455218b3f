/**
 * Address translation of Azure: ports per instance by default outbound access or outbound rule,
 * ports on demand by NAT gateway. All of it drops silently.
 */
import type { BoxLimit, MiddleboxProfile } from "../../model/profile.ts"

const lbDocs = "Azure load balancer outbound connections"
const natDocs = "Azure NAT gateway documentation, resource and SNAT"

/** Ports of default outbound access by size of the backend pool. */
const azureTiers: readonly (readonly [from: number, to: number, ports: number])[] = [
  [1, 50, 1024],
  [51, 100, 512],
  [101, 200, 256],
  [201, 400, 128],
  [401, 800, 64],
  [801, 1000, 32],
]

const azureDefault: readonly BoxLimit[] = azureTiers.map(([from, to, ports]) => ({
  limit: "nat-ports",
  setting: `default allocation, pool of ${from} to ${to} instances`,
  capacity: { value: ports, mark: "S", source: lbDocs },
  per: "IP configuration and destination",
  atLimit: "SNAT fails: dropped",
  answer: "silence",
  source: lbDocs,
}))

/** Load Balancer and NAT gateway. */
export const AZURE_PROFILES: readonly MiddleboxProfile[] = [
  {
    kind: "middlebox",
    id: "azure-lb",
    title: "Azure Load Balancer (default outbound access and outbound rules)",
    vendor: "Microsoft",
    limits: [
      ...azureDefault,
      {
        limit: "nat-ports",
        setting: "outbound rule: allocatedOutboundPorts",
        capacity: {
          value: 64_000,
          mark: "S",
          source: lbDocs,
          note: "per frontend address, divided among the instances",
        },
        per: "frontend address; each instance has its share, per destination",
        atLimit: "SNAT fails: dropped",
        answer: "silence",
        source: lbDocs,
      },
      {
        limit: "firewall-idle-timeout",
        setting: "idleTimeoutInMinutes",
        capacity: {
          value: 240,
          mark: "S",
          source: lbDocs,
          allowed: [{ least: 240, most: 7200, source: lbDocs }],
          note: "seconds idle",
        },
        per: "flow",
        atLimit: "the flow is forgotten; RST only where TCP reset is enabled",
        answer: "silence",
        source: lbDocs,
      },
    ],
    timersSec: {
      idle: {
        value: 240,
        mark: "S",
        source: lbDocs,
        allowed: [{ least: 240, most: 7200, source: lbDocs }],
      },
    },
    settings: {
      "block taken by a load balancing or inbound NAT rule": {
        value: 8,
        mark: "S",
        source: lbDocs,
        note: "ports",
      },
    },
    signals: [
      {
        name: "SNAT connection count",
        meaning: "by state; failed means no port was free",
        source: lbDocs,
      },
      { name: "used SNAT ports, allocated SNAT ports", meaning: "headroom", source: lbDocs },
    ],
    notes: [
      "Frontend addresses are used up one after another, not in turn.",
      "One port serves many destinations where address or port differ.",
      "AKS: outbound addresses x 64,000 must cover the most nodes x allocatedOutboundPorts, surge " +
        "included; else InvalidLoadBalancerProfileAllocatedOutboundPorts; default idle 30 min " +
        "(jenkins-infra azure PR 580, helpdesk 4046).",
    ],
  },
  {
    kind: "middlebox",
    id: "azure-nat-gateway",
    title: "Azure NAT gateway",
    vendor: "Microsoft",
    limits: [
      {
        limit: "nat-ports",
        setting: "addresses of the gateway (up to 16)",
        capacity: { value: 64_512, mark: "V", source: natDocs, note: "per address, on demand" },
        per: "address of the gateway and destination",
        atLimit: "dropped; SNAT connection count, failed",
        answer: "silence",
        source: natDocs,
      },
      {
        limit: "nat-ports",
        setting: "connections to one destination",
        capacity: { value: 50_000, mark: "V", source: natDocs },
        per: "address of the gateway and one destination",
        atLimit: "dropped",
        answer: "silence",
        source: natDocs,
      },
      {
        limit: "path-conntrack",
        setting: "connections of the gateway",
        capacity: { value: 2_000_000, mark: "V", source: natDocs },
        per: "gateway",
        atLimit: "dropped",
        answer: "silence",
        source: natDocs,
      },
      {
        limit: "firewall-idle-timeout",
        setting: "idleTimeoutInMinutes",
        capacity: {
          value: 240,
          mark: "V",
          source: natDocs,
          allowed: [{ least: 240, most: 7200, source: natDocs }],
          note: "seconds idle",
        },
        per: "flow",
        atLimit: "a later packet is answered with RST",
        answer: "reset",
        source: natDocs,
      },
    ],
    timersSec: {
      idle: {
        value: 240,
        mark: "V",
        source: natDocs,
        allowed: [{ least: 240, most: 7200, source: natDocs }],
      },
      "hold after FIN": { value: 65, mark: "V", source: natDocs },
      "hold after RST": { value: 16, mark: "V", source: natDocs },
      "hold half-open": { value: 30, mark: "V", source: natDocs },
    },
    settings: { "addresses at most": { value: 16, mark: "V", source: natDocs } },
    signals: [
      { name: "SNAT connection count", meaning: "by state; failed", source: natDocs },
      { name: "dropped packets", meaning: "packets dropped", source: natDocs },
    ],
    notes: [
      "Ports are picked at random.",
      "64,512 ports held 65 s make 992 new connections a second per address to one destination.",
    ],
  },
]
