/** A connection as another program tells of it, by its ends "10.1.0.1 32768". */
import type { Endpoint } from "../../src/model/fourtuple.ts"

export type RivalEnd = {
  packets: number
  /** Payload; what is counted is the program's own choice. */
  bytes: number
  /** Payload by sequence numbers, from its first byte to its last, where the program gives them. */
  span: number
  /** Segments with SYN. */
  syns: number
  /** Segments that the program takes for sent again, or for late. */
  again: number
}

export type RivalConnection = {
  readonly ends: ReadonlyMap<string, RivalEnd>
  /** Who sent the first segment. */
  readonly opener: string
  readonly first: number
  readonly last: number
  /** The program's own name for it: "stream 12". */
  readonly name: string
  /** Its own word for how it went. */
  readonly went: string
}

export function newEnd(): RivalEnd {
  return { packets: 0, bytes: 0, span: 0, syns: 0, again: 0 }
}

/** How an end of ours is called there. */
export function endName({ address, port }: Endpoint): string {
  return `${address} ${port ?? 0}`
}

/** One name for both directions. */
export function pairName(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`
}
