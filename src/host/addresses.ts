/**
 * Addresses, routes and neighbours of this thread's network namespace, written the way iproute2
 * prints them, so that a live reading and a saved `ip addr` go through one reader. Sources:
 * getifaddrs(3), /proc/net/route, /proc/net/ipv6_route, /proc/net/arp. Left out: IPv6 neighbours,
 * policy rules, tables but main.
 */
import { networkInterfaces } from "node:os"
import { parseAddress } from "../model/fourtuple.ts"
import { type HostText, readSmall, threadNet } from "./text-source.ts"

/** Routes beyond this many are not read: a full table is no evidence of anything here. */
const routesMax = 2000
/** Neighbours are counted against gc_thresh3 (1024 by default), so these must reach further. */
const neighboursMax = 50_000
const flagUp = 1
const flagReject = 0x200
const arpComplete = 2

/** Addresses as `ip address` prints them. */
export function addressText(): HostText {
  const lines: string[] = []
  for (const [index, [name, addresses = []]] of Object.entries(networkInterfaces()).entries()) {
    const loopback = addresses[0]?.internal === true
    lines.push(`${index + 1}: ${name}: <${loopback ? "LOOPBACK,UP" : "BROADCAST,UP"}>`)
    for (const { family, cidr, address } of addresses) {
      const word = family === "IPv4" ? "inet" : "inet6"
      const scope = loopback ? "host" : address.startsWith("fe80:") ? "link" : "global"
      lines.push(`    ${word} ${cidr ?? address} scope ${scope} ${name}`)
    }
  }
  return { name: "ip-address.txt", source: "ip address", text: textOf(lines) }
}

/** Routes as `ip route` prints them, IPv6 after IPv4. */
export function routeText(): HostText {
  const lines = [...routes4(), ...routes6()]
  return { name: "ip-route.txt", source: "ip route", text: textOf(lines) }
}

/**
 * IPv4 neighbours as `ip neighbour` prints them, from /proc/net/arp. It tells whether the hardware
 * address is known, not when it was confirmed: known is written STALE, sought without answer
 * INCOMPLETE.
 */
export function neighbourText(): HostText {
  const lines = rowsOf("arp", neighboursMax)
    .slice(1)
    .flatMap(([address = "", , flags = "", hardware = "", , device = ""]) => {
      if (device === "") return []
      const isKnown = (Number.parseInt(flags, 16) & arpComplete) !== 0
      const rest = isKnown ? `lladdr ${hardware} STALE` : "INCOMPLETE"
      return [`${address} dev ${device} ${rest}`]
    })
  return { name: "ip-neighbour.txt", source: "ip neighbour", text: textOf(lines) }
}

function routes4(): readonly string[] {
  const rows = rowsOf("route").slice(1)
  return rows.flatMap((row) => {
    const [device = "", to = "", via = "", flags = "", , , metric = "0", mask = ""] = row
    if ((Number.parseInt(flags, 16) & flagUp) === 0) return []
    const prefix = prefixLength(mask)
    const target = prefix === 0 ? "default" : `${ipv4Of(to)}/${prefix}`
    if ((Number.parseInt(flags, 16) & flagReject) !== 0) return [`unreachable ${target}`]
    const gateway = via === "00000000" ? "" : ` via ${ipv4Of(via)}`
    const weight = metric === "0" ? "" : ` metric ${metric}`
    return [`${target}${gateway} dev ${device}${gateway === "" ? " scope link" : ""}${weight}`]
  })
}

/** Local and multicast entries are not routes a person would list. */
function routes6(): readonly string[] {
  const rows = rowsOf("ipv6_route")
  return rows.flatMap((row) => {
    const [to = "", length = "", , , via = "", metric = "", , , flags = "", device = ""] = row
    const bits = Number.parseInt(flags, 16)
    const isLocal = (bits & 0x80000000) !== 0
    if ((bits & flagUp) === 0 || isLocal || device === "lo" || to.startsWith("ff")) return []
    const prefix = Number.parseInt(length, 16)
    const target = prefix === 0 ? "default" : `${ipv6Of(to)}/${prefix}`
    const gateway = /^0+$/.test(via) ? "" : ` via ${ipv6Of(via)}`
    return [`${target}${gateway} dev ${device} metric ${Number.parseInt(metric, 16)}`]
  })
}

function rowsOf(file: string, rowsMax = routesMax): readonly (readonly string[])[] {
  const lines = (readSmall(`${threadNet}/${file}`) ?? "").split("\n").slice(0, rowsMax)
  return lines.filter((line) => line.trim() !== "").map((line) => line.trim().split(/\s+/))
}

/** Printed as a number in the host's byte order; every Linux that runs Node but s390x is little. */
function ipv4Of(hex: string): string {
  const octets = hex.match(/../g) ?? []
  return octets
    .map((octet) => Number.parseInt(octet, 16))
    .reverse()
    .join(".")
}

function ipv6Of(hex: string): string {
  const groups = (hex.match(/.{4}/g) ?? []).join(":")
  return parseAddress(groups) ?? groups
}

function prefixLength(mask: string): number {
  const ones = Number.parseInt(mask, 16).toString(2)
  return ones.replaceAll("0", "").length
}

function textOf(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`
}
