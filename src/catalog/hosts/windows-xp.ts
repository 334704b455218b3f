/**
 * Windows XP and Server 2003: TIME-WAIT of 120 s, the half-open cap of 10 from XP SP2, and the
 * smart port allocation of Server 2003 SP1.
 */
import type { HostProfile } from "../../model/profile.ts"
import { SERVER_2003_SETTINGS, SERVER_2003_SP1_SETTINGS, XP_SETTINGS } from "./windows-settings.ts"
import {
  HALF_OPEN_10,
  HALF_OPEN_NONE,
  HOST_WIDE,
  PORTS_TO_5000,
  SEQUENTIAL,
  SYN_21,
  TCBS,
  TIME_WAIT_120,
  TIME_WAIT_FREE,
  TIME_WAIT_IPV6,
  WINSOCK_ERRORS,
} from "./windows-values.ts"

const common = {
  kind: "host",
  family: "windows",
  ephemeral: PORTS_TO_5000,
  portSharing: HOST_WIDE,
  timeWaitMs: TIME_WAIT_120,
  timeWaitIpv6Ms: TIME_WAIT_IPV6,
  synSchedule: SYN_21,
  timeWaitMax: {
    value: 1000,
    mark: "S",
    source: "smallvoid.com winnt-tcpip-max-limit (MaxFreeTWTcbs)",
    note: "beyond it the oldest leaves TIME-WAIT; whether it always holds is an open question",
  },
  tcbMax: TCBS,
  errors: WINSOCK_ERRORS,
} as const satisfies Partial<HostProfile>

const dualAttempt =
  "SMB tries ports 445 and 139 at once where NetBT is on (KB204279): two attempts a target."

const xp: HostProfile = {
  ...common,
  id: "xp-rtm",
  title: "Windows XP",
  versions: "windows 5.1 build 2600 service pack 0",
  allocator: SEQUENTIAL,
  embryonicOutbound: {
    ...HALF_OPEN_NONE,
    note: "popular accounts say over 65,000",
  },
  inboundSessions: {
    value: 10,
    mark: "V",
    source: "KB314882 (two archives)",
    note: "other computers, all protocols together; Home 5; administrative tools are exempt",
  },
  settings: XP_SETTINGS,
  notes: [dualAttempt],
}

const xpSp2: HostProfile = {
  ...xp,
  id: "xp-sp2",
  title: "Windows XP with service pack 2",
  versions: "windows 5.1 build 2600 service pack 2",
  embryonicOutbound: HALF_OPEN_10,
  notes: [
    "The cap counts incomplete attempts only (Microsoft); Tech Note 838 reads it as a cap on a " +
      "program's outbound connections.",
    "Attempts above it wait and go when another completes or times out; Microsoft gives no rate. " +
      "Ten per second is a popular misreading.",
    "Targets that answer free their slot at once: the cap shows itself when targets are silent. " +
      "10 slots and 21 s each make 0.476 dead targets a second, 1,050 s for 500.",
    dualAttempt,
  ],
}

const server2003: HostProfile = {
  ...common,
  id: "2003-rtm",
  title: "Windows Server 2003",
  versions: "windows 5.2 build 3790 service pack 0",
  allocator: TIME_WAIT_FREE,
  embryonicOutbound: {
    value: null,
    mark: "S",
    source: "Wonderware Tech Note 838: no server system has it",
  },
  inboundSessions: { value: null, mark: "G", source: "servers count licences only" },
  settings: SERVER_2003_SETTINGS,
  notes: [
    "A port whose four-tuple is in TIME-WAIT counts as free: the next connect to the same " +
      "destination can fail with 10048.",
    "LPR printing has 11 source ports, 721 to 731: it pauses after 11 jobs (KB2003449).",
    dualAttempt,
  ],
}

const server2003Sp1: HostProfile = {
  ...server2003,
  id: "2003-sp1",
  title: "Windows Server 2003 with service pack 1",
  versions: "windows 5.2 build 3790 service pack 1",
  allocator: {
    value: "smart",
    mark: "C",
    source: "Server 2003 SP1 notes, smart TCP port allocation",
    also: [{ value: "smart-by-destination", source: "smallvoid.com winnt-tcpip-max-limit" }],
    note: "a port without TIME-WAIT first, else any: collisions become rare, not impossible",
  },
  embryonicOutbound: {
    value: null,
    mark: "C",
    source: "Wonderware Tech Note 838: no server system has it",
    also: [{ value: 10, source: "cometforums.com: the limit arrived with 2003 SP1 too" }],
  },
  settings: SERVER_2003_SP1_SETTINGS,
  notes: [
    "MaxFreeTWTcbs and TcpTimedWaitDelay need no lowering for collisions any more; for one " +
      "destination the smart allocation adds no headroom.",
    "After MS08-037 the port choice is nearer to that of Vista and 2008 (KB196271).",
    ...server2003.notes.slice(1),
  ],
}

/** In the order of their release. */
export const WINDOWS_XP_PROFILES: readonly HostProfile[] = [
  xp,
  {
    ...xp,
    id: "xp-sp1",
    title: "Windows XP with service pack 1",
    versions: "windows 5.1 build 2600 service pack 1",
  },
  xpSp2,
  {
    ...xpSp2,
    id: "xp-sp3",
    title: "Windows XP with service pack 3",
    versions: "windows 5.1 build 2600 service pack 3",
  },
  server2003,
  server2003Sp1,
  {
    ...server2003Sp1,
    id: "2003-sp2",
    title: "Windows Server 2003 with service pack 2",
    versions: "windows 5.2 build 3790 service pack 2",
  },
]
