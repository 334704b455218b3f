/**
 * Address translation and connection tracking of AWS. All of it drops silently: the machine sees
 * SYN timeouts and no error before its retries end.
 */
import type { MiddleboxProfile } from "../../model/profile.ts"

const vpcGuide = "Amazon VPC User Guide, NAT gateways and their troubleshooting"
const ec2Guide = "Amazon EC2 User Guide, security group connection tracking"

/** NAT gateway, security groups, Network Load Balancer. */
export const AWS_PROFILES: readonly MiddleboxProfile[] = [
  {
    kind: "middlebox",
    id: "aws-nat-gateway",
    title: "AWS NAT gateway",
    vendor: "Amazon",
    limits: [
      {
        limit: "nat-ports",
        setting: "addresses of the gateway (up to 8)",
        capacity: { value: 55_000, mark: "V", source: vpcGuide, note: "per address" },
        per: "destination address, port and protocol, and address of the gateway",
        atLimit: "dropped; ErrorPortAllocation counts",
        answer: "silence",
        source: vpcGuide,
      },
      {
        limit: "firewall-idle-timeout",
        setting: "idle timeout",
        capacity: { value: 350, mark: "V", source: vpcGuide, note: "seconds idle; fixed" },
        per: "flow",
        atLimit: "a later packet is answered with RST; IdleTimeoutCount counts",
        answer: "reset",
        source: vpcGuide,
      },
    ],
    timersSec: { idle: { value: 350, mark: "V", source: vpcGuide } },
    settings: {
      ports: { value: "1024-65535", mark: "V", source: vpcGuide },
      "addresses at most": {
        value: 8,
        mark: "V",
        source: vpcGuide,
        note: "two Elastic IP addresses by default on a public gateway",
      },
    },
    signals: [
      { name: "ErrorPortAllocation", meaning: "no port was free", source: vpcGuide },
      {
        name: "ConnectionAttemptCount, ConnectionEstablishedCount",
        meaning: "their difference failed",
        source: vpcGuide,
      },
      { name: "IdleTimeoutCount", meaning: "flows that timed out idle", source: vpcGuide },
      { name: "PacketsDropCount", meaning: "packets dropped", source: vpcGuide },
    ],
    notes: ["How long a port is held after close is not published."],
  },
  {
    kind: "middlebox",
    id: "aws-security-group",
    title: "AWS security group connection tracking",
    vendor: "Amazon",
    limits: [
      {
        limit: "path-conntrack",
        setting: "tracked connections of the instance type",
        per: "instance",
        atLimit: "packets of new flows are dropped; conntrack_allowance_exceeded counts",
        answer: "silence",
        source: ec2Guide,
      },
      {
        limit: "firewall-idle-timeout",
        setting: "TcpEstablishedTimeout",
        capacity: {
          value: 432_000,
          mark: "V",
          source: `${ec2Guide}; karpenter issue 8070`,
          allowed: [{ least: 60, most: 432_000, source: ec2Guide }],
          note: "seconds idle",
        },
        per: "flow",
        atLimit: "the flow is forgotten",
        answer: "silence",
        source: ec2Guide,
      },
    ],
    timersSec: {
      established: { value: 432_000, mark: "V", source: `${ec2Guide}; karpenter issue 8070` },
    },
    settings: {
      "tracked connections of m7i-flex.large": {
        value: 76_957,
        mark: "S",
        source: "one published run; AWS states no numbers",
      },
    },
    signals: [
      {
        name: "conntrack_allowance_exceeded",
        meaning: "packets dropped for want of an entry (ethtool -S)",
        source: ec2Guide,
      },
      {
        name: "conntrack_allowance_available",
        meaning: "entries left; needs ENA driver 2.8.1 or later",
        source: ec2Guide,
      },
    ],
    notes: [
      "Read the counters on the primary interface: others report stale values (amzn-drivers issue " +
        "291).",
      "Untracked only where the rules of both directions are open to all; traffic through load " +
        "balancers, NAT and transit gateways is always tracked.",
    ],
  },
  {
    kind: "middlebox",
    id: "aws-nlb",
    title: "AWS Network Load Balancer",
    vendor: "Amazon",
    limits: [
      {
        limit: "nat-ports",
        setting: "client IP preservation off",
        capacity: {
          value: 55_000,
          mark: "G",
          source: "no document seen",
          note: "per target and address of the balancer",
        },
        per: "target and address of the balancer",
        atLimit: "dropped; PortAllocationErrorCount counts",
        answer: "silence",
        source: "general knowledge",
      },
      {
        limit: "firewall-idle-timeout",
        setting: "tcp.idle_timeout.seconds",
        capacity: {
          value: 350,
          mark: "S",
          source: "appscope issue 320",
          note: "seconds idle",
        },
        per: "flow",
        atLimit: "a later packet is answered with RST",
        answer: "reset",
        source: "appscope issue 320",
      },
      {
        limit: "target-time-wait",
        setting: "client IP preservation on",
        per: "four-tuple at the target",
        atLimit: "two paths through the balancer can collide on one four-tuple",
        source: "general knowledge",
      },
    ],
    timersSec: { idle: { value: 350, mark: "S", source: "appscope issue 320" } },
    signals: [
      {
        name: "PortAllocationErrorCount",
        meaning: "no source port to the target was free",
        source: "Elastic Load Balancing, CloudWatch metrics of Network Load Balancers",
      },
    ],
    notes: [],
  },
]
