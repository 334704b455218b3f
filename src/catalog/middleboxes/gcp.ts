/** Address translation of Google Cloud: ports per VM, fixed or growing. It drops silently. */
import type { MiddleboxProfile } from "../../model/profile.ts"

const gcpPorts = "Google Cloud NAT, ports and addresses"

/** Cloud NAT. */
export const GCP_CLOUD_NAT: MiddleboxProfile = {
  kind: "middlebox",
  id: "gcp-cloud-nat",
  title: "Google Cloud NAT",
  vendor: "Google",
  limits: [
    {
      limit: "nat-ports",
      setting: "minPortsPerVm, static allocation",
      capacity: { value: 64, mark: "V", source: `${gcpPorts}; gardener issue 6` },
      per: "VM and destination address, port and protocol",
      atLimit: "dropped, OUT_OF_RESOURCES",
      answer: "silence",
      source: gcpPorts,
    },
    {
      limit: "nat-ports",
      setting: "minPortsPerVm, dynamic allocation",
      capacity: {
        value: 32,
        mark: "V",
        source: `${gcpPorts}; Compute Engine API, RouterNat`,
        note: "the least; it doubles near exhaustion and drops while it grows",
      },
      per: "VM and destination address, port and protocol",
      atLimit: "dropped, OUT_OF_RESOURCES",
      answer: "silence",
      source: gcpPorts,
    },
    {
      limit: "nat-ports",
      setting: "addresses of the gateway",
      capacity: { value: 64_512, mark: "V", source: gcpPorts, note: "TCP ports per address" },
      per: "address of the gateway; divided among the VMs",
      atLimit: "VMs get no ports: nat_allocation_failed",
      answer: "silence",
      source: gcpPorts,
    },
    {
      limit: "firewall-idle-timeout",
      setting: "tcpEstablishedIdleTimeoutSec",
      capacity: { value: 1200, mark: "V", source: gcpPorts, note: "seconds idle" },
      per: "flow",
      atLimit: "the flow is forgotten",
      answer: "silence",
      source: gcpPorts,
    },
  ],
  timersSec: {
    "TIME-WAIT": { value: 120, mark: "V", source: gcpPorts },
    established: { value: 1200, mark: "V", source: gcpPorts },
    transitory: { value: 30, mark: "V", source: gcpPorts },
  },
  signals: [
    {
      name: "nat/dropped_sent_packets_count",
      meaning: "reason OUT_OF_RESOURCES or ENDPOINT_INDEPENDENCE_CONFLICT",
      source: "Google Cloud NAT, troubleshooting",
    },
    {
      name: "nat/port_usage, nat/allocated_ports",
      meaning: "headroom",
      source: "Google Cloud NAT, metrics",
    },
    {
      name: "nat/nat_allocation_failed",
      meaning: "a VM got no ports",
      source: "Google Cloud NAT, metrics",
    },
  ],
  notes: [
    "64 ports held 120 s make 0.53 new connections a second per VM to one destination; 1,024 make " +
      "8.5.",
    "Endpoint-independent mapping adds conflicts and excludes dynamic allocation.",
  ],
}
