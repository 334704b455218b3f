/**
 * Windows NT 3.51 and 4.0, and Windows 2000: 3,976 ports, TIME-WAIT of 240 s, no cap on half-open
 * attempts.
 */
import type { HostProfile } from "../../model/profile.ts"
import {
  NT_4_SETTINGS,
  NT_351_SETTINGS,
  NT_351_SP5_SETTINGS,
  WIN_2000_SETTINGS,
} from "./windows-settings.ts"
import {
  HALF_OPEN_NONE,
  HOST_WIDE,
  PORTS_TO_5000,
  SEQUENTIAL,
  SYN_21,
  SYN_45,
  SYN_ACK_NT,
  TCBS,
  TIME_WAIT_240,
  WINSOCK_ERRORS,
} from "./windows-values.ts"

const common = {
  kind: "host",
  family: "windows",
  ephemeral: PORTS_TO_5000,
  allocator: SEQUENTIAL,
  portSharing: HOST_WIDE,
  timeWaitMs: TIME_WAIT_240,
  embryonicOutbound: HALF_OPEN_NONE,
  tcbMax: TCBS,
  errors: WINSOCK_ERRORS,
} as const satisfies Partial<HostProfile>

const nt351: HostProfile = {
  ...common,
  id: "nt-3.51",
  title: "Windows NT 3.51 before service pack 5",
  versions: "windows 3.51 build 1057 service pack 0 to 4",
  synSchedule: SYN_45,
  backlogMax: { value: 100, mark: "V", source: "KB Q127144, smallvoid.com winnt-tcpip-max-limit" },
  inboundSessions: {
    value: 10,
    mark: "V",
    source: "KB Q121134, KB Q122925",
    note: "Workstation; Server: licences only (value Users)",
  },
  settings: NT_351_SETTINGS,
  notes: [
    "TIME-WAIT is fixed: the registry value TcpTimedWaitDelay came with service pack 5.",
    "NetBT out of free connections answers a session request with RST: system error 53 or a wrong " +
      "password (KB Q141344, fixed in a service pack).",
    "netstat does not list listening sockets (KB Q137984).",
    "NetBT's backlog on port 139 is typically 7 to 11 (KB Q142641).",
  ],
}

/** In the order of their release. */
export const WINDOWS_NT_PROFILES: readonly HostProfile[] = [
  nt351,
  {
    ...nt351,
    id: "nt-3.51-sp5",
    title: "Windows NT 3.51 with service pack 5",
    versions: "windows 3.51 build 1057 service pack 5",
    synAckSchedule: SYN_ACK_NT,
    settings: NT_351_SP5_SETTINGS,
    notes: [
      "MaxUserPort and TcpTimedWaitDelay exist from here on (KB196271, KB Q149532).",
      "A hotfix after this service pack brought SynAttackProtect (KB Q142641).",
      ...nt351.notes.slice(1),
    ],
  },
  {
    ...common,
    id: "nt-4.0",
    title: "Windows NT 4.0",
    versions: "windows 4.0 build 1381",
    synSchedule: {
      ...SYN_45,
      note: "NetBT tried the whole connect twice until SP4, so its calls fail after 90 s (KB Q178205)",
    },
    synAckSchedule: SYN_ACK_NT,
    backlogMax: {
      value: 200,
      mark: "V",
      source: "KB Q127144, smallvoid.com winnt-tcpip-max-limit",
      note: "Server; Workstation 5",
    },
    inboundSessions: {
      value: 10,
      mark: "G",
      source: "as NT 3.51 (KB Q121134)",
      note: "Workstation; Server: licences only",
    },
    settings: NT_4_SETTINGS,
    notes: [
      "Once active connections pass MaxFreeTcbs, TIME-WAIT ends before its time (KB Q151418).",
      "netstat lists listening sockets from service pack 3 (KB Q175952) and is slow with thousands " +
        "of connections until a service pack (KB Q157077).",
      "Near 4,094 connections a server defect logs events 2019 and 2022 with the pool not empty " +
        "(KB Q272194).",
    ],
  },
  {
    ...common,
    id: "win2000",
    title: "Windows 2000",
    versions: "windows 5.0 build 2195",
    synSchedule: SYN_21,
    timeWaitMax: {
      value: 1000,
      mark: "S",
      source: "smallvoid.com winnt-tcpip-max-limit (MaxFreeTWTcbs)",
      note:
        "beyond it entries older than 60 s are freed; if it always held, TIME-WAIT could not fill " +
        "3,976 ports, and reports say it does",
    },
    inboundSessions: {
      value: 10,
      mark: "G",
      source: "KB122920, not seen",
      note: "Professional; Server: licences only",
    },
    settings: WIN_2000_SETTINGS,
    notes: [
      "When control blocks run short TIME-WAIT may end before its time (TechNet cc938217).",
      "SMB tries ports 445 and 139 at once where NetBT is on (KB204279): two attempts a target.",
    ],
  },
]
