/**
 * Folds the packets of a capture to connections, in one pass and without an object per packet: `take` each packet, then
 * read the records (connection-record.ts). The ordinary packets go through shortcuts.ts, the others through segments.ts.
 */
import * as layout from "./connection-store.ts"
import { ConnectionStore } from "./connection-store.ts"
import { ConnectionTable } from "./connection-table.ts"
import { fromOf } from "./handshake.ts"
import { Incarnations, NEW_USE } from "./incarnations.ts"
import type { Packet } from "./packet.ts"
import * as kinds from "./packet.ts"
import { COPY, NEW, RecentPackets } from "./recent-packets.ts"
import { Segments } from "./segments.ts"
import { isFromServer } from "./server-port.ts"
import { Shortcuts } from "./shortcuts.ts"
import * as flagBits from "./tcp-flags.ts"

// As constants of this module: those the engine folds, imported ones it reads each time.
const {
  ADDRESS,
  ANSWER_ICMP,
  ANSWER_MASK,
  ANSWER_TTL,
  ANSWERED,
  BASE,
  BITS,
  FIRST_1,
  FRAME,
  FROM_1,
  LAST,
  PORTS,
  SCOPE,
  START,
} = layout
const { ICMP_ERROR, OTHER, TCP } = kinds
const { ACK, SYN } = flagBits

/** Packets that are looked at ahead, at most. */
const hashesMax = 256

const noShortcuts = { take: () => false, takeAgain: () => false, begin: () => false }

export type FoldOptions = {
  /** Without shortcuts it gives the same, later: for tests. Absent: true. */
  readonly hasShortcuts?: boolean
  /** Connections to keep at most. Absent: CONNECTIONS_MAX. */
  readonly connectionsMax?: number
}

export class CaptureFold {
  readonly store: ConnectionStore
  readonly #table: ConnectionTable
  readonly #recent = new RecentPackets()
  readonly #shortcuts: Pick<Shortcuts, "take" | "takeAgain" | "begin">
  readonly #segments: Segments
  readonly #incarnations: Incarnations
  readonly #hashes = new Int32Array(hashesMax)
  /** Packets to come that soon() has looked at, and the seed that their hashes have. */
  #ahead = 0
  #seed = 0
  tcpPackets = 0
  icmpErrors = 0
  copies = 0
  /** SYNs of connections beyond those that can be kept, and their packets. */
  synsUnkept = 0
  packetsUnkept = 0
  /** Of all packets, TCP or not. */
  first = Number.POSITIVE_INFINITY
  last = Number.NEGATIVE_INFINITY

  constructor({ hasShortcuts = true, connectionsMax }: FoldOptions = {}) {
    this.store = new ConnectionStore(connectionsMax)
    this.#table = new ConnectionTable(this.store)
    this.#shortcuts = hasShortcuts ? new Shortcuts(this.store) : noShortcuts
    this.#segments = new Segments(this.store)
    this.#incarnations = new Incarnations(this.store)
  }

  /** Looks at packets that will be taken next, all of them in that order: then they are taken sooner. */
  readonly soon = (packets: readonly Packet[], count: number): void => {
    const hashes = this.#hashes
    let looked = 0
    for (const packet of packets) {
      if (looked === count || looked === hashesMax) break
      if (packet.kind !== OTHER) this.#mark(packet)
      hashes[looked++] = packet.hash
    }
    this.#table.warm(hashes, looked)
    this.#recent.warm(packets, looked)
    this.#ahead = looked
    this.#seed = this.#table.seed
  }

  take(packet: Packet): void {
    if (this.#ahead > 0 && this.#seed === this.#table.seed) this.#ahead--
    else if (packet.kind !== OTHER) this.#mark(packet)
    const { time } = packet
    if (time > this.last) this.last = time
    if (time < this.first) this.first = time
    if (packet.kind === TCP) this.#segment(packet)
    else if (packet.kind === ICMP_ERROR) this.#icmpError(packet)
  }

  #segment(packet: Packet): void {
    this.tcpPackets++
    const { side } = packet
    const index = this.#find(packet)
    if (index >= 0 && this.#shortcuts.take(index, side, packet)) {
      this.#recent.remember(packet)
      return
    }
    const verdict = this.#recent.judge(packet)
    if (verdict !== NEW && this.#isCopy(index, verdict)) return
    const isTaken = index >= 0 && this.#shortcuts.takeAgain(index, side, packet)
    if (!isTaken) this.#other(index, side, packet)
  }

  #other(index: number, side: number, packet: Packet): void {
    const known = index < 0 ? NEW_USE : this.#incarnations.recordOf(index, side, packet)
    const record = known === NEW_USE ? this.#open(side, packet, index) : known
    if (record < 0) return
    if (known !== NEW_USE) this.#segments.take(record, side, packet)
    else {
      const isBegun = this.#shortcuts.begin(record, side, packet)
      if (!isBegun) this.#segments.take(record, side, packet)
      if (index >= 0) this.#incarnations.noteReopening(record, side)
    }
  }

  #open(side: number, packet: Packet, earlier: number): number {
    const { store } = this
    const index = store.add()
    const flags = packet.flags & (SYN | ACK)
    if (index < 0) {
      this.packetsUnkept++
      if (flags === SYN) this.synsUnkept++
      return index
    }
    const { hot, cold } = store
    const at = index << 4
    hot[at + ADDRESS] = packet.address0
    hot[at + ADDRESS + 1] = packet.address1
    hot[at + PORTS] = packet.ports
    hot[at + SCOPE] = packet.keyScope
    store.hotTimes[(index << 3) + LAST] = packet.time
    store.coldTimes[(index << 3) + START] = packet.time
    cold[at + FRAME] = packet.frame
    store.setEarlier(index, earlier)
    store.setIncarnation(index, earlier < 0 ? 1 : store.incarnation(earlier) + 1)
    let isTurned = flags === (SYN | ACK)
    if ((flags & SYN) === 0) isTurned = isFromServer(packet.fromPort, packet.toPort)
    const from = isTurned ? 1 - side : side
    hot[at + BITS] = from * FROM_1 + side * FIRST_1
    this.#table.put(index)
    return index
  }

  /** Notes the side that sent the packet, the key of its connection and the hash of that, its fingerprint. */
  #mark(packet: Packet): void {
    const from = packet.fromAddress | 0
    const to = packet.toAddress | 0
    const side = sideOf(from, to, packet)
    // The two sides take turns as chance will have it: turning by arithmetic spares the processor wrong guesses.
    const turned = (from ^ to) & -side
    const address0 = from ^ turned
    const address1 = to ^ turned
    const portsFrom = (packet.fromPort << 16) | packet.toPort
    const portsTo = (packet.toPort << 16) | packet.fromPort
    const ports = portsFrom ^ ((portsFrom ^ portsTo) & -side)
    const scope = packet.scope * 2 + (packet.version === 6 ? 1 : 0)
    packet.side = side
    packet.address0 = address0
    packet.address1 = address1
    packet.ports = ports
    packet.keyScope = scope
    packet.hash = this.#table.hashOf(address0, address1, ports, scope)
    this.#recent.print(packet)
  }

  #find(packet: Packet): number {
    const { hash, address0, address1, ports, keyScope } = packet
    return this.#table.find(hash, address0, address1, ports, keyScope)
  }

  #isCopy(index: number, verdict: number): boolean {
    if (index < 0) return false
    if (verdict !== COPY && this.store.copies(index) === 0) return false
    this.copies++
    this.store.countCopy(index)
    return true
  }

  /** An ICMP error answers the SYN that it quotes. */
  #icmpError(packet: Packet): void {
    this.icmpErrors++
    const { store } = this
    const { side } = packet
    const index = this.#find(packet)
    if (index < 0) return
    const from = fromOf(store.hot[(index << 4) + BITS] ?? 0)
    const isOfSyn =
      side === from &&
      store.syns(index) > 0 &&
      (packet.sequence | 0) === store.cold[(index << 4) + BASE + side]
    if (!isOfSyn || (store.notes(index) & ANSWER_MASK) >= ANSWER_ICMP) return
    if (!store.setIcmp(index, packet.icmp, packet.icmpSender)) return
    store.unnote(index, ANSWER_MASK)
    store.note(index, ANSWER_ICMP)
    store.coldTimes[(index << 3) + ANSWERED] = packet.time
    store.coldBytes[(index << 6) + ANSWER_TTL] = packet.ttl
  }
}

/** The sender's side: the smaller address, of equal ones the smaller port, is side 0. */
function sideOf(from: number, to: number, packet: Packet): number {
  return from === to ? Number(packet.fromPort > packet.toPort) : Number(from > to)
}
