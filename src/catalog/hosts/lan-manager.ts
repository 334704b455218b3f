/**
 * LAN Manager for MS-DOS 2.1, 2.1a and 2.2: no port range is documented, the limit is
 * TCPCONNECTIONS (KB Q94246). NUMSOCKETS and NSESSIONS count only with the TCP/IP Utilities;
 * capacity/lan-manager.ts computes the budget from what a machine has set.
 */
import type { HostProfile, Sourced } from "../../model/profile.ts"

const article = "KB Q94246"

const common = {
  kind: "host",
  family: "lan-manager",
  allocator: {
    value: "slots",
    mark: "S",
    source: article,
    note: "how a port is chosen is not documented; the slots run out first",
  },
  embryonicOutbound: {
    value: null,
    mark: "G",
    source: "no document speaks of one",
  },
  errors: {
    "tcb-table": {
      value: "error 53",
      mark: "S",
      source: article,
      note: "also a bad user name or password at logon, or a long pause in batch files",
    },
  },
  notes: [
    "Without the TCP/IP Utilities TCPCONNECTIONS is 6 + 1 = 7, often too low.",
    "TIME-WAIT lasts a short, undocumented time: log off, wait 5 s, log on.",
    "TCPCONNECTIONS may be set, but setting its summands is preferred.",
    "LAN Manager takes all sessions and names unless netn= in LANMAN.INI limits them; the TCP " +
      "extensions then fail to start with NET3057 (KB Q96685).",
  ],
} as const satisfies Partial<HostProfile>

const nbSessions: Sourced<number> = {
  value: 6,
  mark: "V",
  source: `${article}, KB Q159904`,
  note: "PROTOCOL.INI, section [TCPIP_XIF] or [TCPIP]; files with 2 and 100 exist",
}
const telnetSessions: Sourced<number> = {
  value: 2,
  mark: "V",
  source: `${article}, KB Q127732`,
  note: "telnet; with the TCP/IP Utilities only",
}
const sockets21: Sourced<number> = {
  value: 8,
  mark: "S",
  source: article,
  note: "TCPUTILS.INI; with the TCP/IP Utilities only",
}
const sockets22: Sourced<number> = {
  value: 4,
  mark: "V",
  source: `${article}, KB Q127732`,
  note: "TCPUTILS.INI; fell from 8 after the manual was printed",
}
const budget21: Sourced<number> = {
  value: 17,
  mark: "S",
  source: `${article}: 6 + 1 + 8 + 2 with the TCP/IP Utilities`,
  note: "7 without them",
}

const lanman21: HostProfile = {
  ...common,
  id: "lanman-2.1",
  title: "LAN Manager 2.1 for MS-DOS",
  versions: "lan-manager 2.1",
  tcbMax: budget21,
  settings: {
    TCPCONNECTIONS: budget21,
    NBSESSIONS: nbSessions,
    NUMSOCKETS: sockets21,
    NSESSIONS: telnetSessions,
  },
}

/** In the order of their release. */
export const LAN_MANAGER_PROFILES: readonly HostProfile[] = [
  lanman21,
  {
    ...lanman21,
    id: "lanman-2.1a",
    title: "LAN Manager 2.1a for MS-DOS",
    versions: "lan-manager 2.1a",
  },
  {
    ...common,
    id: "lanman-2.2",
    title: "LAN Manager 2.2 for MS-DOS",
    versions: "lan-manager 2.2",
    tcbMax: {
      value: 13,
      mark: "C",
      source: `${article}, by its formula: 6 + 1 + 4 + 2`,
      also: [{ value: 17, source: `${article}, text: every system with the utilities` }],
      note: "7 without the TCP/IP Utilities",
    },
    settings: { NBSESSIONS: nbSessions, NUMSOCKETS: sockets22, NSESSIONS: telnetSessions },
  },
]
