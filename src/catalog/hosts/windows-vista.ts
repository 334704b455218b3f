/**
 * Windows Vista to 7 with Server 2008 and 2008 R2: 16,384 ports from 49152, a TIME-WAIT on which
 * the documents disagree, and the half-open cap until service pack 2.
 */
import type { HostProfile } from "../../model/profile.ts"
import { DYNAMIC_PORT_SETTINGS, RATE_LIMITING_SETTINGS } from "./windows-settings.ts"
import {
  HALF_OPEN_OFF,
  HALF_OPEN_VISTA,
  HOST_WIDE,
  PORTS_DYNAMIC,
  RANDOM_START,
  SYN_21_BETWEEN,
  TIME_WAIT_DYNAMIC,
  WINSOCK_ERRORS,
} from "./windows-values.ts"

const common = {
  kind: "host",
  family: "windows",
  ephemeral: PORTS_DYNAMIC,
  allocator: RANDOM_START,
  portSharing: HOST_WIDE,
  timeWaitMs: TIME_WAIT_DYNAMIC,
  synSchedule: SYN_21_BETWEEN,
  errors: WINSOCK_ERRORS,
  notes: [
    "SYN attack protection is always on and not configurable (general knowledge).",
    "Event 4227 tells of a collision with TIME-WAIT, event 4231 of an empty port space.",
  ],
} as const satisfies Partial<HostProfile>

const vista: HostProfile = {
  ...common,
  id: "vista-rtm",
  title: "Windows Vista",
  versions: "windows 6.0 build 6000",
  embryonicOutbound: HALF_OPEN_VISTA,
  inboundSessions: {
    value: 10,
    mark: "V",
    source: "Windows Vista licence terms, mdofpc.com",
    note: "devices; Home Basic 5. Not to be confused with the half-open cap",
  },
  settings: DYNAMIC_PORT_SETTINGS,
}

const server2008: HostProfile = {
  ...common,
  id: "2008-rtm",
  title: "Windows Server 2008 (released with service pack 1)",
  versions: "windows 6.0 build 6001 server",
  embryonicOutbound: {
    value: 10,
    mark: "C",
    source: "KB969710",
    also: [{ value: null, source: "Wonderware Tech Note 838: no server system has it" }],
  },
  inboundSessions: { value: null, mark: "G", source: "servers count licences only" },
  settings: DYNAMIC_PORT_SETTINGS,
  notes: [
    ...common.notes,
    "LPR printing has 11 source ports, 721 to 731: event 4227 when they are used up (KB2003449).",
    "Exchange 2007 widens the range to 1025 to 60000 (KB929851).",
    "SO_PORT_SCALABILITY counts bind() ports per local address from here on.",
  ],
}

const win7: HostProfile = {
  ...common,
  id: "win7",
  title: "Windows 7",
  versions: "windows 6.1 build 7600 to 7601 workstation",
  synSchedule: {
    ...SYN_21_BETWEEN,
    mark: "S",
    source: "serverfault 193160",
    note: "the count is not configurable without a hotfix",
  },
  embryonicOutbound: HALF_OPEN_OFF,
  inboundSessions: { value: 20, mark: "G", source: "no document seen", note: "devices" },
  settings: RATE_LIMITING_SETTINGS,
  notes: [
    ...common.notes,
    "EnableConnectionRateLimiting works unofficially here (mydigitallife.net; Tech Note 838).",
  ],
}

/** In the order of their release. */
export const WINDOWS_VISTA_PROFILES: readonly HostProfile[] = [
  vista,
  {
    ...vista,
    id: "vista-sp1",
    title: "Windows Vista with service pack 1",
    versions: "windows 6.0 build 6001 workstation",
  },
  {
    ...vista,
    id: "vista-sp2",
    title: "Windows Vista with service pack 2",
    versions: "windows 6.0 build 6002 workstation",
    embryonicOutbound: HALF_OPEN_OFF,
    settings: RATE_LIMITING_SETTINGS,
  },
  server2008,
  {
    ...server2008,
    id: "2008-sp2",
    title: "Windows Server 2008 with service pack 2",
    versions: "windows 6.0 build 6002 server",
    embryonicOutbound: { ...HALF_OPEN_OFF, mark: "S", source: "KB969710" },
    settings: RATE_LIMITING_SETTINGS,
  },
  win7,
  {
    ...win7,
    id: "2008r2",
    title: "Windows Server 2008 R2",
    versions: "windows 6.1 build 7600 to 7601 server",
    inboundSessions: { value: null, mark: "G", source: "servers count licences only" },
  },
]
