/**
 * One connection as it is made: every call sends a segment and notes what a reader of the capture must find out. The
 * record grows from what the script does (this is a retransmission, this is the answer), not from looking at packets,
 * so that it can be held against the reader's.
 */
import type { Both, Connection, ConnectionState, Side } from "../../src/model/connection.ts"
import {
  ACK,
  errorPacket,
  FIN,
  type Host,
  PSH,
  RST,
  type SegmentParts,
  SYN,
  segmentPacket,
} from "./frame.ts"

/** A packet on its way to the file. */
export type MadePacket = {
  /** Microseconds since the capture began. */
  readonly at: number
  readonly packet: Uint8Array
  /** Bytes of payload that were not made. */
  readonly missing: number
  /** From the side that opened. */
  readonly isOut: boolean
  /** Index of the interface. */
  readonly interface: number
  readonly place: Place
}

/** What both uses of a four-tuple share. */
export type Place = {
  readonly from: Host
  readonly to: Host
  readonly fromPort: number
  readonly toPort: number
  /** Tags of its Ethernet frames, outermost first. */
  readonly vlans: readonly number[]
  /** The overlay network it runs in. */
  readonly vxlan?: number
  /** Bytes of payload worth making. */
  readonly payloadKept: number
}

export type Character = {
  /** From the first SYN to the answer. */
  readonly rtt: number
  /** Of this side until it reacts. */
  readonly reaction: number
  readonly hasStamps: boolean
  readonly isn: Both<number>
  readonly ipId: Both<number>
  /** Timestamp clocks at the start of the capture. */
  readonly stamp: Both<number>
}

type Draft = { -readonly [Field in keyof Connection]?: Connection[Field] }

/** Letters that say that something happened again: once for the 1st, 10th, 100th time. */
const countedLetters = "tgwc"
const wordRange = 2 ** 32

export class Conversation {
  readonly place: Place
  readonly character: Character
  readonly packets: MadePacket[] = []
  /** The moment of the next packet. */
  clock: number
  readonly record: Draft = {}
  /** What each side sends next, and the highest it has acknowledged. */
  readonly next: { from: number; to: number }
  readonly acknowledged: { from: number; to: number } = { from: 0, to: 0 }
  /** Segments are made and noted, and not captured: lost before the tap, or by it. */
  isUnseen = false
  /** Nothing of that side is captured: its packets take another way. */
  unseenSide: Side | undefined
  #ipId: { from: number; to: number }
  #peerStamp: { from: number; to: number } = { from: 0, to: 0 }
  readonly #letters = new Map<string, number>()
  #history = ""
  readonly #finAt: { from?: number; to?: number } = {}
  #start: number | undefined
  #end = 0
  readonly #syns: number[] = []
  #answeredAt: number | undefined
  #handshakeAt: number | undefined
  #closedAt: number | undefined
  readonly #packetCounts = { from: 0, to: 0 }
  readonly #ipBytes = { from: 0, to: 0 }
  readonly #bytes = { from: 0, to: 0 }
  readonly #resent = { from: 0, to: 0 }
  readonly #resets = { from: 0, to: 0 }
  readonly #ttl: { from?: number; to?: number } = {}

  constructor(place: Place, character: Character, clock: number) {
    this.place = place
    this.character = character
    this.clock = clock
    this.next = { ...character.isn }
    this.#ipId = { ...character.ipId }
  }

  /** Payload of a full segment. */
  get segmentMax(): number {
    const ipHeader = this.place.from.address.length === 4 ? 20 : 40
    return 1500 - ipHeader - (this.character.hasStamps ? 32 : 20)
  }

  /** The first packet seen comes from `to`: a reader has to turn the directions. */
  turned(): this {
    this.#history += "^"
    return this
  }

  /** That side has got everything; it says so with whatever it sends next. */
  acknowledge(side: Side): this {
    this.acknowledged[side] = this.next[other(side)]
    return this
  }

  wait(micros: number): this {
    this.clock += Math.max(1, Math.round(micros))
    return this
  }

  /** A SYN of `from`; the same again is the same attempt. */
  syn(): this {
    const { isn } = this.character
    this.next.from = after(isn.from, 1)
    if (this.unseenSide === "from") return this
    this.#syns.push(this.clock)
    const sequence = isn.from
    this.#send("from", { flags: SYN, sequence, options: this.#synOptions("from", false) })
    this.record.isn = { ...this.record.isn, from: isn.from }
    return this
  }

  synAck(): this {
    const { isn } = this.character
    this.next.to = after(isn.to, 1)
    if (this.unseenSide === "to") return this
    this.record.synAcks = (this.record.synAcks ?? 0) + 1
    this.acknowledged.to = after(isn.from, 1)
    const options = this.#synOptions("to", true)
    this.#answer("syn-ack", this.place.to.ttl)
    this.#send("to", { flags: SYN | ACK, sequence: isn.to, options })
    this.record.isn = { ...this.record.isn, to: isn.to }
    return this
  }

  /** Of a simultaneous open: `to` sends its own SYN before it has seen that of `from`. */
  synOfOther(): this {
    const { isn } = this.character
    this.record.isn = { ...this.record.isn, to: isn.to }
    this.#send("to", { flags: SYN, sequence: isn.to, options: this.#synOptions("to", false) })
    this.next.to = after(isn.to, 1)
    return this
  }

  /** Of a simultaneous open: `from` answers the other's SYN. */
  synAckOfFirst(): this {
    const { isn } = this.character
    this.acknowledged.from = after(isn.to, 1)
    this.record.synAcks = (this.record.synAcks ?? 0) + 1
    const options = this.#synOptions("from", true)
    this.#send("from", { flags: SYN | ACK, sequence: isn.from, options })
    return this
  }

  /** SYN, SYN-ACK, ACK. */
  open(): this {
    const { rtt, reaction } = this.character
    this.syn().wait(rtt).synAck().wait(reaction)
    return this.complete()
  }

  /** The ACK that completes the handshake. */
  complete(): this {
    return this.completed().ack("from")
  }

  /** The next packet completes the handshake. */
  completed(): this {
    if (this.unseenSide === undefined) this.#handshakeAt ??= this.clock
    return this
  }

  /** A bare ACK of all that the other side has sent. */
  ack(side: Side, options: Uint8Array = this.stamps(side)): this {
    this.acknowledged[side] = this.next[other(side)]
    this.#send(side, { flags: ACK, sequence: this.next[side], options })
    return this
  }

  /** A bare ACK of no more than that, and of what has arrived beyond it (RFC 2018). */
  duplicateAck(side: Side, acknowledgment: number, beyond: readonly [number, number]): this {
    const block = new Uint8Array(12)
    block.set([1, 1, 5, 10])
    const view = new DataView(block.buffer)
    view.setUint32(4, beyond[0])
    view.setUint32(8, beyond[1])
    const options = joined(this.stamps(side), block)
    this.#send(side, { flags: ACK, sequence: this.next[side], acknowledgment, options })
    return this
  }

  data(side: Side, payload: number): this {
    this.acknowledged[side] = this.next[other(side)]
    const sequence = this.next[side]
    this.next[side] = after(sequence, payload)
    if (this.unseenSide !== side) this.#bytes[side] += payload
    const flags = ACK | PSH
    this.#send(side, { flags, sequence, payload, options: this.stamps(side) })
    return this
  }

  /** Payload again, whether the capture has its first transmission or not. */
  resend(side: Side, sequence: number, payload: number): this {
    this.#resent[side]++
    const flags = ACK | PSH
    this.#send(side, { flags, sequence, payload, options: this.stamps(side) })
    this.#letter(side, "t")
    return this
  }

  fin(side: Side): this {
    this.acknowledged[side] = this.next[other(side)]
    if (this.unseenSide !== side) {
      this.#close(side)
      this.#finAt[side] ??= this.clock
    }
    const sequence = this.next[side]
    this.next[side] = after(sequence, 1)
    this.#send(side, { flags: FIN | ACK, sequence, options: this.stamps(side) })
    return this
  }

  /** The FIN of that side once more. */
  finAgain(side: Side): this {
    this.#resent[side]++
    const sequence = after(this.next[side], -1)
    this.#send(side, { flags: FIN | ACK, sequence, options: this.stamps(side) })
    return this
  }

  /** FIN of one side, its ACK and the FIN of the other together, the last ACK. */
  close(side: Side): this {
    const { rtt, reaction } = this.character
    const [there, back] = side === "from" ? [rtt, reaction] : [reaction, rtt]
    return this.fin(side).wait(there).fin(other(side)).wait(back).ack(side)
  }

  /** A reset within the connection; `closes` where it ends it. */
  reset(side: Side, closes = true): this {
    if (closes) this.#close(side)
    this.#resets[side]++
    this.acknowledged[side] = this.next[other(side)]
    this.#send(side, { flags: RST | ACK, sequence: this.next[side], window: 0 })
    return this
  }

  /** A reset without ACK at that sequence number: of a side that knows of no connection. */
  bareReset(side: Side, sequence: number, closes: boolean): this {
    if (closes) this.#close(side)
    this.#resets[side]++
    this.#send(side, { flags: RST, sequence, acknowledgment: 0, window: 0 })
    return this
  }

  /** `to` refuses the SYN, as a system does on whose port nobody listens (RFC 9293 3.10.7.1). */
  refuse(): this {
    this.record.refusals = (this.record.refusals ?? 0) + 1
    this.#answer("rst", this.place.to.ttl)
    this.#close("to")
    this.#resets.to++
    const acknowledgment = after(this.character.isn.from, 1)
    this.#send("to", { flags: RST | ACK, sequence: 0, acknowledgment, window: 0, ipId: 0 })
    return this
  }

  /**
   * `to` acknowledges something else than the SYN: it holds an older connection (RFC 5961, TIME-WAIT). It is the answer
   * where no other comes.
   */
  challenge(sequence: number, acknowledgment: number, isAllThereIs: boolean): this {
    this.record.challengeAcks = (this.record.challengeAcks ?? 0) + 1
    if (isAllThereIs) this.#answer("ack", this.place.to.ttl)
    this.#send("to", { flags: ACK, sequence, acknowledgment, options: this.stamps("to") })
    return this
  }

  /** A router or the target says that the last SYN was not delivered. */
  reject(sender: Host, type: number, code: number): this {
    const last = this.packets.at(-1)
    if (last === undefined) return this
    this.#answer(`icmp ${type}/${code}`, sender.ttl)
    this.record.answeredBy ??= sender.text
    const ipId = this.#ipId.to++ & 0xffff
    const packet = errorPacket(sender, this.place.from, { type, code, ipId }, last.packet)
    const { clock: at, place } = this
    this.packets.push({ at, packet, missing: 0, isOut: false, interface: 0, place })
    return this
  }

  /** The other side's receive buffer is full. */
  zeroWindow(side: Side): this {
    this.acknowledged[side] = this.next[other(side)]
    const options = this.stamps(side)
    this.#send(side, { flags: ACK, sequence: this.next[side], options, window: 0 })
    this.#letter(side, "w")
    return this
  }

  /** A keep-alive probe: one below what comes next, with or without a byte (RFC 9293 3.8.4). */
  probe(side: Side, payload: 0 | 1): this {
    const sequence = after(this.next[side], -1)
    this.#send(side, { flags: ACK, sequence, payload, options: this.stamps(side) })
    // As in Zeek's histories, where a byte that was there before is one; it is no retransmission.
    if (payload > 0) this.#letter(side, "t")
    return this
  }

  /** The last packet once more, as a tap on a second interface or a mirror port sees it. */
  copy(delay: number, changes: { readonly hop: boolean; readonly interface: number }): this {
    const last = this.packets.at(-1)
    if (last === undefined) return this
    const packet = changes.hop ? oneHopOn(last.packet) : last.packet
    const at = last.at + delay
    this.packets.push({ ...last, at, packet, interface: changes.interface })
    this.record.copies = (this.record.copies ?? 0) + 1
    return this
  }

  /** Payload that the capture never gets: from here on it is a hole. */
  hole(side: Side): this {
    this.#letter(side, "g")
    return this
  }

  /** Timestamps (RFC 7323), where this connection has them. */
  stamps(side: Side): Uint8Array {
    if (!this.character.hasStamps) return new Uint8Array(0)
    const options = new Uint8Array(12)
    options.set([1, 1, 8, 10])
    this.#putStamps(options, 4, side)
    return options
  }

  get end(): number {
    return this.#end
  }

  /** The whole record. `epoch`: microseconds since 1970 at which the capture began. */
  finish(state: ConnectionState, epoch: number): Connection {
    const seconds = (micros: number): number => (epoch + micros) / 1e6
    const start = this.#start ?? this.clock
    if (this.#syns.length > 0) this.record.answer ??= "none"
    const since = (micros: number): number => (micros - start) / 1000
    const { from, to, fromPort, toPort, vxlan } = this.place
    const { from: finFrom, to: finTo } = this.#finAt
    return {
      incarnation: 1,
      history: this.#history,
      ...this.record,
      from: { address: from.text, port: fromPort },
      to: { address: to.text, port: toPort },
      state,
      start: seconds(start),
      end: seconds(this.#end),
      synTimes: this.#syns.map(seconds),
      ...(this.#answeredAt === undefined ? {} : { answerMs: since(this.#answeredAt) }),
      ...(this.#handshakeAt === undefined ? {} : { handshakeMs: since(this.#handshakeAt) }),
      ...(this.#closedAt === undefined ? {} : { closedAt: seconds(this.#closedAt) }),
      ...(finFrom === undefined || finTo === undefined
        ? {}
        : { halfClosedMs: Math.abs(finFrom - finTo) / 1000 }),
      ttl: this.#ttl,
      packets: this.#packetCounts,
      ipBytes: this.#ipBytes,
      bytes: this.#bytes,
      retransmits: this.#resent,
      resets: this.#resets,
      ...(vxlan === undefined ? {} : { scope: `vxlan ${vxlan}` }),
    }
  }

  #answer(answer: NonNullable<Connection["answer"]>, ttl: number): void {
    if (this.#answeredAt !== undefined || this.#syns.length === 0) return
    this.#answeredAt = this.clock
    this.record.answer = answer
    this.record.answerTtl = ttl
  }

  #close(side: Side): void {
    if (this.#closedAt !== undefined) return
    this.#closedAt = this.clock
    this.record.closedBy = side
  }

  #send(
    side: Side,
    segment: {
      readonly flags: number
      readonly sequence: number
      readonly acknowledgment?: number
      readonly payload?: number
      readonly options?: Uint8Array
      readonly window?: number
      readonly ipId?: number
    },
  ): void {
    const { flags, sequence, payload = 0, options = new Uint8Array(0), window = 502 } = segment
    const parts: SegmentParts = {
      ...ends(this.place, side),
      sequence,
      acknowledgment: segment.acknowledgment ?? ((flags & ACK) === 0 ? 0 : this.acknowledged[side]),
      flags,
      window,
      options,
      payload,
      payloadKept: this.place.payloadKept,
      ipId: segment.ipId ?? this.#ipId[side]++ & 0xffff,
    }
    if (this.isUnseen || this.unseenSide === side) return
    const packet = segmentPacket(parts)
    const missing = payload - Math.min(payload, parts.payloadKept)
    const isOut = side === "from"
    const { clock: at, place } = this
    this.packets.push({ at, packet, missing, isOut, interface: 0, place })
    this.#note(side, flags, payload, packet.length + missing)
  }

  #note(side: Side, flags: number, payload: number, ipLength: number): void {
    this.#start ??= this.clock
    this.#end = Math.max(this.#end, this.clock)
    this.#packetCounts[side]++
    this.#ipBytes[side] += ipLength
    this.#ttl[side] ??= this.place[side].ttl
    this.#letter(side, letterOf(flags, payload))
  }

  #letter(side: Side, kind: string): void {
    const letter = side === "from" ? kind.toUpperCase() : kind
    // A SYN-ACK behind a SYN of the same side is no other kind (Zeek's histories).
    if (kind === "h" && this.#letters.has(side === "from" ? "S" : "s")) return
    const times = (this.#letters.get(letter) ?? 0) + 1
    this.#letters.set(letter, times)
    const isCounted = countedLetters.includes(kind) && Number.isInteger(Math.log10(times))
    if (times === 1 || isCounted) this.#history += letter
  }

  #synOptions(side: Side, isAnswer: boolean): Uint8Array {
    const { hasStamps } = this.character
    const length = this.place.from.address.length === 4 ? 1460 : 1440
    const segment = [2, 4, length >> 8, length & 255]
    if (!hasStamps) return Uint8Array.from([...segment, 1, 3, 3, 8, 1, 1, 4, 2])
    const options = Uint8Array.from([
      ...segment,
      ...[4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0],
      ...[1, 3, 3, 7],
    ])
    this.#putStamps(options, 8, side)
    if (!isAnswer) new DataView(options.buffer).setUint32(12, 0)
    return options
  }

  #putStamps(options: Uint8Array, at: number, side: Side): void {
    const view = new DataView(options.buffer)
    const stamp = (this.character.stamp[side] + Math.floor(this.clock / 1000)) % wordRange
    view.setUint32(at, stamp)
    view.setUint32(at + 4, this.#peerStamp[side])
    this.#peerStamp[other(side)] = stamp
  }
}

export function other(side: Side): Side {
  return side === "from" ? "to" : "from"
}

/** Sequence numbers go round (RFC 9293 3.4). */
export function after(sequence: number, count: number): number {
  return (sequence + count + wordRange) % wordRange
}

function ends(place: Place, side: Side): Pick<SegmentParts, "from" | "to" | "fromPort" | "toPort"> {
  const { from, to, fromPort, toPort } = place
  if (side === "from") return { from, to, fromPort, toPort }
  return { from: to, to: from, fromPort: toPort, toPort: fromPort }
}

function letterOf(flags: number, payload: number): string {
  if ((flags & SYN) !== 0) return (flags & ACK) === 0 ? "s" : "h"
  if ((flags & RST) !== 0) return "r"
  if ((flags & FIN) !== 0) return "f"
  return payload > 0 ? "d" : "a"
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}

/** The packet behind one more router: time to live one less, header checksum right again (RFC 1624). */
function oneHopOn(packet: Uint8Array): Uint8Array {
  const copy = packet.slice()
  if ((copy[0] ?? 0) >> 4 === 6) {
    copy[7] = (copy[7] ?? 1) - 1
    return copy
  }
  copy[8] = (copy[8] ?? 1) - 1
  const view = new DataView(copy.buffer)
  const sum = view.getUint16(10) + 0x100
  view.setUint16(10, sum > 0xffff ? sum - 0xffff : sum)
  return copy
}
