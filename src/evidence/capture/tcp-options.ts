/** Options of a TCP header (RFC 9293 section 3.2), as far as connections are told by them. */
import { big32Signed } from "./byte-order.ts"
import type { Packet } from "./packet.ts"

const headerMin = 20
const noOperation = 1
const timestamps = 8
const timestampsLength = 10
/** Two no-operations, then timestamps: as RFC 7323 (appendix A) lays them out, and all systems do behind a SYN. */
const usualLayout = 0x0101080a
const usualLength = 12

/** TSval of the timestamps option (RFC 7323) as a signed number; undefined where there is none. */
export function timestampOf(packet: Packet): number | undefined {
  const { bytes, optionsEnd } = packet
  let at = packet.tcp + headerMin
  if (at + usualLength <= optionsEnd && big32Signed(bytes, at) === usualLayout) {
    return big32Signed(bytes, at + 4)
  }
  while (at + 1 < optionsEnd) {
    const kind = bytes[at] ?? 0
    if (kind === 0) return undefined
    if (kind === noOperation) {
      at++
      continue
    }
    const length = bytes[at + 1] ?? 0
    if (length < 2) return undefined
    if (kind === timestamps && length === timestampsLength && at + length <= optionsEnd) {
      return big32Signed(bytes, at + 2)
    }
    at += length
  }
  return undefined
}
