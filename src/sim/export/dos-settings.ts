/**
 * PROTOCOL.INI of LAN Manager for MS-DOS, and TCPUTILS.INI where the TCP/IP Utilities are installed (KB Q94246, Q96685,
 * Q98462). TCPCONNECTIONS stands in it only where somebody has set it.
 */
import type { HostRecord } from "../engine/simulated-run.ts"
import type { TextFile } from "./content.ts"

export function dosSettings(host: HostRecord): readonly TextFile[] {
  const effective = (name: string): number | string =>
    host.settings[name] ?? host.profile.settings[name]?.value ?? 0
  const connections = host.settings["TCPCONNECTIONS"]
  const protocol = [
    "[PROTMAN]",
    "  DRIVERNAME = PROTMAN$",
    "",
    "[TCPIP_XIF]",
    "  DRIVERNAME = TCPIP$",
    `  IPADDRESS0 = ${host.address.replaceAll(".", " ")}`,
    "  SUBNETMASK0 = 255 255 255 0",
    `  NBSESSIONS = ${effective("NBSESSIONS")}`,
    ...(connections === undefined ? [] : [`  TCPCONNECTIONS = ${connections}`]),
    "  LANABASE = 0",
  ]
  const sockets = Number(effective("NUMSOCKETS"))
  const sessions = Number(effective("NSESSIONS"))
  const files: TextFile[] = [{ path: "PROTOCOL.INI", lines: protocol }]
  if (sockets + sessions === 0) return files
  const utilities = [
    "[SOCKETS]",
    "DRIVERNAME = SOCKETS$",
    `NUMSOCKETS = ${sockets}`,
    "",
    "[TELNET]",
    "DRIVERNAME = TELNET$",
    `NSESSIONS = ${sessions}`,
  ]
  return [...files, { path: "TCPUTILS.INI", lines: utilities }]
}
