/**
 * Names for the lines of `netstat -s` beyond catalog/counter-labels.ts: the fixed order of Windows,
 * which holds in every language, and more sentences of net-tools (after statistics.c of its
 * versions 1.60 to 2.10).
 */

/** Lines of a Windows section "TCP Statistics", in their order. */
export const windowsTcpOrder: readonly string[] = [
  "TcpActiveOpens",
  "TcpPassiveOpens",
  "TcpAttemptFails",
  "TcpEstabResets",
  "TcpCurrEstab",
  "TcpInSegs",
  "TcpOutSegs",
  "TcpRetransSegs",
]

/**
 * Lines of a Windows section "IPv4 Statistics", in their order; undefined ones have no use here.
 */
export const windowsIpOrder: readonly (string | undefined)[] = [
  "IpInReceives",
  "IpInHdrErrors",
  "IpInAddrErrors",
  "IpForwDatagrams",
  "IpInUnknownProtos",
  "IpInDiscards",
  "IpInDelivers",
  "IpOutRequests",
  undefined,
  "IpOutDiscards",
  "IpOutNoRoutes",
]

/** Counter → sentences of net-tools. */
export const linuxLabelsMore: Readonly<Record<string, readonly string[]>> = {
  IpInReceives: ["total packets received"],
  IpInDelivers: ["incoming packets delivered"],
  IpInDiscards: ["incoming packets discarded"],
  IpForwDatagrams: ["forwarded"],
  IpOutRequests: ["requests sent out"],
  IpOutDiscards: ["outgoing packets dropped"],
  IpFragFails: ["outgoing packets failed fragmentation"],
  UdpInDatagrams: ["packets received"],
  UdpOutDatagrams: ["packets sent"],
  UdpNoPorts: ["packets to unknown port received"],
  UdpInErrors: ["packet receive errors"],
  UdpRcvbufErrors: ["receive buffer errors"],
  UdpSndbufErrors: ["send buffer errors"],
  TcpActiveOpens: ["active opens"],
  TcpPassiveOpens: ["passive opens"],
  TcpExtPAWSActive: ["active connections rejected because of time stamp"],
  TcpExtPAWSPassive: ["passive connections rejected because of time stamp"],
  TcpExtPAWSEstab: ["packets rejected in established connections because of timestamp"],
  TcpExtOutOfWindowIcmps: ["icmp packets dropped because they were out-of-window"],
  TcpExtPruneCalled: ["packets pruned from receive queue because of socket buffer overrun"],
  TcpExtRcvPruned: ["packets pruned from receive queue"],
  TcpExtTCPLostRetransmit: ["retransmits lost"],
  TcpExtTCPSlowStartRetrans: ["retransmits in slow start"],
  TcpExtTCPSackRecovery: ["times recovered from packet loss by selective acknowledgements"],
  TcpExtTCPSackRecoveryFail: ["sack retransmits failed"],
  TcpExtTCPSackFailures: ["timeouts after sack recovery"],
  TcpExtTCPLossFailures: ["timeouts in loss state"],
  TcpExtTCPDSACKRecv: ["dsacks received"],
  TcpExtTCPDSACKOldSent: ["dsacks sent for old packets"],
  TcpExtTCPAbortOnData: ["connections reset due to unexpected data"],
  TcpExtTCPAbortOnClose: ["connections reset due to early user close"],
  TcpExtTCPAbortOnSyn: ["connections reset due to unexpected syn"],
  TcpExtTCPAbortOnLinger: ["connections aborted after user close in linger timeout"],
  TcpExtTCPAbortFailed: ["times unable to send rst due to no memory"],
  TcpExtDelayedACKs: ["delayed acks sent"],
}
