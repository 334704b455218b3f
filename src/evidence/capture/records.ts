/** What the containers of frames (pcap, pcapng, snoop) have in common. */
import type { OddityName } from "../../catalog/oddities.ts"

/** Reads the records of one kind of container. */
export type Records = {
  readonly container: string
  /**
   * Takes the records that are whole in bytes[from, to) and gives the offset behind them, which is behind `to` where
   * the rest of a record is not wanted.
   */
  readonly take: (bytes: Uint8Array, from: number, to: number) => number
  /** How many bytes at that offset it must see to go on; 0: another file begins there. */
  readonly need: number
}

export type Odd = (name: OddityName, says: string, at?: { readonly frame?: number }) => void

/** As much of a packet as is looked at: what capture tools take at most (libpcap, MAXIMUM_SNAPLEN). */
export const capturedMax = 262_144
/** Longer records than this exist in no format (libpcap's bound for D-Bus and USB). */
export const recordMax = 128 << 20
