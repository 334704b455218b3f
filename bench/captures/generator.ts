/**
 * Makes captures of any size with all that can become of a connection, seeded, streaming, with the truth about each
 * connection. Stories begin as a Poisson process and run beside each other by the thousand, as on a busy link; a heap
 * holds those under way. The same options give the same bytes.
 */
import type { Connection } from "../../src/model/connection.ts"
import { formatGroups } from "../../src/model/fourtuple.ts"
import { generator } from "../random.ts"
import type { MadePacket, Place } from "./conversation.ts"
import { type ByteSink, type CaptureFormat, CaptureWriter } from "./file.ts"
import { frameOf, type Host, type Link } from "./frame.ts"
import { Scene } from "./scene.ts"
import { STORIES, type Story } from "./stories.ts"

export type GeneratorOptions = {
  readonly connections: number
  /** About as many come out. */
  readonly packets: number
  readonly seed: number
  readonly format: CaptureFormat
  readonly link: Link
  readonly snaplen: number
  /** New stories a second. */
  readonly storiesPerSec: number
  /** Only these; absent: all that can be told on the link. */
  readonly stories?: readonly string[]
}

/** What a reader of the capture must say of one connection. */
export type Truth = {
  readonly story: string
  /** Of its first packet. */
  readonly frame: number
  readonly connection: Connection
}

export const generatorDefaults: GeneratorOptions = {
  connections: 500_000,
  packets: 5_000_000,
  seed: 4226,
  format: "pcap",
  link: "ethernet",
  snaplen: 96,
  storiesPerSec: 2500,
}

/** 2026-03-01 02:13:07.25 UTC, in microseconds. */
const epoch = 1_772_331_187_250_000
/** Bytes of headers at most: what of the snapshot length is left is payload. */
const payloadKeptMin = 16
const serverPorts = [445, 443, 80, 22, 1433, 3306, 5432, 8080, 25, 53]
const firstPort = 32_768
const portsUsed = 5000
const serverBlocks = 10
const serversOfBlock = 25
const clientsMax = 250

/** Writes the capture to `sink`; `onTruth` is told of each connection when its last packet is written. */
export function generateCapture(
  options: GeneratorOptions,
  sink: ByteSink,
  onTruth: (truth: Truth) => void,
): { readonly frames: number; readonly bytes: number } {
  return new Generation(options, sink, onTruth).run()
}

/** A story under way. */
type Playing = {
  readonly story: string
  readonly number: number
  readonly scene: Scene
  readonly packets: readonly MadePacket[]
  /** The first packet of each of the scene's connections. */
  readonly firsts: ReadonlyMap<MadePacket, number>
  readonly frames: number[]
  next: number
}

class Generation {
  readonly #options: GeneratorOptions
  readonly #writer: CaptureWriter
  readonly #onTruth: (truth: Truth) => void
  readonly #random: () => number
  readonly #stories: readonly Story[]
  readonly #weight: number
  readonly #heap = new Heap()
  #clock = 0
  #told = 0
  #connections = 0
  #packets = 0
  #segments: number

  constructor(options: GeneratorOptions, sink: ByteSink, onTruth: (truth: Truth) => void) {
    const { link, snaplen, stories, seed } = options
    this.#options = options
    const interfaces = ["eth0", "eth1"]
    this.#writer = new CaptureWriter({ ...options, interfaces }, sink)
    this.#onTruth = onTruth
    this.#random = generator(seed)
    this.#stories = STORIES.filter(
      (story) =>
        (story.links?.includes(link) ?? true) &&
        (story.snaplen ?? 0) <= snaplen &&
        (stories?.includes(story.name) ?? true),
    )
    this.#weight = this.#stories.reduce((sum, { weight }) => sum + weight, 0)
    this.#segments = options.packets / options.connections / 3
  }

  run(): { readonly frames: number; readonly bytes: number } {
    const { connections, storiesPerSec } = this.#options
    for (;;) {
      const playing = this.#heap.first()
      const isMore = this.#connections < connections
      if (playing === undefined && !isMore) break
      const at = playing?.packets[playing.next]?.at ?? Number.POSITIVE_INFINITY
      if (isMore && this.#clock <= at) {
        this.#begin()
        this.#clock += Math.round((-Math.log(1 - this.#random()) / storiesPerSec) * 1e6)
      } else if (playing !== undefined) this.#write(playing)
    }
    this.#writer.end()
    return { frames: this.#writer.frames, bytes: this.#writer.length }
  }

  #begin(): void {
    const story = this.#pick()
    const scene = new Scene({
      place: this.#place(story),
      random: this.#random,
      clock: this.#clock,
      epoch,
      segments: this.#steered(),
    })
    story.play(scene)
    const firsts = new Map<MadePacket, number>()
    const packets = scene.played.flatMap(({ conversation }, index) => {
      const [first] = conversation.packets
      if (first !== undefined) firsts.set(first, index)
      return conversation.packets
    })
    // Stable: what happens in one microsecond stays in order.
    packets.sort((a, b) => a.at - b.at)
    this.#connections += scene.played.length
    this.#packets += packets.length
    const number = this.#told
    this.#heap.push({ story: story.name, number, scene, packets, firsts, frames: [], next: 0 })
  }

  /** Segments of an ordinary connection, so that the number of packets comes out. */
  #steered(): number {
    const { packets, connections } = this.#options
    if (this.#connections > 500) {
      const want = (packets / connections) * this.#connections
      this.#segments = Math.min(Math.max(this.#segments * (want / this.#packets) ** 0.02, 1), 400)
    }
    return Math.max(1, Math.round(this.#segments))
  }

  #pick(): Story {
    let left = this.#random() * this.#weight
    const story = this.#stories.find(({ weight }) => {
      left -= weight
      return left < 0
    })
    const [first] = this.#stories
    if (first === undefined) throw new Error("No story can be told on this link")
    return story ?? first
  }

  /** A four-tuple that nobody has used. */
  #place({ snaplen6 = 0 }: Story): Place {
    const number = this.#told++
    const clients = clientsOf(this.#options.connections)
    const is4 = this.#random() < 0.8 || snaplen6 > this.#options.snaplen
    const round = Math.floor(number / clients)
    // One port of a client serves several servers at once, each of another block.
    const block = Math.floor(round / portsUsed) % serverBlocks
    const server = block * serversOfBlock + Math.floor(this.#random() * serversOfBlock)
    const client = number % clients
    return {
      from: hostOf(is4, 1, client, client % 2 === 0 ? 128 : 64),
      to: hostOf(is4, 7, server, 57 + (server % 5)),
      fromPort: firstPort + (round % portsUsed),
      toPort: serverPorts[server % serverPorts.length] ?? 445,
      vlans: [],
      payloadKept: Math.max(payloadKeptMin, this.#options.snaplen - 54),
    }
  }

  #write(playing: Playing): void {
    const made = playing.packets[playing.next++]
    if (made === undefined) return
    const { packet, missing, isOut, at, place } = made
    const on = made.interface
    const { vlans, vxlan } = place
    const wrapping = { link: this.#options.link, vlans, vxlan, interface: on, isOut }
    this.#writer.frame(epoch + at, frameOf(packet, wrapping, missing), missing, on)
    const index = playing.firsts.get(made)
    if (index !== undefined) playing.frames[index] = this.#writer.frames
    if (playing.next < playing.packets.length) this.#heap.sink()
    else {
      this.#heap.pop()
      this.#tell(playing)
    }
  }

  #tell({ story, scene, frames }: Playing): void {
    for (const [index, { truth }] of scene.played.entries()) {
      this.#onTruth({ story, frame: frames[index] ?? 0, connection: truth })
    }
  }
}

function clientsOf(connections: number): number {
  return Math.min(clientsMax, Math.max(4, Math.ceil(connections / 20_000)))
}

function hostOf(is4: boolean, network: number, index: number, ttl: number): Host {
  const last = index + 1
  if (is4) {
    const address = Uint8Array.of(10, network, 0, last)
    return { text: address.join("."), address, ttl }
  }
  const address = new Uint8Array(16)
  address.set([0xfd, 0, 0, network])
  address[15] = last
  const groups = [0xfd00, network, 0, 0, 0, 0, 0, last]
  return { text: formatGroups(groups), address, ttl }
}

/** Stories by the time of their next packet, the earliest first; equal ones in the order they began. */
class Heap {
  readonly #items: Playing[] = []

  first(): Playing | undefined {
    return this.#items[0]
  }

  push(item: Playing): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = items[parent]
      if (above === undefined || !isBefore(item, above)) break
      items[at] = above
      at = parent
    }
    items[at] = item
  }

  /** The first has moved on in time. */
  sink(): void {
    const items = this.#items
    const [item] = items
    if (item === undefined) return
    let at = 0
    for (;;) {
      const left = items[2 * at + 1]
      const right = items[2 * at + 2]
      const takesRight = right !== undefined && left !== undefined && isBefore(right, left)
      const child = takesRight ? right : left
      if (child === undefined || !isBefore(child, item)) break
      items[at] = child
      at = takesRight ? 2 * at + 2 : 2 * at + 1
    }
    items[at] = item
  }

  pop(): void {
    const last = this.#items.pop()
    if (last === undefined || this.#items.length === 0) return
    this.#items[0] = last
    this.sink()
  }
}

function isBefore(one: Playing, two: Playing): boolean {
  const [a, b] = [one.packets[one.next]?.at ?? 0, two.packets[two.next]?.at ?? 0]
  return a < b || (a === b && one.number < two.number)
}
