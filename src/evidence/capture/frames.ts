/**
 * The frames of a capture, whatever its container: numbers them, watches their clock, walks each from its link layer to
 * TCP and hands it on. Nothing is made per packet; what is not TCP is only counted.
 */
import { AddressIds } from "./addresses.ts"
import { ethernetLayer, etherTypeLayer, llcLayer, pppLayer, pppProtocolLayer } from "./ethernet.ts"
import { extensionLayer } from "./ipv6-extensions.ts"
import { LayerTally } from "./layer-tally.ts"
import * as layers from "./layers.ts"
import { layersMax, Walk } from "./layers.ts"
import { linkLayer } from "./link.ts"
import { linkName } from "./link-names.ts"
import { icmpLayer, icmpv6Layer, ipv4Layer, ipv6Layer, tcpLayer } from "./network.ts"
import * as kinds from "./packet.ts"
import { Packet } from "./packet.ts"
import { plainSegment } from "./plain-segment.ts"
import { CaptureScopes } from "./scopes.ts"
import { protocolLayer } from "./tunnels.ts"
import { aggregateLayer, wirelessLayer } from "./wireless.ts"

// As constants of this module: those the engine folds, imported ones it reads each time.
const {
  AGGREGATE,
  ANY_IP,
  DONE,
  ETHERNET_LINK,
  ICMP,
  ICMPV6,
  IPV4,
  IPV6,
  LINKS,
  LLC,
  MALFORMED,
  NESTED,
  PPP,
  PPP_PROTOCOLS,
  PROTOCOLS,
  STOP,
  TCP_SEGMENT,
  WIRELESS,
} = layers
const { OTHER } = kinds

/** Where packets were captured, and what the file says of it. */
export type CaptureInterface = {
  /** As the file names it; empty where it does not. */
  name: string
  /** "LINKTYPE_ETHERNET (1)" */
  readonly link: string
  readonly linkType: number
  description?: string
  system?: string
  filter?: string
  /** Packets that the capturing program says it was given, and lost for want of room. */
  received?: number
  dropped?: number
  /** The same, lost by the operating system. */
  droppedBySystem?: number
  /** Packets missing by the marks of single packets. */
  missed?: number
}

/** How often the clock of the capture went back. */
export type ClockJumps = { count: number; firstFrame: number; maxNs: number }

/** Devices that one interface may stand for; a made-up capture may have any number. */
const devicesMax = 4096
const nameLengthMax = 24
const systemsMax = 16
/** The link type that plain-segment.ts knows. */
const ethernet = ETHERNET_LINK - LINKS
const twoTo33 = 0x2_0000_0000
/** Packets that are read before they are handed on, for those who want a look ahead. */
const batchMax = 64

/** A look at the packets that will be handed on next, so many from the first. */
export type OnSoon = (packets: readonly Packet[], count: number) => void

export class Frames {
  readonly addresses = new AddressIds()
  readonly scopes = new CaptureScopes()
  readonly interfaces: CaptureInterface[] = []
  readonly tally = new LayerTally()
  readonly jumps: ClockJumps = { count: 0, firstFrame: 0, maxNs: 0 }
  /** Second of the first packet; NaN before it. */
  epochSec = Number.NaN
  readonly systems = new Set<string>()
  /** Records that tools count as frames and that are no packets. */
  readonly foreigners = new Map<string, number>()
  /** Frames so far. */
  count = 0
  readonly #onPacket: (packet: Packet) => void
  readonly #onSoon: OnSoon | undefined
  readonly #batch: readonly Packet[]
  /** Packets of the batch that are filled, and the one that is next. */
  #filled = 0
  #packet: Packet
  readonly #walk = new Walk()
  /** The same bytes as in the walk. */
  view: DataView = new DataView(new ArrayBuffer(0))
  /** Devices behind an interface → their own interface. */
  readonly #devices = new Map<number, number>()
  #latest = Number.NEGATIVE_INFINITY

  constructor(onPacket: (packet: Packet) => void, onSoon?: OnSoon) {
    this.#onPacket = onPacket
    this.#onSoon = onSoon
    this.#packet = new Packet()
    const more = onSoon === undefined ? 0 : batchMax - 1
    this.#batch = [this.#packet, ...Array.from({ length: more }, () => new Packet())]
  }

  /** Hands on the packets that were read; to be called while the bytes they are in are still there. */
  handOver(): void {
    const count = this.#filled
    if (count === 0) return
    const batch = this.#batch
    this.#onSoon?.(batch, count)
    for (let index = 0; index < count; index++) this.#onPacket(batch[index] ?? this.#packet)
    this.#filled = 0
    this.#packet = batch[0] ?? this.#packet
  }

  /** Another file begins: its clock is another one. */
  restart(): void {
    this.#latest = Number.NEGATIVE_INFINITY
  }

  addInterface(linkType: number, name = ""): number {
    return this.interfaces.push({ name, link: linkName(linkType), linkType }) - 1
  }

  /** What the file says of the machine it was made on: its system, hardware, the program. */
  system(text: string): void {
    if (this.systems.size < systemsMax) this.systems.add(text)
  }

  /** A record that tools count as a frame and that is no packet. */
  foreign(name: string): void {
    this.count++
    this.foreigners.set(name, (this.foreigners.get(name) ?? 0) + 1)
  }

  /** The buffer that the next frames are in, and how the machine that wrote it orders bytes. */
  within(bytes: Uint8Array, isBig: boolean): void {
    this.#walk.bytes = bytes
    this.#walk.isBig = isBig
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** One frame of an interface: bytes from `at` to `end`; it would go on to `sentEnd` had all been captured. */
  take(at: number, end: number, sentEnd: number, index: number, link: number, time: number): void {
    const packet = this.#packet
    packet.frame = ++this.count
    packet.time = time
    packet.interface = index
    const { bytes } = this.#walk
    // Telling the engine of an object in another one takes longer than looking.
    if (packet.bytes !== bytes) packet.bytes = bytes
    packet.bytesEnd = end
    if (time < this.#latest) this.#jumped(this.#latest - time)
    this.#latest = time
    if (link === ethernet && plainSegment(packet, this.view, at, end, this.addresses)) {
      this.#fill()
      return
    }
    packet.kind = OTHER
    packet.version = 0
    const walk = this.#walk
    walk.at = at
    walk.end = end
    walk.sentEnd = sentEnd
    walk.rest = 0
    walk.scope = 0
    walk.vlan = 0
    walk.quotedBy = 0
    walk.isOdd = false
    walk.device = 0
    walk.deviceName = 0
    this.#follow(LINKS + link)
    packet.scope = walk.scope
    packet.vlan = walk.vlan
    if (walk.device !== 0) packet.interface = this.#deviceOf(index)
    this.#fill()
    while (walk.rest > 0) this.#takeRest(end, sentEnd, packet)
  }

  /** The packet at hand is whole. */
  #fill(): void {
    const next = ++this.#filled
    if (next === this.#batch.length) this.handOver()
    else this.#packet = this.#batch[next] ?? this.#packet
  }

  /** Another packet of the same frame, behind that one. */
  #takeRest(end: number, sentEnd: number, before: Packet): void {
    const walk = this.#walk
    const packet = this.#packet
    packet.frame = before.frame
    packet.time = before.time
    packet.interface = before.interface
    packet.bytes = walk.bytes
    packet.bytesEnd = end
    packet.version = 0
    walk.at = walk.rest
    walk.rest = 0
    walk.end = end
    walk.sentEnd = sentEnd
    walk.quotedBy = 0
    walk.isOdd = false
    packet.kind = OTHER
    this.#follow(AGGREGATE)
    packet.scope = walk.scope
    packet.vlan = walk.vlan
    this.#fill()
  }

  /** From layer to layer until there is a TCP header or nothing that may have one. */
  #follow(link: number): void {
    const walk = this.#walk
    let code = link
    for (let layers = 0; layers < layersMax; layers++) {
      const next = this.#layer(code)
      if (next === DONE) {
        if (walk.isOdd) this.tally.count(code, MALFORMED)
        return
      }
      if (next < 0) {
        // What an error quotes is no packet of its own.
        if (walk.quotedBy === 0) this.tally.count(code, next)
        else this.tally.count(walk.quotedBy, STOP)
        return
      }
      code = next
    }
    this.tally.count(code, NESTED)
  }

  #layer(code: number): number {
    switch (code) {
      case ETHERNET_LINK:
        return ethernetLayer(this.#walk)
      case IPV4:
        return ipv4Layer(this.#walk, this.#packet)
      case IPV6:
        return ipv6Layer(this.#walk, this.#packet, this.addresses)
      case TCP_SEGMENT:
        return tcpLayer(this.#walk, this.#packet)
      default:
        return this.#rarerLayer(code)
    }
  }

  #rarerLayer(code: number): number {
    const walk = this.#walk
    const packet = this.#packet
    if (code < PROTOCOLS) return etherTypeLayer(walk, code)
    if (code === ICMP) return icmpLayer(walk, packet)
    if (code === ICMPV6) return icmpv6Layer(walk, packet)
    if (code < PPP_PROTOCOLS) {
      const next = protocolLayer(walk, code, this.scopes)
      return next === STOP ? extensionLayer(walk, code, packet, this.addresses) : next
    }
    if (code < LINKS) return pppProtocolLayer(walk, code)
    if (code < ANY_IP) return linkLayer(walk, code - LINKS)
    if (code === ANY_IP) return anyIpLayer(walk)
    if (code === LLC) return llcLayer(walk)
    if (code === PPP) return pppLayer(walk)
    return code === WIRELESS ? wirelessLayer(walk) : aggregateLayer(walk)
  }

  #jumped(backNs: number): void {
    const { jumps } = this
    if (jumps.count === 0) jumps.firstFrame = this.count
    jumps.count++
    jumps.maxNs = Math.max(jumps.maxNs, backNs)
  }

  /** The interface that stands for the device which the walk came by. */
  #deviceOf(index: number): number {
    const { device, deviceName, bytes } = this.#walk
    const key = index * twoTo33 + device
    const known = this.#devices.get(key)
    if (known !== undefined) return known
    const parent = this.interfaces[index]
    if (parent === undefined || this.#devices.size >= devicesMax) return index
    const own = deviceName === 0 ? `interface ${device}` : textAt(bytes, deviceName)
    const added = this.addInterface(parent.linkType, own)
    this.#devices.set(key, added)
    return added
  }
}

function anyIpLayer(walk: Walk): number {
  if (walk.at >= walk.end) return STOP
  const version = (walk.bytes[walk.at] ?? 0) >>> 4
  if (version === 4) return IPV4
  return version === 6 ? IPV6 : STOP
}

/** A name in ASCII that a zero ends. */
function textAt(bytes: Uint8Array, from: number): string {
  let text = ""
  for (let at = from; at < from + nameLengthMax && (bytes[at] ?? 0) > 32; at++) {
    text += String.fromCharCode(bytes[at] ?? 0)
  }
  return text
}
