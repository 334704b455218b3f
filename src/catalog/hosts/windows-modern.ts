/**
 * Windows 8 to 11 and Server 2012 to 2025. No half-open cap; the SYN timer changed from 3000 ms to
 * 1000 ms in a build that no capture names, so both schedules are kept: netsh int tcp show global
 * tells.
 */
import type { HostProfile, Schedule, Sourced } from "../../model/profile.ts"
import { DYNAMIC_PORT_SETTINGS, REUSE_RANGE_SETTINGS } from "./windows-settings.ts"
import {
  HOST_WIDE,
  PORTS_DYNAMIC,
  RANDOM_START,
  TIME_WAIT_DYNAMIC,
  WINSOCK_ERRORS,
} from "./windows-values.ts"

type Settings = HostProfile["settings"]

const captures3000 = "captures of netsh int tcp show global: 3000 ms, 2 retransmissions"
const captures1000 = "captures of netsh int tcp show global: 1000 ms, 4 retransmissions"
const slow: Schedule = { retransmitSec: [3, 9], failSec: 21 }
const fast: Schedule = { retransmitSec: [1, 3, 7, 15], failSec: 31 }

const synTemplate: Sourced<Schedule> = {
  value: slow,
  mark: "S",
  source: captures3000,
  note: "the template's default; adjustable by netsh or a hotfix",
}
const synEarlier: Sourced<Schedule> = {
  value: slow,
  mark: "C",
  source: captures3000,
  also: [{ value: fast, source: captures1000 }],
  note: "which build changed is not known: read it",
}
const synLater: Sourced<Schedule> = {
  value: fast,
  mark: "C",
  source: captures1000,
  also: [{ value: slow, source: captures3000 }],
  note: "a failure after 21 s has been reported as well: read it",
}

const initialRto3000: Sourced<number> = {
  value: 3000,
  mark: "C",
  source: captures3000,
  also: [{ value: 1000, source: captures1000 }],
  note: "ms",
}
const initialRto1000: Sourced<number> = {
  value: 1000,
  mark: "C",
  source: captures1000,
  also: [{ value: 3000, source: captures3000 }],
  note: "ms",
}
const retransmissions2: Sourced<number> = {
  value: 2,
  mark: "C",
  source: captures3000,
  also: [{ value: 4, source: captures1000 }],
}
const retransmissions4: Sourced<number> = {
  value: 4,
  mark: "C",
  source: captures1000,
  also: [{ value: 2, source: captures3000 }],
}

const server: Settings = {
  Smb2CreditsMin: {
    value: 512,
    mark: "S",
    source: "Microsoft, performance tuning for SMB file servers",
    note: "ignored from Server 2016",
  },
  Smb2CreditsMax: {
    value: 8192,
    mark: "S",
    source: "Microsoft, performance tuning for SMB file servers",
  },
  AsynchronousCredits: {
    value: 512,
    mark: "S",
    source: "Microsoft, performance tuning for SMB file servers",
  },
}

const common = {
  kind: "host",
  family: "windows",
  ephemeral: PORTS_DYNAMIC,
  allocator: RANDOM_START,
  portSharing: HOST_WIDE,
  timeWaitMs: TIME_WAIT_DYNAMIC,
  embryonicOutbound: {
    value: null,
    mark: "D",
    source: "off since Vista SP2 (KB969710); nothing later brings it back",
  },
  errors: WINSOCK_ERRORS,
} as const satisfies Partial<HostProfile>

const devices: Sourced<number | null> = {
  value: 20,
  mark: "G",
  source: "no document seen",
  note: "devices",
}
const licences: Sourced<number | null> = {
  value: null,
  mark: "G",
  source: "servers count licences only",
}

const boundNote =
  "BOUND sockets hold ports too; only netstat -q and Get-NetTCPConnection show them, from Windows " +
  "10 and updated 8.1 and 2012 R2."
const excludedNote =
  "Hyper-V and WinNAT exclude blocks of 100 ports: netsh int ipv4 show excludedportrange."
const multichannelNote =
  "SMB Multichannel opens several connections a session: count connections, not sessions."

const win8: HostProfile = {
  ...common,
  id: "win8",
  title: "Windows 8",
  versions: "windows 6.2 build 9200 workstation",
  synSchedule: synTemplate,
  inboundSessions: devices,
  settings: {
    ...DYNAMIC_PORT_SETTINGS,
    InitialRto: { value: 3000, mark: "S", source: captures3000, note: "ms" },
  },
  notes: [multichannelNote, excludedNote],
}

const server2012: HostProfile = {
  ...win8,
  id: "2012",
  title: "Windows Server 2012",
  versions: "windows 6.2 build 9200 server",
  inboundSessions: licences,
  settings: { ...win8.settings, ...server },
}

const win10: HostProfile = {
  ...common,
  id: "win10",
  title: "Windows 10",
  versions: "windows 10.0 build 10240 to 19045 workstation",
  synSchedule: synEarlier,
  inboundSessions: devices,
  settings: {
    ...REUSE_RANGE_SETTINGS,
    InitialRto: initialRto3000,
    MaxSynRetransmissions: retransmissions2,
  },
  notes: [boundNote, multichannelNote, excludedNote],
}

const server2016: HostProfile = {
  ...win10,
  id: "2016",
  title: "Windows Server 2016",
  versions: "windows 10.0 build 14393 server",
  inboundSessions: licences,
  settings: { ...win10.settings, ...server },
}

const win11: HostProfile = {
  ...win10,
  id: "win11",
  title: "Windows 11",
  versions: "windows 10.0 build 22000 to 26200 workstation",
  synSchedule: synLater,
  settings: {
    ...REUSE_RANGE_SETTINGS,
    InitialRto: initialRto1000,
    MaxSynRetransmissions: retransmissions4,
  },
}

const server2022: HostProfile = {
  ...win11,
  id: "2022",
  title: "Windows Server 2022",
  versions: "windows 10.0 build 20348 server",
  inboundSessions: licences,
  settings: { ...win11.settings, ...server },
}

/** Clients and servers in the order of their release. */
export const WINDOWS_MODERN_PROFILES: readonly HostProfile[] = [
  win8,
  server2012,
  {
    ...win8,
    id: "win8.1",
    title: "Windows 8.1",
    versions: "windows 6.3 build 9600 workstation",
    notes: [boundNote, ...win8.notes],
  },
  {
    ...server2012,
    id: "2012r2",
    title: "Windows Server 2012 R2",
    versions: "windows 6.3 build 9600 server",
    notes: [
      boundNote,
      "Until an update of October 2016 netstat shows fewer ports than are in use.",
      ...server2012.notes,
    ],
  },
  win10,
  server2016,
  {
    ...server2016,
    id: "2019",
    title: "Windows Server 2019",
    versions: "windows 10.0 build 17763 server",
    synSchedule: {
      value: slow,
      mark: "S",
      source: "one listing of Get-NetTCPSetting: 3000 ms",
      note: "the count is that of the template",
    },
    settings: {
      ...REUSE_RANGE_SETTINGS,
      ...server,
      InitialRto: {
        value: 3000,
        mark: "S",
        source: "one listing of Get-NetTCPSetting",
        note: "ms",
      },
    },
  },
  win11,
  server2022,
  {
    ...server2022,
    id: "2025",
    title: "Windows Server 2025",
    versions: "windows 10.0 build 26100 server",
  },
]
