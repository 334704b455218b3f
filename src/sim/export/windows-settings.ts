/**
 * What a Windows machine says of itself: `ver`, `ipconfig`, the exported registry keys with what was set (a value that is
 * not set is not there, so that its default holds), and what netsh shows since Vista. Keys: catalog/registry-values.ts.
 */
import { REGISTRY_VALUES, type RegistryValue } from "../../catalog/registry-values.ts"
import { parsePortList } from "../../model/ports.ts"
import type { HostRecord } from "../engine/simulated-run.ts"
import type { TextFile } from "./content.ts"
import { computerName, isSinceVista, windowsVersion } from "./host-names.ts"

const registry: ReadonlyMap<string, RegistryValue> = new Map(Object.entries(REGISTRY_VALUES))
const services = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services"
/** From 2000 on regedit writes its fifth format. */
const format5Since = 5
const newTcpSince = 6.2

export function windowsSettings(host: HostRecord): readonly TextFile[] {
  const files: TextFile[] = [
    { path: "version.txt", lines: ["C:\\>ver", "", bannerOf(host), ""] },
    { path: "ipconfig.txt", lines: ipconfig(host) },
  ]
  const exported = registryExport(host)
  if (exported.length > 0) files.push({ path: "tcpip.reg", lines: exported })
  if (isSinceVista(host.profile)) files.push({ path: "netsh.txt", lines: netsh(host) })
  return files
}

/** As cmd.exe of that version prints it. */
function bannerOf({ profile }: HostRecord): string {
  const version = windowsVersion(profile)
  const build = /build (\d+)/.exec(profile.versions)?.[1] ?? "0"
  if (version < 5) return `Windows NT Version ${version.toFixed(version === 3.51 ? 2 : 1)}`
  if (version === 5) return `Microsoft Windows 2000 [Version 5.00.${build}]`
  const product = version === 5.1 ? "Windows XP" : "Windows"
  return `Microsoft ${product} [Version ${version.toFixed(1)}.${build}]`
}

function ipconfig({ name, address, profile }: HostRecord): readonly string[] {
  const isIpv6 = address.includes(":")
  const old = "   IP Address. . . . . . . . . . . . :"
  const label = isIpv6
    ? "   IPv6 Address. . . . . . . . . . . :"
    : isSinceVista(profile)
      ? "   IPv4 Address. . . . . . . . . . . :"
      : old
  return [
    "Windows IP Configuration",
    "",
    `   Host Name . . . . . . . . . . . . : ${computerName(name)}`,
    "",
    "Ethernet adapter Local Area Connection:",
    "",
    "   DHCP Enabled. . . . . . . . . . . : No",
    `${label} ${address}`,
    ...(isIpv6 ? [] : ["   Subnet Mask . . . . . . . . . . . : 255.255.255.0"]),
    "",
  ]
}

/** Lines of the .reg file; none where nothing was set. */
function registryExport({ settings, profile }: HostRecord): readonly string[] {
  const isFormat5 = windowsVersion(profile) >= format5Since
  const byKey = new Map<string, string[]>()
  for (const [name, value] of Object.entries(settings)) {
    if (!isRegistryValue(name)) continue
    const key = `${services}\\${registry.get(name)?.key ?? "Tcpip"}\\Parameters`
    const lines = byKey.get(key) ?? []
    lines.push(`"${name}"=${dataOf(name, value, isFormat5)}`)
    byKey.set(key, lines)
  }
  if (byKey.size === 0) return []
  const blocks = [...byKey].flatMap(([key, lines]) => ["", `[${key}]`, ...lines])
  return [isFormat5 ? "Windows Registry Editor Version 5.00" : "REGEDIT4", ...blocks, ""]
}

/** What netsh shows or a run alone knows has a dot in its name, or is of the new netsh. */
function isRegistryValue(name: string): boolean {
  return !name.includes(".") && name !== "InitialRto" && name !== "MaxSynRetransmissions"
}

function dataOf(name: string, value: number | string, isFormat5: boolean): string {
  if (registry.get(name)?.type === "REG_MULTI_SZ") {
    return `hex(7):${multiText(String(value).split(/[,\s]+/), isFormat5 ? 2 : 1)}`
  }
  if (typeof value === "string") return `"${value.replace(/["\\]/g, "\\$&")}"`
  return `dword:${value.toString(16).padStart(8, "0")}`
}

/** Texts with an end each, and an end of all; two bytes a character since format 5. */
function multiText(texts: readonly string[], width: 1 | 2): string {
  const characters = `${texts.map((text) => `${text}\0`).join("")}\0`
  const bytes = [...characters].map((each) => each.charCodeAt(0).toString(16).padStart(2, "0"))
  return bytes.flatMap((byte) => (width === 1 ? [byte] : [byte, "00"])).join(",")
}

function netsh(host: HostRecord): readonly string[] {
  const { profile } = host
  const effective = (name: string): number | string | undefined =>
    host.settings[name] ?? profile.settings[name]?.value
  const lines = dynamicPorts(host, effective)
  const excluded = parsePortList(String(effective("excludedportrange.ipv4.tcp") ?? "")) ?? []
  if (excluded.length > 0) {
    lines.push(
      "C:\\>netsh int ipv4 show excludedportrange tcp",
      "",
      "Protocol tcp Port Exclusion Ranges",
      "",
      "Start Port    End Port      ",
      "----------    --------      ",
    )
    for (const { first, last } of excluded) {
      lines.push(`${String(first).padStart(10)}    ${String(last).padStart(8)}      `)
    }
    lines.push("", "* - Administered port exclusions.", "")
  }
  const rto = effective("InitialRto")
  const retransmissions = effective("MaxSynRetransmissions")
  if (windowsVersion(profile) < newTcpSince || rto === undefined) return lines
  lines.push(
    "C:\\>netsh int tcp show global",
    "Querying active state...",
    "",
    "TCP Global Parameters",
    "----------------------------------------------",
    "Receive-Side Scaling State          : enabled ",
    "ECN Capability                      : disabled ",
    "RFC 1323 Timestamps                 : disabled ",
    `Initial RTO                         : ${rto} `,
  )
  if (retransmissions !== undefined) {
    lines.push(`Max SYN Retransmissions             : ${retransmissions} `)
  }
  return [...lines, ""]
}

function dynamicPorts(
  { profile }: HostRecord,
  effective: (name: string) => number | string | undefined,
): string[] {
  const { first, last } = profile.ephemeral?.value ?? { first: 49_152, last: 65_535 }
  const start = effective("dynamicport.ipv4.tcp.start") ?? first
  const count = effective("dynamicport.ipv4.tcp.num") ?? last - first + 1
  return [
    "C:\\>netsh int ipv4 show dynamicport tcp",
    "",
    "Protocol tcp Dynamic Port Range",
    "---------------------------------",
    `Start Port      : ${start}`,
    `Number of Ports : ${count}`,
    "",
  ]
}
