/** A capture when all of it was folded: its connections, and what the packets were. */
import type { Connection } from "../../model/connection.ts"
import type { Instant } from "../../model/quantity.ts"
import type { ConnectionGlance } from "./connection-glance.ts"

export type FoldedCapture = {
  /** Number of connections. */
  readonly length: number
  /** Indices of connections in the order of their first packets. */
  readonly byStart: () => Uint32Array
  readonly connection: (index: number) => Connection
  /** The same as `fourtuple read` prints them; many times as fast. */
  readonly jsonLines: () => JsonLines
  /** For counting: an object that looks at one connection after another. */
  readonly glance: () => ConnectionGlance
  /** The text of an address of a glance. */
  readonly addressText: (address: number, version: 4 | 6) => string
  /** Frame of its first packet. */
  readonly frame: (index: number) => number
  readonly tally: CaptureTally
}

/** Connections as lines of JSON, in UTF-8. */
export type JsonLines = {
  /** Writes the line of a connection behind those before. */
  readonly add: (index: number) => void
  /** Bytes that came together. */
  readonly length: number
  /** Takes them out: to be used before the next line is added. */
  readonly take: () => Uint8Array
}

export type CaptureTally = {
  /** "pcap", "pcapng" and what else was seen of it, for the report. */
  readonly container: string
  readonly packets: number
  readonly tcpPackets: number
  readonly icmpErrors: number
  /** Packets recorded a second time. */
  readonly copies: number
  /** Connections beyond those that can be kept (CONNECTIONS_MAX), and their packets. */
  readonly unkept?: { readonly connections: number; readonly packets: number }
  readonly first?: Instant
  readonly last?: Instant
  readonly bytes: number
  /** Link types that are not known, with their packets. */
  readonly unknownLinks: ReadonlyMap<string, number>
  /** IP protocols other than TCP, and frames that are not IP, by name, with their packets. */
  readonly others: ReadonlyMap<string, number>
  readonly interfaces: readonly { readonly name: string; readonly link: string }[]
  /** What the capture says of the machine it was made on (pcapng shb_os, shb_hardware, application). */
  readonly system?: string
}
