/**
 * Registry values and other settings that several Windows profiles share, grouped by when they
 * hold. Under HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters unless catalog/registry-
 * values.ts names another service.
 */
import type { HostProfile } from "../../model/profile.ts"
import { TCBS } from "./windows-values.ts"

type Settings = HostProfile["settings"]

const most = 0xffffffff
const smallvoid = "smallvoid.com winnt-tcpip-max-limit"

/** NT to Server 2003. */
const registryStack: Settings = {
  TcpNumConnections: TCBS,
  TcpMaxDataRetransmissions: {
    value: 5,
    mark: "V",
    source: "KB314053, KB Q140552",
    allowed: [{ least: 0, most, source: "KB314053" }],
  },
  KeepAliveTime: {
    value: 7_200_000,
    mark: "V",
    source: `KB314053, ${smallvoid}`,
    allowed: [{ least: 1, most, source: "KB314053" }],
    note: "ms; off unless the application asks",
  },
  KeepAliveInterval: {
    value: 1000,
    mark: "S",
    source: "KB314053",
    allowed: [{ least: 1, most, source: "KB314053" }],
    note: "ms",
  },
  MaxHashTableSize: {
    value: 512,
    mark: "V",
    source: `KB Q151418, ${smallvoid}`,
    allowed: [{ least: 64, most: 65536, source: "KB Q151418" }],
    note: "rounded up to a power of two",
  },
}

const maxUserPort: Settings = {
  MaxUserPort: {
    value: 5000,
    mark: "V",
    source: "KB196271, TechNet cc758002",
    allowed: [{ least: 5000, most: 65534, source: "KB196271" }],
    note: "last port; 65534 gives 64,510 ports",
  },
}

/** TcpTimedWaitDelay of NT 3.51 SP5, NT 4.0 and 2000. */
const delay240: Settings = {
  TcpTimedWaitDelay: {
    value: 240,
    mark: "V",
    source: "KB Q149532, TechNet cc938217",
    allowed: [{ least: 30, most: 300, source: "KB Q149532" }],
    note: "s; one edition of the article misprints its key as CurrectControlSet",
  },
}

const nt: Settings = {
  ...registryStack,
  TcpMaxConnectRetransmissions: {
    value: 3,
    mark: "V",
    source: "KB Q140552, KB Q142641",
    allowed: [{ least: 0, most, source: "KB314053" }],
  },
  TcpMaxConnectResponseRetransmissions: {
    value: 3,
    mark: "C",
    source: "KB Q142641, after the fix",
    also: [{ value: 2, source: "KB Q142641, same article" }],
    allowed: [{ least: 0, most, source: "KB Q142641" }],
  },
  InitialRtt: {
    value: 3000,
    mark: "V",
    source: "KB170359, KB Q296692",
    allowed: [{ least: 300, most: 65535, source: "KB170359" }],
    note: "ms",
  },
  MaxCmds: {
    value: 15,
    mark: "V",
    source: "KB Q102981, KB Q221790",
    allowed: [{ least: 0, most: 255, source: "KB Q102981" }],
    note: "SMB commands per client; with MaxMpxCt the smaller counts",
  },
  MaxMpxCt: {
    value: 50,
    mark: "V",
    source: "KB Q141709, KB Q221790",
    allowed: [{ least: 1, most: 100, source: "KB Q141709" }],
    note: "SMB commands per connection, server",
  },
  KeepConn: { value: 600, mark: "S", source: "KB Q102981", note: "s; dormant SMB connections" },
  AutoDisconnect: { value: 15, mark: "V", source: "KB Q153066, KB Q102981", note: "min; server" },
}

/** NT 3.51 before SP5: neither MaxUserPort nor TcpTimedWaitDelay exists. */
export const NT_351_SETTINGS: Settings = nt

/** NT 3.51 SP5. */
export const NT_351_SP5_SETTINGS: Settings = { ...nt, ...maxUserPort, ...delay240 }

/** NT 4.0. */
export const NT_4_SETTINGS: Settings = {
  ...NT_351_SP5_SETTINGS,
  MaxFreeTcbs: {
    value: 2000,
    mark: "V",
    source: `KB Q151418, ${smallvoid}`,
    allowed: [{ least: 0, most, source: "KB Q151418" }],
    note: "1000 before SP3; above it TIME-WAIT blocks are recycled early",
  },
  SynAttackProtect: {
    value: 0,
    mark: "V",
    source: "KB Q142641, TechNet cc781167",
    allowed: [{ least: 0, most: 2, source: "KB Q142641" }],
    note: "2 has known defects (KB Q297040, Q304714, Q307991)",
  },
  EnableDynamicBacklog: { value: 0, mark: "S", source: "KB Q142641" },
  MinimumDynamicBacklog: { value: 0, mark: "S", source: "KB Q142641", note: "20 under attack" },
  MaximumDynamicBacklog: {
    value: 0,
    mark: "S",
    source: "KB Q142641",
    note: "at most 5000 per 32 MB",
  },
  DynamicBacklogGrowthDelta: { value: 0, mark: "S", source: "KB Q142641", note: "10 under attack" },
  BacklogIncrement: {
    value: 3,
    mark: "S",
    source: "KB Q142641",
    allowed: [{ least: 1, most: 20, source: "KB Q142641" }],
    note: "NetBT, port 139, after the fix",
  },
  MaxConnBackLog: {
    value: 1000,
    mark: "S",
    source: "KB Q142641",
    allowed: [{ least: 1, most: 40_000, source: "KB Q142641" }],
    note: "NetBT, port 139, after the fix; 78 bytes each",
  },
}

const since2000: Settings = {
  ...registryStack,
  ...maxUserPort,
  TcpMaxConnectRetransmissions: {
    value: 2,
    mark: "V",
    source: "KB314053, TechNet cc938207",
    allowed: [{ least: 0, most, source: "KB314053" }],
  },
  TcpInitialRtt: {
    value: 3000,
    mark: "V",
    source: "KB170359, TechNet cc938207",
    allowed: [
      { least: 300, most: 65535, source: "KB170359" },
      { least: 0, most: 65535, source: "TechNet cc938207" },
    ],
    note: "ms, per interface",
  },
  MaxFreeTWTcbs: {
    value: 1000,
    mark: "S",
    source: smallvoid,
    note: "Server 2003 SP1 notes: beyond it the oldest leaves TIME-WAIT",
  },
  TcpMaxHalfOpen: {
    value: 100,
    mark: "C",
    source: "TechNet cc938212: Server 100, Workstation 500",
    also: [{ value: 500, source: "hardening guides: 500 for server products" }],
    allowed: [{ least: 100, most: 65535, source: "TechNet cc938212" }],
    note: "incoming; from here on SynAttackProtect acts",
  },
  TcpMaxPortsExhausted: {
    value: 5,
    mark: "S",
    source: "TechNet cc938214",
    allowed: [{ least: 0, most: 65535, source: "TechNet cc938214" }],
  },
}

/** Windows 2000. */
export const WIN_2000_SETTINGS: Settings = {
  ...since2000,
  ...delay240,
  SynAttackProtect: {
    value: 0,
    mark: "V",
    source: "KB Q142641, TechNet cc781167",
    allowed: [{ least: 0, most: 2, source: "KB Q142641" }],
  },
  MaxFreeTcbs: {
    value: 2000,
    mark: "V",
    source: "KB Q151418, TechNet cc938178",
    allowed: [{ least: 0, most, source: "TechNet cc938178" }],
    note: "Server from 64 MB, Professional 1000; 19 to 63 MB: 1000 and 500; below 19 MB: 500 and 250",
  },
  MaxMpxCt: {
    value: 50,
    mark: "V",
    source: "KB Q221790, KB Q232476",
    allowed: [
      { least: 1, most: 125, source: "KB Q221790, before hotfix Q271148" },
      { least: 1, most: 65535, source: "KB Q221790, after it" },
    ],
  },
  MaxCmds: {
    value: 15,
    mark: "V",
    source: "KB Q102981, KB Q221790",
    allowed: [{ least: 0, most: 65535, source: "KB Q221790, after hotfix Q271148" }],
  },
  IRPStackSize: { value: 11, mark: "S", source: "TechNet cc957453" },
}

/** XP. */
export const XP_SETTINGS: Settings = {
  ...since2000,
  TcpTimedWaitDelay: {
    value: 120,
    mark: "V",
    source: "KB314053, TechNet cc757512",
    allowed: [{ least: 30, most: 300, source: "KB314053" }],
    note: "s, IPv4; IPv6 240",
  },
  SynAttackProtect: { value: 0, mark: "G", source: "no document seen for XP" },
  TcpMaxHalfOpenRetried: {
    value: 80,
    mark: "S",
    source: "TechNet cc779086 (XP Professional)",
    allowed: [{ least: 80, most, source: "TechNet cc779086" }],
  },
}

/** Server 2003 before SP1. */
export const SERVER_2003_SETTINGS: Settings = {
  ...since2000,
  TcpTimedWaitDelay: {
    value: 120,
    mark: "V",
    source: "KB314053, TechNet cc757512",
    allowed: [
      { least: 30, most: 300, source: "KB314053" },
      { least: 0, most: 300, source: "TechNet cc757512" },
    ],
    note: "s, IPv4; IPv6 240",
  },
  SynAttackProtect: {
    value: 0,
    mark: "V",
    source: "TechNet cc781167, cc759700",
    allowed: [{ least: 0, most: 1, source: "TechNet cc781167" }],
    note: "acts only where TcpMaxConnectResponseRetransmissions is at least 2",
  },
  TcpMaxHalfOpenRetried: {
    value: 400,
    mark: "S",
    source: "TechNet cc779086",
    allowed: [{ least: 80, most, source: "TechNet cc779086" }],
  },
}

/** Server 2003 SP1 and SP2. */
export const SERVER_2003_SP1_SETTINGS: Settings = {
  ...SERVER_2003_SETTINGS,
  SynAttackProtect: {
    value: 1,
    mark: "V",
    source: "TechNet cc759700, KB875417",
    allowed: [{ least: 0, most: 1, source: "TechNet cc781167" }],
    note: "RPC clients then see 1727 where they saw 1722",
  },
}

/** Vista, Server 2008 and later: the range is set by netsh. */
export const DYNAMIC_PORT_SETTINGS: Settings = {
  "dynamicport.ipv4.tcp.start": {
    value: 49152,
    mark: "V",
    source: "KB929851, captures of netsh show dynamicport",
    allowed: [{ least: 1025, most: 65535, source: "KB929851" }],
  },
  "dynamicport.ipv4.tcp.num": {
    value: 16384,
    mark: "V",
    source: "KB929851, captures of netsh show dynamicport",
    allowed: [{ least: 255, most: 64511, source: "KB929851: from 1025 to 65535" }],
    note: "start 1025 and num 3976 recreate the range of Server 2003",
  },
}

/** Vista SP2, Server 2008 SP2; works unofficially on 7 and 2008 R2. */
export const RATE_LIMITING_SETTINGS: Settings = {
  ...DYNAMIC_PORT_SETTINGS,
  EnableConnectionRateLimiting: {
    value: 0,
    mark: "V",
    source: "KB969710, Wonderware Tech Note 838",
    allowed: [{ least: 0, most: 1, source: "KB969710" }],
    note: "absent; whether setting it needs a restart is disputed",
  },
}

/** Windows 10, Server 2016 and later. */
export const REUSE_RANGE_SETTINGS: Settings = {
  ...DYNAMIC_PORT_SETTINGS,
  AutoReusePortRangeNumberOfPorts: {
    value: 0,
    mark: "V",
    source: "captures of Get-NetTCPSetting",
    note: "ports of this range are shared between destinations",
  },
  AutoReusePortRangeStartPort: {
    value: 0,
    mark: "V",
    source: "captures of Get-NetTCPSetting",
  },
}
