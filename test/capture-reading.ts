/** Reads a capture in tests: its packets as plain values, its oddities, and the file itself. */
import { CaptureFile } from "../src/evidence/capture/capture-file.ts"
import { ICMP_ERROR, OTHER, type Packet, TCP } from "../src/evidence/capture/packet.ts"

export type ReadPacket = {
  readonly frame: number
  readonly kind: "tcp" | "icmp" | "other"
  /** Nanoseconds since the first second. */
  readonly time: number
  readonly interface: number
  /** "10.1.1.5:1118 > 10.2.2.9:445" */
  readonly between: string
  readonly sequence: number
  readonly acknowledgment: number
  readonly flags: number
  readonly window: number
  readonly payload: number
  readonly ipLength: number
  readonly ttl: number
  readonly ipId: number
  readonly scope: string
  readonly vlan: number
  readonly options: number
  /** "3/13 from 10.0.0.1" */
  readonly icmp?: string
}

export type ReadCapture = {
  readonly file: CaptureFile
  readonly packets: readonly ReadPacket[]
  /** "capture-cut: The file ends …", with " (frame 3)" behind. */
  readonly odd: readonly string[]
}

/** Reads it in pieces of those sizes, over and over; by default at once. */
export function readCapture(bytes: Uint8Array, sizes: readonly number[] = []): ReadCapture {
  const packets: ReadPacket[] = []
  const odd: string[] = []
  const file = new CaptureFile(
    (packet) => packets.push(valuesOf(packet, file)),
    (name, says, at) =>
      odd.push(`${name}: ${says}${at === undefined ? "" : ` (frame ${at.frame})`}`),
  )
  const whole = sizes.length === 0 ? [Math.max(bytes.length, 1)] : sizes
  // One buffer for all pieces, as a file is read: what was pushed is overwritten.
  const buffer = new Uint8Array(Math.max(...whole))
  let at = 0
  for (let piece = 0; at < bytes.length; piece++) {
    const length = Math.min(whole[piece % whole.length] ?? 1, bytes.length - at)
    buffer.set(bytes.subarray(at, at + length))
    file.push(buffer.subarray(0, length))
    buffer.fill(0xee, 0, length)
    at += length
  }
  file.end()
  return { file, packets, odd }
}

function valuesOf(packet: Packet, file: CaptureFile): ReadPacket {
  const { frame, time, version } = packet
  const known = { frame, time, interface: packet.interface }
  const { text } = { text: (id: number) => file.addresses.text(id, version) }
  if (packet.kind === OTHER) return { ...nothing, ...known, kind: "other" }
  const { icmp } = packet
  const quoted = `${icmp >>> 8}/${icmp & 255} from ${text(packet.icmpSender)}`
  return {
    ...known,
    kind: packet.kind === TCP ? "tcp" : "icmp",
    between: `${text(packet.fromAddress)}:${packet.fromPort} > ${text(packet.toAddress)}:${packet.toPort}`,
    sequence: packet.sequence >>> 0,
    acknowledgment: packet.acknowledgment >>> 0,
    flags: packet.flags,
    window: packet.window,
    payload: packet.payload,
    ipLength: packet.ipLength,
    ttl: packet.ttl,
    ipId: packet.ipId,
    scope: file.scopes.text(packet.scope),
    vlan: packet.vlan,
    options: packet.optionsEnd - packet.tcp,
    ...(packet.kind === ICMP_ERROR ? { icmp: quoted } : {}),
  }
}

const nothing = {
  between: "",
  sequence: 0,
  acknowledgment: 0,
  flags: 0,
  window: 0,
  payload: 0,
  ipLength: 0,
  ttl: 0,
  ipId: 0,
  scope: "",
  vlan: 0,
  options: 0,
}
