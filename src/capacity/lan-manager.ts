/**
 * The connection budget of LAN Manager for MS-DOS (KB Q94246): TCPCONNECTIONS defaults to
 * NBSESSIONS + 1 + NUMSOCKETS + NSESSIONS. The last two exist only with the TCP/IP Utilities, whose
 * NUMSOCKETS default fell from 8 (2.1, 2.1a) to 4 (2.2, KB Q127732). The KB states 17 for "systems
 * with the utilities" of every version; by its own formula 2.2 has 13, and the formula is what is
 * taken here.
 */

export type LanManagerVersion = "2.1" | "2.1a" | "2.2"

/** What PROTOCOL.INI and TCPUTILS.INI say; a key that is not set is absent. */
export type LanManagerSettings = {
  readonly TCPCONNECTIONS?: number
  readonly NBSESSIONS?: number
  readonly NUMSOCKETS?: number
  readonly NSESSIONS?: number
  /** Whether the TCP/IP Utilities are installed; known from NUMSOCKETS or NSESSIONS when absent. */
  readonly utilities?: boolean
}

/** One summand and whether it was set or is the version's default. */
export type BudgetPart = {
  readonly name: "NBSESSIONS" | "fixed" | "NUMSOCKETS" | "NSESSIONS"
  readonly value: number
  readonly from: "set" | "default" | "formula"
}

export type ConnectionBudget = {
  readonly total: number
  readonly parts: readonly BudgetPart[]
  /** Where the total comes from: set in PROTOCOL.INI, or the formula. */
  readonly source: "TCPCONNECTIONS" | "formula"
  readonly utilities: boolean
}

const defaultSockets: Readonly<Record<LanManagerVersion, number>> = {
  "2.1": 8,
  "2.1a": 8,
  "2.2": 4,
}
const defaultNbSessions = 6
const defaultTelnetSessions = 2

/** How many TCP connections such a machine can have, and of what that number is made. */
export function tcpConnections(
  settings: LanManagerSettings,
  version: LanManagerVersion,
): ConnectionBudget {
  const utilities =
    settings.utilities ?? (settings.NUMSOCKETS !== undefined || settings.NSESSIONS !== undefined)
  const parts: BudgetPart[] = [
    part("NBSESSIONS", settings.NBSESSIONS, defaultNbSessions),
    { name: "fixed", value: 1, from: "formula" },
  ]
  if (utilities) {
    parts.push(part("NUMSOCKETS", settings.NUMSOCKETS, defaultSockets[version]))
    parts.push(part("NSESSIONS", settings.NSESSIONS, defaultTelnetSessions))
  }
  const sum = parts.reduce((total, { value }) => total + value, 0)
  const set = settings.TCPCONNECTIONS
  if (set !== undefined) return { total: set, parts, source: "TCPCONNECTIONS", utilities }
  return { total: sum, parts, source: "formula", utilities }
}

function part(name: BudgetPart["name"], value: number | undefined, otherwise: number): BudgetPart {
  if (value === undefined) return { name, value: otherwise, from: "default" }
  return { name, value, from: "set" }
}
