/**
 * The frames of a capture, whatever its container: numbers them, keeps their clock, walks from the link layer to TCP
 * and hands each on. Nothing is made per packet; what is not TCP is only counted.
 */
import { AddressIds } from "./addresses.ts"
import { big16 } from "./byte-order.ts"
import {
  CUT,
  DONE,
  ETHERNET,
  ICMP,
  ICMPV6,
  IPV4,
  IPV6,
  layersMax,
  NESTED,
  TCP_SEGMENT,
  VLAN,
  Walk,
} from "./layers.ts"
import { icmpLayer, icmpv6Layer, NetworkLayers, tcpLayer } from "./network.ts"
import { OTHER, Packet } from "./packet.ts"
import { CaptureScopes } from "./scopes.ts"

export type CaptureInterface = {
  /** As the file names it; empty where it does not. */
  readonly name: string
  readonly link: string
  readonly linkType: number
}

export class Frames {
  readonly addresses = new AddressIds()
  readonly scopes = new CaptureScopes()
  readonly interfaces: CaptureInterface[] = []
  readonly #onPacket: (packet: Packet) => void
  readonly #packet = new Packet()
  readonly #walk = new Walk()
  readonly #network = new NetworkLayers(this.addresses)
  readonly others = new Map<number, number>()
  /** Second of the first packet; NaN before it. */
  epochSec = Number.NaN

  constructor(onPacket: (packet: Packet) => void) {
    this.#onPacket = onPacket
  }

  get packets(): number {
    return this.#packet.frame
  }

  /** Adds an interface of that link type: its index. */
  add(linkType: number, name = ""): number {
    return this.interfaces.push({ name, link: `LINKTYPE ${linkType}`, linkType }) - 1
  }

  /** The first layer of frames of that interface. */
  layerOf(index: number): number {
    const linkType = this.interfaces[index]?.linkType
    return linkType === 1 ? ETHERNET : 0x5_0000
  }

  /** The bytes the next frames are in. */
  within(bytes: Uint8Array): void {
    this.#packet.bytes = bytes
    this.#walk.bytes = bytes
  }

  /** One frame: captured are bytes at to end, sent would have been up to sentEnd. */
  take(at: number, end: number, sentEnd: number, code: number, index: number, time: number): void {
    const packet = this.#packet
    const walk = this.#walk
    packet.frame++
    packet.time = time
    packet.interface = index
    packet.kind = OTHER
    packet.bytesEnd = end
    packet.version = 0
    walk.at = at
    walk.end = end
    walk.sentEnd = sentEnd
    walk.scope = 0
    walk.vlan = 0
    walk.isQuote = false
    this.#follow(code)
    packet.scope = walk.scope
    packet.vlan = walk.vlan
    this.#onPacket(packet)
  }

  #follow(first: number): void {
    const walk = this.#walk
    const packet = this.#packet
    let code = first
    for (let layers = 0; layers < layersMax; layers++) {
      const next = this.#layer(code)
      if (next === DONE) return
      if (next < 0) {
        this.others.set(next, (this.others.get(next) ?? 0) + 1)
        return
      }
      code = next
    }
    packet.kind = OTHER
    this.others.set(NESTED, (this.others.get(NESTED) ?? 0) + 1)
  }

  #layer(code: number): number {
    const walk = this.#walk
    switch (code) {
      case ETHERNET:
        if (walk.at + 14 > walk.end) return CUT
        walk.at += 14
        return big16(walk.bytes, walk.at - 2)
      case VLAN:
        if (walk.at + 4 > walk.end) return CUT
        walk.vlan = big16(walk.bytes, walk.at) & 0xfff
        walk.at += 4
        return big16(walk.bytes, walk.at - 2)
      case IPV4:
        return this.#network.ipv4(walk, this.#packet)
      case IPV6:
        return this.#network.ipv6(walk, this.#packet)
      case TCP_SEGMENT:
        return tcpLayer(walk, this.#packet)
      case ICMP:
        return icmpLayer(walk, this.#packet)
      case ICMPV6:
        return icmpv6Layer(walk, this.#packet)
      default:
        this.others.set(code, (this.others.get(code) ?? 0) + 1)
        return DONE
    }
  }
}
