/**
 * Registry values that set limits and timers of the Windows TCP/IP stack and its SMB server, with
 * their documented ranges. Values under HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters
 * unless `key` says another service. Sources are the pages named per row (facts of Windows, section
 * 2.4 and 4.1).
 */

export type RegistryValue = {
  readonly min?: number
  readonly max?: number
  readonly unit?: string
  /** REG_DWORD unless said. */
  readonly type?: "REG_MULTI_SZ"
  readonly key?: string
  readonly source: string
}

const all = 0xffffffff

export const REGISTRY_VALUES = {
  TcpNumConnections: { min: 0, max: 0xfffffe, source: "KB314053" },
  TcpTimedWaitDelay: { min: 30, max: 300, unit: "s", source: "KB Q149532, KB314053" },
  MaxUserPort: { min: 5000, max: 65534, source: "KB196271" },
  MaxFreeTcbs: { min: 0, max: all, source: "KB Q151418, TechNet cc938178" },
  MaxFreeTWTcbs: { source: "smallvoid.com winnt-tcpip-max-limit" },
  MaxHashTableSize: { min: 64, max: 65536, source: "KB Q151418" },
  NumTcbTablePartitions: { source: "smallvoid.com winnt-tcpip-max-limit" },
  TcpMaxConnectRetransmissions: { min: 0, max: all, source: "KB314053" },
  TcpMaxConnectResponseRetransmissions: { min: 0, max: all, source: "KB Q142641" },
  TcpMaxDataRetransmissions: { min: 0, max: all, source: "KB314053" },
  TcpInitialRtt: { min: 300, max: 65535, unit: "ms", source: "KB170359" },
  InitialRtt: { min: 300, max: 65535, unit: "ms", source: "KB170359" },
  KeepAliveTime: { min: 1, max: all, unit: "ms", source: "KB314053" },
  KeepAliveInterval: { min: 1, max: all, unit: "ms", source: "KB314053" },
  SynAttackProtect: { min: 0, max: 2, source: "KB Q142641, TechNet cc781167" },
  TcpMaxHalfOpen: { min: 100, max: 65535, source: "TechNet cc938212" },
  TcpMaxHalfOpenRetried: { min: 80, max: all, source: "TechNet cc779086" },
  TcpMaxPortsExhausted: { min: 0, max: 65535, source: "TechNet cc938214" },
  EnableConnectionRateLimiting: { min: 0, max: 1, source: "KB969710" },
  ReservedPorts: { type: "REG_MULTI_SZ", source: "The Cable Guy, December 2005" },
  Tcp1323Opts: { min: 0, max: 3, source: "KB224829" },
  StrictTimeWaitSeqCheck: { min: 0, max: 1, source: "general knowledge" },
  EnableDynamicBacklog: { min: 0, max: 1, key: "AFD", source: "KB Q142641" },
  MinimumDynamicBacklog: { key: "AFD", source: "KB Q142641" },
  MaximumDynamicBacklog: { key: "AFD", source: "KB Q142641" },
  DynamicBacklogGrowthDelta: { key: "AFD", source: "KB Q142641" },
  BacklogIncrement: { min: 1, max: 20, key: "NetBT", source: "KB Q142641" },
  MaxConnBackLog: { min: 1, max: 40000, key: "NetBT", source: "KB Q142641" },
  MaxCmds: { min: 0, max: 65535, key: "LanmanWorkstation", source: "KB Q221790" },
  KeepConn: { key: "LanmanWorkstation", source: "KB Q102981" },
  MaxMpxCt: { min: 1, max: 65535, key: "LanmanServer", source: "KB Q221790" },
  MaxWorkItems: { key: "LanmanServer", source: "KB Q221790" },
  Users: { key: "LanmanServer", source: "KB Q122925" },
  IRPStackSize: { key: "LanmanServer", source: "TechNet cc957453" },
} as const satisfies Readonly<Record<string, RegistryValue>>
