/**
 * What can become of a connection: one story an entry, with how often it comes in a thousand. Each plays its part
 * packet by packet and says in which state it leaves the connection. Schedules of retransmitted SYNs: Linux (RFC 6298
 * with 1 s), Windows before and since 8 (captures.md and windows.md of the facts this repository was built from).
 */
import {
  asked,
  challenged,
  copied,
  ended,
  keptAlive,
  long,
  midStream,
  oneSided,
  overlays,
  quoted6,
  rejected,
  reused,
  sec,
  simultaneous,
  talked,
} from "./courses.ts"
import type { Link } from "./frame.ts"
import type { Scene } from "./scene.ts"

export type Story = {
  readonly name: string
  /** In a thousand, about. */
  readonly weight: number
  /** Link types it can be told on; absent: all. */
  readonly links?: readonly Link[]
  /** Bytes of each packet it needs; absent: what TCP headers take. */
  readonly snaplen?: number
  /** The same where it plays over IPv6. */
  readonly snaplen6?: number
  readonly play: (scene: Scene) => void
}

const msec = 1000
/** Seconds from the first SYN. */
const linuxSyns = [0, 1.02, 3.06, 7.2, 15.4, 31.8, 64.6]
const windowsSyns = [
  [0, 3, 9],
  [0, 1, 3, 7, 15],
] as const

export const STORIES: readonly Story[] = [
  story("closed by the one who opened", 330, (scene) => ended(scene, "from")),
  story("closed by the other", 160, (scene) => ended(scene, "to")),
  story("closed, its FIN lost once", 8, (scene) => {
    const it = talked(scene)
      .fin("from")
      .wait(210 * msec)
      .finAgain("from")
      .wait(scene.rtt)
    scene.ends(it.fin("to").wait(60).ack("from"), "SF")
  }),
  story("closed by both, and reset afterwards", 8, (scene) => {
    const it = talked(scene).close("from").wait(msec)
    scene.ends(it.bareReset("from", it.next.from, false), "SF")
  }),
  story("closed by both at once", 10, (scene) => {
    const it = talked(scene).fin("from").wait(20).fin("to")
    it.wait(scene.rtt).ack("from").wait(10).ack("to")
    scene.ends(it, "SF")
  }),
  story("half-closed for a while", 15, (scene) => {
    const it = talked(scene).fin("from").wait(scene.rtt).ack("to")
    for (let left = scene.between(1, 6); left > 0; left--) {
      it.wait(scene.between(50 * msec, sec))
        .data("to", it.segmentMax)
        .wait(300)
        .ack("from")
    }
    scene.ends(it.wait(sec).fin("to").wait(200).ack("from"), "SF")
  }),
  story("half-closed for good by the one who opened", 8, (scene) => {
    scene.ends(talked(scene).fin("from").wait(scene.rtt).ack("to"), "S2")
  }),
  story("half-closed for good by the other", 8, (scene) => {
    scene.ends(talked(scene).fin("to").wait(200).ack("from"), "S3")
  }),
  story("still open", 40, (scene) => scene.ends(talked(scene), "S1")),
  story("reset by the one who opened", 35, (scene) => {
    scene.ends(talked(scene).reset("from"), "RSTO")
  }),
  story("reset by the other", 35, (scene) => scene.ends(talked(scene).reset("to"), "RSTR")),
  story("closed, and reset for what came afterwards", 10, (scene) => {
    const it = talked(scene).fin("from").wait(scene.rtt)
    const sequence = it.acknowledge("to").next.from
    scene.ends(it.data("to", 100).wait(150).bareReset("from", sequence, false), "RSTO")
  }),
  story("scanned: answered, and reset at once", 10, (scene) => {
    const it = scene.conversation().syn().wait(scene.rtt).synAck().wait(60)
    scene.ends(it.bareReset("from", it.next.from, true), "RSTO")
  }),
  story("accepted and reset at once", 8, (scene) => {
    scene.ends(scene.conversation().open().wait(scene.rtt).reset("to"), "RSTR")
  }),
  story("refused once", 40, (scene) => {
    scene.ends(scene.conversation().syn().wait(scene.rtt).refuse(), "REJ")
  }),
  story("refused three times, as Windows tries", 20, (scene) => {
    const it = scene.conversation().syn().wait(scene.rtt).refuse()
    for (let again = 0; again < 2; again++)
      it.wait(500 * msec)
        .syn()
        .wait(scene.rtt)
        .refuse()
    scene.ends(it, "REJ")
  }),
  { ...story("rejected by ICMP", 25, rejected), snaplen6: quoted6 },
  story("silent, Linux asks", 40, (scene) => {
    scene.ends(asked(scene, linuxSyns.slice(0, scene.between(3, linuxSyns.length))), "S0")
  }),
  story("silent, Windows asks", 20, (scene) =>
    scene.ends(asked(scene, scene.oneOf(windowsSyns)), "S0"),
  ),
  story("answered after the third SYN", 8, (scene) => {
    const it = asked(scene, linuxSyns.slice(0, 3)).wait(scene.rtt).synAck().wait(80).complete()
    scene.ends(it.data("from", 200).wait(scene.rtt).ack("to").wait(100).close("from"), "SF")
  }),
  story("given up with a reset", 8, (scene) => {
    const it = scene
      .conversation()
      .syn()
      .wait(40 * msec)
    scene.ends(it.bareReset("from", it.next.from, true), "RSTOS0")
  }),
  story("answered, and never completed", 10, (scene) => {
    const it = scene.conversation().syn().wait(scene.rtt).synAck()
    for (const pause of [1, 2, 4, 8, 16].slice(0, scene.between(0, 5)))
      it.wait(pause * sec).synAck()
    scene.ends(it, "S1")
  }),
  story("its last ACK of the handshake lost: SYN-ACK twice", 6, (scene) => {
    const it = scene.conversation().syn().wait(scene.rtt).synAck().wait(sec).synAck()
    scene.ends(it.wait(50).complete().wait(100).data("from", 90).wait(scene.rtt).close("to"), "SF")
  }),
  story("accept queue full: SYN-ACKs behind the ACK", 6, (scene) => {
    const it = scene.conversation().open()
    for (const pause of [1, 2, 4])
      it.wait(pause * sec)
        .synAck()
        .wait(50)
        .ack("from")
    scene.ends(it, "S1")
  }),
  story("port used again in the other's TIME-WAIT", 25, (scene) => reused(scene, "sequence")),
  story("port used again in TIME-WAIT, told by the timestamp", 6, (scene) =>
    reused(scene, "timestamp"),
  ),
  story("port used again and challenged", 8, (scene) => challenged(scene, true)),
  story("port used again and challenged for good", 4, (scene) => challenged(scene, false)),
  story("port used again soon after its own close", 15, (scene) => {
    ended(scene, "from")
    scene.wait(scene.between(2 * msec, 4 * sec))
    ended(scene, "from")
  }),
  story("port used again soon after a reset", 10, (scene) => {
    scene.ends(talked(scene).reset("from"), "RSTO")
    scene.wait(scene.between(msec, 2 * sec))
    ended(scene, "to")
  }),
  story("port used again after a refusal", 6, (scene) => {
    scene.ends(scene.conversation().syn().wait(scene.rtt).refuse(), "REJ")
    scene.wait(scene.between(100 * msec, sec))
    ended(scene, "from")
  }),
  story("running when the capture begins", 20, midStream),
  story("only its questions are captured", 5, (scene) => oneSided(scene, "from", false)),
  story("only its answers are captured", 5, (scene) => oneSided(scene, "to", false)),
  story("only its answers are captured, and a reset", 3, (scene) => oneSided(scene, "to", true)),
  story("opened from both ends at once", 4, simultaneous),
  story("long, with retransmissions", 20, (scene) => long(scene, {})),
  story("long, packets lost before the tap", 8, (scene) => long(scene, { lost: "before" })),
  story("long, packets lost by the tap", 8, (scene) => long(scene, { lost: "by" })),
  story("idle, with keep-alive probes", 6, keptAlive),
  story("stopped by a full receive buffer", 5, (scene) => {
    const it = talked(scene).data("from", 1000).wait(scene.rtt).zeroWindow("to")
    scene.ends(
      it
        .wait(5 * sec)
        .ack("to")
        .wait(100)
        .close("from"),
      "SF",
    )
  }),
  {
    ...story("seen twice, on two interfaces", 8, (scene) =>
      copied(scene, { interface: 1, hop: false }),
    ),
    links: ["sll2"],
  },
  {
    ...story("seen twice, before and behind a router", 6, (scene) =>
      copied(scene, { interface: 0, hop: true }),
    ),
    links: ["ethernet"],
  },
  { ...story("in a VLAN", 10, (scene) => inVlans(scene, [12])), links: ["ethernet"] },
  {
    ...story("in a VLAN of a provider's", 6, (scene) => inVlans(scene, [7, 12])),
    links: ["ethernet"],
  },
  {
    ...story("the same four-tuple in two overlay networks", 8, overlays),
    links: ["ethernet"],
    snaplen: 160,
  },
]

function story(name: string, weight: number, play: Story["play"]): Story {
  return { name, weight, play }
}

function inVlans(scene: Scene, vlans: readonly number[]): void {
  scene.place = { ...scene.place, vlans }
  ended(scene, "from")
}
