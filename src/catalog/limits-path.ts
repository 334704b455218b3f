/**
 * Limits of the path that are not a firewall's per-source quota: flow tables, NAT ports, and the
 * rivals loss, MTU and unreachability. Sources: Linux 6.12 netfilter, cloud documentation,
 * measurements on 6.18.44.
 */
import type { Limit } from "../model/limit.ts"

const pathConntrack: Limit = {
  id: "path-conntrack",
  place: "path",
  title: "A middlebox's flow table",
  isPool: true,
  counts: "flows of everybody through the box",
  scope: "per box, and on Linux per network namespace against one number",
  heldBy: "a flow until its timer ends: 120 s after a close on Linux; days while established",
  settings: [
    {
      system: "netfilter",
      name: "net.netfilter.nf_conntrack_max",
      default: "the number of buckets (262144 above 4 GiB)",
      source: "Linux 6.12 net/netfilter/nf_conntrack_core.c",
    },
    { system: "pf", name: "set limit states", default: "100000", source: "pf.conf(5)" },
    {
      system: "asa",
      name: "conn-max of the platform",
      source: "Cisco ASA datasheets; show resource usage",
    },
    {
      system: "aws",
      name: "connection tracking allowance of the instance type",
      source: "Amazon EC2 User Guide, security group connection tracking",
    },
    {
      system: "paloalto",
      name: "session table of the platform",
      source: "PAN-OS, show session info",
    },
    {
      system: "fortigate",
      name: "memory-use-threshold-extreme",
      default: "95 %",
      note: "new sessions are dropped in extreme conserve mode",
      source: "FortiOS CLI reference 6.2",
    },
  ],
  refused: {
    errno: ["ETIMEDOUT"],
    wsa: ["WSAETIMEDOUT"],
    events: ["conntrack-table-full", "pf-states-limit"],
    counters: ["conntrack.drop", "conntrack.early_drop", "conntrack.count", "TcpExtTCPSynRetrans"],
    says:
      "everybody behind the box loses new connections at once, to all destinations; open ones " +
      "go on",
  },
  lookalikes: [
    {
      limit: "local-conntrack",
      tellApart: "on the client itself: TCPRetransFail moves, no SYN leaves",
    },
    { limit: "firewall-concurrent", tellApart: "only one source is affected" },
    {
      limit: "nat-ports",
      tellApart: "only one destination is affected; insert_failed moves with drop",
    },
    { limit: "path-unreachable", tellApart: "open connections die as well" },
  ],
  remedies: [
    {
      change: "Raise the table of the box and its buckets",
      systems: ["netfilter"],
      commands: [
        "sysctl -w net.netfilter.nf_conntrack_max={double}",
        "echo {double} >/sys/module/nf_conntrack/parameters/hashsize",
      ],
      price: "About 320 bytes an entry",
      source: "Linux Documentation/networking/nf_conntrack-sysctl.rst",
    },
    {
      change: "Raise the state limit",
      systems: ["pf"],
      commands: [
        "pfctl -sm",
        "echo 'set limit states 500000' >>/etc/pf.conf && pfctl -f /etc/pf.conf",
      ],
      price: "Kernel memory",
      source: "pf.conf(5)",
    },
    {
      change: "Find who fills it",
      systems: ["netfilter"],
      commands: ["conntrack -L -p tcp | grep -o 'src=[0-9.]*' | sort | uniq -c | sort -rn | head"],
      price: "A listing of a large table costs CPU",
      source: "conntrack(8)",
    },
    {
      change: "Use a larger instance type, or make the flows untracked",
      systems: ["aws"],
      commands: ["ethtool -S eth0 | grep conntrack"],
      price: "Untracked means rules open to 0.0.0.0/0 in both directions",
      source: "Amazon EC2 User Guide, security group connection tracking",
    },
  ],
  alsoCalled: ["state table full", "session table full", "nf_conntrack: table full"],
  sources: ["Linux 6.12 net/netfilter/nf_conntrack_core.c", "measured on Linux 6.18.44"],
}

const natPorts: Limit = {
  id: "nat-ports",
  place: "path",
  title: "Ports of a NAT towards one destination",
  isPool: true,
  counts: "translated source ports in use",
  scope:
    "per (public address, destination address, destination port); of all clients behind it, or " +
    "of one machine's share",
  heldBy:
    "a flow for its life and a hold time after it (Linux 120 s but evictable; Azure 16 to 65 s)",
  settings: [
    {
      system: "netfilter",
      name: "masquerade and snat port range",
      default: "1024-65535",
      note: "64,512; at most 248 probes, so it refuses before it is full: 13 % of SYNs at 99 % use",
      source: "Linux 6.12 net/netfilter/nf_nat_core.c nf_nat_l4proto_unique_tuple",
    },
    {
      system: "aws",
      name: "NAT gateway connections per address and destination",
      default: "55000",
      note: "up to 8 addresses",
      source: "Amazon VPC User Guide, NAT gateway",
    },
    {
      system: "azure",
      name: "SNAT ports per instance (default allocation)",
      default: "1024",
      note: "pool to 50 machines; 512, 256, 128, 64, 32 as the pool grows to 1000",
      source: "Azure load balancer outbound connections",
    },
    {
      system: "azure",
      name: "NAT gateway ports per address",
      default: "64512",
      note: "up to 16 addresses; 50,000 at once per address to one destination",
      source: "Azure NAT gateway resource documentation",
    },
    {
      system: "gcp",
      name: "minPortsPerVm",
      default: "64",
      note: "static; dynamic allocation starts at 32",
      source: "Google Cloud NAT, ports and addresses",
    },
    {
      system: "isa",
      name: "FWX_E_NAT_ADDRESS_NOT_AVAILABLE",
      source: "wspfwerr.h 0xC004003A",
    },
    {
      system: "paloalto",
      name: "DIPP pool and oversubscription",
      note: "counter nat_dynamic_port_xlat_failed",
      source: "PAN-OS global counters",
    },
    {
      system: "fortigate",
      name: "IP pool",
      note: "event 20007, NAT port exhausted",
      source: "FortiOS log reference 7.0",
    },
  ],
  refused: {
    errno: ["ETIMEDOUT"],
    wsa: ["WSAETIMEDOUT"],
    counters: ["conntrack.insert_failed", "conntrack.drop", "TcpExtTCPSynRetrans"],
    says:
      "new connections to one busy destination are slow (1, 2, 3 s steps) and then time out, " +
      "from every client behind the NAT; other destinations work; nothing is logged on Linux",
  },
  lookalikes: [
    {
      limit: "ephemeral-ports",
      tellApart: "the client's own pool: EADDRNOTAVAIL at once instead of a timeout",
    },
    { limit: "path-conntrack", tellApart: "all destinations fail; the table-full log line stands" },
    {
      limit: "target-time-wait",
      tellApart: "single collisions, with challenge ACKs, far below the pool",
    },
    { limit: "firewall-concurrent", tellApart: "one source to all destinations" },
    {
      limit: "path-loss",
      tellApart: "loss is the same to every destination and hits data as well",
    },
  ],
  remedies: [
    {
      change: "Give the NAT more public addresses",
      systems: ["netfilter"],
      commands: [
        "nft add rule ip nat postrouting ip daddr {target} snat to 203.0.113.10-203.0.113.13",
      ],
      price: "More public addresses; partners that filter by address must learn them",
      source: "nft(8)",
    },
    {
      change: "Associate more addresses, or use a private endpoint for the destination",
      systems: ["aws"],
      commands: ["aws ec2 associate-nat-gateway-address --nat-gateway-id ID --allocation-ids ID"],
      price: "Cost per address and endpoint",
      source: "Amazon VPC User Guide, NAT gateway",
    },
    {
      change: "Use NAT gateway instead of default outbound access, or more ports per instance",
      systems: ["azure"],
      commands: [
        "az network lb outbound-rule update -g GROUP --lb-name LB -n RULE --outbound-ports 10000",
      ],
      price: "Ports per instance x instances must fit in the addresses",
      source: "Azure load balancer outbound connections",
    },
    {
      change: "Raise the ports per VM or turn dynamic allocation on",
      systems: ["gcp"],
      commands: [
        "gcloud compute routers nats update NAT --router ROUTER " +
          "--enable-dynamic-port-allocation --min-ports-per-vm 1024 --max-ports-per-vm 65536",
      ],
      price: "Fewer VMs per address; packets are dropped while it grows",
      source: "Google Cloud NAT, ports and addresses",
    },
    {
      change: "Reuse connections to that destination",
      systems: ["application"],
      price: "A change in the program",
    },
  ],
  alsoCalled: [
    "SNAT exhaustion",
    "SNAT port exhaustion",
    "ErrorPortAllocation",
    "OUT_OF_RESOURCES",
    "PAT pool exhausted",
    "NAT port exhausted",
  ],
  sources: [
    "Linux 6.12 net/netfilter/nf_nat_core.c",
    "measured on Linux 6.18.44 (5-port pool)",
    "Amazon VPC User Guide; Azure and Google Cloud NAT documentation",
  ],
}

/** Shared tables of the path, and its rivals. */
export const PATH_LIMITS: readonly Limit[] = [pathConntrack, natPorts]
