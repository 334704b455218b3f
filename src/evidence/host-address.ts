/** Facts about addresses, routes and neighbours, in the one form every dialect comes to. */
import { parseAddress } from "../model/fourtuple.ts"
import type { SectionContext } from "./reader.ts"

/** Emits the fact "address"; the text may carry a prefix length. False when it is no address. */
export function emitAddress(
  context: SectionContext,
  text: string,
  where: { readonly interface: string; readonly prefixLength?: number | undefined },
): boolean {
  const [head = "", length] = text.split("/")
  const address = parseAddress(head)
  if (address === undefined) return false
  const prefixLength = where.prefixLength ?? (length === undefined ? undefined : Number(length))
  const data = {
    address,
    family: address.includes(":") ? "ipv6" : "ipv4",
    ...(where.interface === "" ? {} : { interface: where.interface }),
    ...(prefixLength === undefined || Number.isNaN(prefixLength) ? {} : { prefixLength }),
  }
  context.emit({ kind: "fact", name: "address", data, at: context.here() })
  return true
}

export type RouteFact = {
  readonly destination: string
  readonly gateway?: string | undefined
  readonly interface?: string | undefined
  readonly source?: string | undefined
  readonly metric?: number | undefined
  /** unreachable, blackhole, prohibit, throw: packets for it are refused here. */
  readonly type?: string | undefined
  /** FAILED or INCOMPLETE: the next hop does not answer ARP or neighbour discovery. */
  readonly neighbour?: string | undefined
}

/** Emits the fact "route". */
export function emitRoute(context: SectionContext, route: RouteFact): void {
  const data: Record<string, string | number> = {}
  for (const [key, value] of Object.entries(route)) if (value !== undefined) data[key] = value
  context.emit({ kind: "fact", name: "route", data, at: context.here() })
}

/** 255.255.255.0 or 0xffffff00 → 24; undefined when it is no mask. */
export function prefixLengthOf(mask: string): number | undefined {
  const hex = /^0x([0-9a-f]{8})$/i.exec(mask)?.[1]
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(mask)
  if (hex === undefined && octets === null) return undefined
  const bytes = hex === undefined ? (octets?.slice(1).map(Number) ?? []) : bytesOf(hex)
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, "0")).join("")
  return /^1*0*$/.test(bits) && bits.length === 32 ? bits.lastIndexOf("1") + 1 : undefined
}

function bytesOf(hex: string): readonly number[] {
  return [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
}
