/**
 * Packets that somebody has as text → connections: each is made a packet again, as far as the text says, and folded as
 * those of captures are (capture/fold.ts). Addresses may be names; times may lack a date.
 */
import type { Connection } from "../../model/connection.ts"
import { formatMany } from "../../model/quantity.ts"
import { AddressIds } from "../capture/addresses.ts"
import { connectionOf } from "../capture/connection-record.ts"
import { FRAME } from "../capture/connection-store.ts"
import { CaptureFold } from "../capture/fold.ts"
import { ICMP_ERROR, Packet, TCP } from "../capture/packet.ts"
import { CaptureScopes } from "../capture/scopes.ts"
import { ACK, RST, SYN } from "../capture/tcp-flags.ts"
import type { SectionContext } from "../reader.ts"
import type { TextClock } from "./text-clock.ts"
import { type Numbering, TextSequences } from "./text-sequences.ts"

export type TextEnd = { readonly address: string; readonly port: number }

/** A TCP packet as a line shows it. */
export type TextPacket = {
  /** Of the line it stands on. */
  readonly line: number
  /** Seconds since 1970, or since some unknown moment. */
  readonly time: number
  readonly from: TextEnd
  readonly to: TextEnd
  /** As in a header, FIN 1 to CWR 128. */
  readonly flags: number
  readonly sequence?: number
  readonly acknowledgment?: number
  readonly payload: number
  readonly ttl?: number
  readonly ipId?: number
  /** The tool says that it was sent before. */
  readonly isAgain?: boolean
}

/** An ICMP error about an attempt; `port` where the line names it. */
export type TextIcmp = {
  readonly line: number
  readonly time: number
  readonly sender: string
  /** Whom it was sent to: the one that tried. */
  readonly to: string
  readonly target: string
  readonly port?: number
  readonly type: number
  readonly code: number
}

const headersLength = 40
const attemptsMax = 100_000
/** Names and IPv6 addresses; packets of further ones are counted, not kept. */
const namesMax = 1 << 20

/** The last SYN to a target, for the errors that name no more than that. */
type Attempt = { readonly from: TextEnd; readonly to: TextEnd; readonly sequence: number }

export class TextCapture {
  readonly #fold = new CaptureFold()
  readonly #packet = new Packet()
  readonly #addresses = new TextAddresses()
  readonly #sequences = new TextSequences()
  readonly #attempts = new Map<string, Attempt>()
  #epochSec: number | undefined
  #unkept = 0

  tcp(packet: TextPacket, numbering: Numbering): void {
    const { from, to, flags } = packet
    if (this.#addresses.isFull(from.address, to.address)) {
      this.#unkept++
      return
    }
    const isSyn = (flags & SYN) !== 0
    const [sequence, acknowledgment] = this.#sequences.numbersOf(
      `${from.address} ${from.port}`,
      `${to.address} ${to.port}`,
      { ...packet, isSyn, isAgain: packet.isAgain === true },
      numbering,
    )
    if (isSyn && (flags & (ACK | RST)) === 0) this.#attempted(from, to, sequence)
    const raw = this.#fill(packet, from, to)
    raw.kind = TCP
    raw.flags = flags
    raw.sequence = sequence | 0
    raw.acknowledgment = acknowledgment | 0
    raw.payload = packet.payload
    raw.ipLength = headersLength + packet.payload
    raw.ttl = packet.ttl ?? 0
    raw.ipId = packet.ipId ?? 0
    this.#fold.take(raw)
  }

  icmp(error: TextIcmp): void {
    const { to, target, port } = error
    const attempt = this.#attempts.get(`${to} ${target} ${port ?? ""}`)
    if (attempt === undefined || this.#addresses.isFull(error.sender)) return
    const raw = this.#fill(error, attempt.from, attempt.to)
    raw.kind = ICMP_ERROR
    raw.sequence = attempt.sequence | 0
    raw.icmp = error.type * 256 + error.code
    raw.icmpSender = this.#addresses.numberOf(error.sender, raw.version)
    this.#fold.take(raw)
  }

  /** Tells every connection, in the order of their first packets, cited at the line of that. */
  tell(context: SectionContext, clock: TextClock): void {
    this.#tellLimits(context, clock)
    const { store } = this.#fold
    const names = {
      addresses: this.#addresses,
      scopes: new CaptureScopes(),
      epochSec: this.#epochSec ?? 0,
    }
    for (let index = 0; index < store.length; index++) {
      const at = context.here((store.cold[(index << 4) + FRAME] ?? 0) >>> 0)
      const connection = connectionOf(store, index, names)
      const known = clock.isTimed ? connection : withoutDurations(connection)
      context.emit({ kind: "connection", ...known, at })
    }
  }

  #tellLimits(context: SectionContext, clock: TextClock): void {
    const { first } = this.#fold
    if (!clock.isDated) {
      const says = "Times of packets have no date: they are right among themselves only"
      context.odd("date-unknown", says)
    } else if (Number.isFinite(first)) context.mark({ time: (this.#epochSec ?? 0) + first / 1e9 })
    if (this.#unkept === 0) return
    const says = `${formatMany(this.#unkept, "packet", "packets")} of further addresses are not kept`
    context.odd("section-too-large", says)
  }

  #fill(at: { readonly line: number; readonly time: number }, from: TextEnd, to: TextEnd): Packet {
    this.#epochSec ??= Math.floor(at.time)
    const raw = this.#packet
    raw.frame = at.line
    raw.time = Math.round((at.time - this.#epochSec) * 1e9)
    const version = isIpv4(from.address) && isIpv4(to.address) ? 4 : 6
    raw.version = version
    raw.fromAddress = this.#addresses.numberOf(from.address, version)
    raw.toAddress = this.#addresses.numberOf(to.address, version)
    raw.fromPort = from.port
    raw.toPort = to.port
    return raw
  }

  #attempted(from: TextEnd, to: TextEnd, sequence: number): void {
    if (this.#attempts.size >= attemptsMax) this.#attempts.clear()
    const attempt = { from, to, sequence }
    this.#attempts.set(`${from.address} ${to.address} ${to.port}`, attempt)
    this.#attempts.set(`${from.address} ${to.address} `, attempt)
  }
}

/** Without times nothing is known of how long anything took. */
function withoutDurations(connection: Connection): Connection {
  const { answerMs: _a, handshakeMs: _h, halfClosedMs: _c, earlier: _e, ...known } = connection
  return known
}

/** Numbers for addresses in text: an IPv4 address is its own, any other text gets one. */
class TextAddresses extends AddressIds {
  readonly #ids = new Map<string, number>()
  readonly #texts: string[] = [""]

  /** Whether one of the texts is new, and there is no number left for it. */
  isFull(...addresses: readonly string[]): boolean {
    return this.#texts.length >= namesMax && addresses.some((address) => !this.#ids.has(address))
  }

  numberOf(address: string, version: number): number {
    if (version === 4) {
      let number = 0
      for (const octet of address.split(".")) number = (number << 8) | Number(octet)
      return number
    }
    const known = this.#ids.get(address)
    if (known !== undefined) return known
    const text = ` ${address}`.slice(1)
    this.#texts.push(text)
    this.#ids.set(text, this.#texts.length - 1)
    return this.#texts.length - 1
  }

  override text(id: number, version: number): string {
    return version === 4 ? super.text(id, version) : (this.#texts[id] ?? "")
  }
}

function isIpv4(text: string): boolean {
  const last = text.charCodeAt(text.length - 1)
  return last >= 48 && last <= 57 && /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)
}
