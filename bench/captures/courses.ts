/** The longer courses of stories: what is said between opening and closing, and what goes wrong with it. */
import { after, type Conversation, other } from "./conversation.ts"
import type { Host } from "./frame.ts"
import type { Scene } from "./scene.ts"

const msec = 1000
/** Nobody sends again sooner: what comes sooner was overtaken on the way. */
const recovery = 5 * msec
export const sec = 1_000_000
/** Type and code of what a router, firewall or host answers. */
const errors4 = [
  [3, 0],
  [3, 1],
  [3, 3],
  [3, 9],
  [3, 10],
  [3, 13],
] as const
const errors6 = [
  [1, 0],
  [1, 1],
  [1, 3],
  [1, 4],
  [1, 5],
  [1, 6],
] as const

/** Opened, and both sides have said what they had to say. */
export function talked(scene: Scene, it: Conversation = scene.conversation()): Conversation {
  it.open()
  for (let left = scene.between(0, 2 * scene.segments); left > 0; ) {
    left -= exchange(scene, it, left)
  }
  return it.wait(scene.between(msec, 2 * sec))
}

/** A question and its answer: how many segments of data that took. */
function exchange(scene: Scene, it: Conversation, most: number): number {
  it.wait(scene.between(100, 200 * msec))
    .data("from", scene.between(20, 1200))
    .wait(scene.rtt)
  const answers = Math.min(scene.between(0, 7), most - 1)
  if (answers <= 0) it.ack("to")
  for (let answer = 0; answer < answers; answer++) {
    const isLast = answer === answers - 1
    it.data("to", isLast ? scene.between(1, it.segmentMax) : it.segmentMax).wait(12)
    if (isLast || answer % 2 === 1) it.wait(40).ack("from")
  }
  return 1 + Math.max(answers, 0)
}

/** From the SYN to the last ACK. */
export function ended(scene: Scene, side: "from" | "to"): void {
  scene.ends(talked(scene).close(side), "SF")
}

/** SYNs at these seconds after the first, and no answer. */
export function asked(scene: Scene, seconds: readonly number[]): Conversation {
  const it = scene.conversation()
  const first = it.clock
  for (const at of seconds) {
    it.clock = first + Math.round(at * sec)
    it.syn()
  }
  return it
}

/** Bytes of a packet in which ICMPv6 quotes the ports and the sequence number: link, IPv6, ICMPv6, IPv6, TCP. */
export const quoted6 = 20 + 40 + 8 + 40 + 8

/** Each SYN is rejected; a port unreachable ends the attempt at once, the others do not (RFC 5461). */
export function rejected(scene: Scene): void {
  const is4 = scene.place.to.address.length === 4
  const [type, code] = is4 ? scene.oneOf(errors4) : scene.oneOf(errors6)
  const isFinal = is4 ? code === 3 : code === 4
  const last = is4 ? [10, 255, 0, scene.between(1, 9)] : [0xfd, ...zeros(14), scene.between(1, 9)]
  const router: Host = {
    text: is4 ? last.join(".") : `fd00::${last[15]}`,
    address: Uint8Array.from(last),
    ttl: 254,
  }
  const sender = isFinal ? scene.place.to : router
  const it = scene.conversation()
  const tries = isFinal ? 1 : scene.between(1, 4)
  for (let again = 0; again < tries; again++) {
    if (again > 0) it.wait(2 ** (again - 1) * sec)
    it.syn().wait(scene.rtt).reject(sender, type, code)
  }
  scene.ends(it, "S0")
}

function zeros(count: number): readonly number[] {
  return new Array<number>(count).fill(0)
}

/** The other side closed first and holds the TIME-WAIT; the new SYN is let in for one reason or the other. */
export function reused(scene: Scene, by: "sequence" | "timestamp"): void {
  const hasStamps = by === "timestamp"
  const first = scene.conversation({ hasStamps })
  scene.ends(talked(scene, first).close("to"), "SF")
  scene.wait(scene.between(500 * msec, 55 * sec))
  const below = after(first.next.from, -scene.between(1000, 2 ** 30))
  const isn = { from: below, to: scene.between(1, 2 ** 31) }
  const again = scene.conversation({ hasStamps, ...(hasStamps ? { isn } : {}) })
  scene.ends(talked(scene, again).close("to"), "SF", { reopenedBy: by })
}

/**
 * The SYN meets an older connection: ACK of that one, RST for the ACK, and the same SYN once more, which is answered or
 * meets it again.
 */
export function challenged(scene: Scene, isAnswered: boolean): void {
  const hasStamps = false
  const first = scene.conversation({ hasStamps })
  scene.ends(talked(scene, first).close("to"), "SF")
  scene.wait(scene.between(500 * msec, 30 * sec))
  const below = after(first.next.from, -scene.between(1000, 2 ** 30))
  const isn = { from: below, to: scene.between(1, 2 ** 31) }
  const it = scene.conversation({ hasStamps, isn })
  it.syn().wait(scene.rtt).challenge(first.next.to, first.next.from, !isAnswered)
  it.wait(60).bareReset("from", first.next.from, false).wait(sec).syn().wait(scene.rtt)
  if (!isAnswered) {
    it.challenge(first.next.to, first.next.from, true)
    scene.ends(it.wait(60).bareReset("from", first.next.from, true), "RSTOS0")
    return
  }
  it.synAck().wait(60).complete()
  it.wait(500).data("from", 300).wait(scene.rtt).ack("to").wait(200).close("from")
  scene.ends(it, "SF")
}

/** The packets of one side take another way: half of the connection is all the capture has. */
export function oneSided(scene: Scene, seen: "from" | "to", isReset: boolean): void {
  const it = scene.conversation()
  it.unseenSide = other(seen)
  if (seen === "to") it.turned()
  talked(scene, it)
  if (isReset) scene.ends(it.reset(seen), seen === "to" ? "RSTRH" : "OTH")
  else scene.ends(it.close("from"), seen === "to" ? "SHR" : "SH")
}

/** No SYN is seen; the client is who has the ephemeral port, whoever is seen first. */
export function midStream(scene: Scene): void {
  const it = scene.conversation()
  const first = scene.oneOf(["from", "to"] as const)
  if (first === "to") it.turned()
  for (let turn = 0; turn < scene.between(2, 8); turn++) {
    const side = turn % 2 === 0 ? first : other(first)
    it.data(side, scene.between(10, 1000)).wait(scene.between(200, sec))
  }
  scene.ends(it, "OTH")
}

/** RFC 9293 figure 8: both send a SYN, then both answer the other's. */
export function simultaneous(scene: Scene): void {
  const it = scene.conversation()
  it.syn().wait(40).synOfOther().wait(scene.rtt).synAckOfFirst().wait(20).synAck()
  it.wait(500).completed().data("from", 100).wait(scene.rtt).ack("to").wait(300).close("from")
  scene.ends(it, "SF")
}

/** Hundreds of segments one way, a window at a time. */
export function long(scene: Scene, faults: { readonly lost?: "before" | "by" }): void {
  const it = scene.conversation().open().wait(500).data("from", 300).wait(scene.rtt)
  const windows = scene.between(2, 4 + scene.segments)
  for (let window = 0; window < windows; window++) {
    if (window > 0 && scene.random() < 0.5) flawed(scene, it, faults)
    else sound(scene, it)
    it.wait(scene.rtt)
  }
  scene.ends(it.wait(msec).close("to"), "SF")
}

function sound(scene: Scene, it: Conversation): void {
  for (let segment = scene.between(2, 8); segment > 0; segment--) {
    it.data("to", it.segmentMax).wait(12)
    if (segment % 2 === 1) it.wait(30).ack("from")
  }
}

/** One segment of a window gets lost. */
function flawed(scene: Scene, it: Conversation, { lost }: Parameters<typeof long>[1]): void {
  const size = it.segmentMax
  const sequence = it.next.to
  it.isUnseen = lost !== undefined
  it.data("to", size)
  it.isUnseen = false
  if (lost === "by") {
    it.hole("to").wait(12).data("to", size).wait(30).ack("from")
    return
  }
  const beyond = it.next.to
  const follow = scene.between(3, 5)
  for (let segment = 0; segment < follow; segment++) {
    it.wait(12).data("to", size)
    it.wait(25).duplicateAck("from", sequence, [beyond, it.next.to])
  }
  it.wait(Math.max(scene.rtt, recovery)).resend("to", sequence, size).wait(30).ack("from")
}

/** Silence, broken by probes of either kind. */
export function keptAlive(scene: Scene): void {
  const it = talked(scene)
  const payload = scene.oneOf([0, 1] as const)
  for (let probes = scene.between(1, 4); probes > 0; probes--) {
    it.wait(75 * sec)
      .probe("from", payload)
      .wait(scene.rtt)
      .ack("to")
  }
  scene.ends(it.wait(sec).close("from"), "SF")
}

/** Every packet of a short connection is recorded a second time. */
export function copied(
  scene: Scene,
  changes: { readonly hop: boolean; readonly interface: number },
): void {
  const it = scene.conversation()
  const twice = () => it.copy(scene.between(2, 400), changes).wait(1000)
  it.syn()
  twice()
  it.wait(scene.rtt).synAck()
  twice()
  it.complete()
  twice()
  for (let segment = 0; segment < scene.between(1, 6); segment++) {
    it.wait(scene.rtt).data("from", scene.between(50, 1300))
    twice()
    it.ack("to")
    twice()
  }
  it.fin("from")
  twice()
  it.fin("to")
  twice()
  it.ack("from")
  twice()
  scene.ends(it, "SF")
}

/** Two tenants with the same addresses and ports, at the same time. */
export function overlays(scene: Scene): void {
  const { place, clock } = scene
  for (const vxlan of [100, 4096]) {
    scene.elsewhere({ ...place, vxlan }).clock = clock
    scene.ends(talked(scene).close("from"), "SF")
  }
}
