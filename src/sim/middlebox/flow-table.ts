/**
 * A box's flows as columns. Each flow stands twice in a hash of chained buckets, by the four-tuple of its first
 * segment and by that of the answers, as in netfilter: a full conntrack table looks for a victim in neighbouring
 * buckets, so the buckets are part of the model. Flows of one timeout form a list in the order of their last
 * segment, which is the order in which they end: nothing is sorted, and a refreshed flow only moves to the list's end.
 */
export const NO_FLOW = -1
/** Of a node: the two of a flow are flow * 2 and flow * 2 + 1. */
export const NO_NODE = -1

const cellsPerNode = 4
const toCell = 1
const portsCell = 2
const nextCell = 3

export type FlowTableOptions = {
  /** Timeouts in microseconds; a flow is in the list of one of them. */
  readonly delays: readonly number[]
  /** Fixed number of buckets (a power of two); else the table doubles as it fills. */
  readonly buckets?: number
}

export class FlowTable {
  #heads: Int32Array
  #cells: Int32Array
  #size: number
  #used = 0
  #free = NO_FLOW
  readonly #isFixed: boolean
  readonly #delays: readonly number[]
  readonly #oldest: Int32Array
  readonly #newest: Int32Array
  #older: Int32Array
  #newer: Int32Array
  #list: Int8Array
  #deadlines: Float64Array
  /** No flow ends before. */
  #earliest = Number.POSITIVE_INFINITY
  /** Flows in it. */
  count = 0
  /** Columns for the box's own use, by flow. */
  state: Uint8Array
  marks: Int32Array
  sequence: Int32Array
  slot: Int32Array
  started: Float64Array

  constructor({ delays, buckets }: FlowTableOptions, size = 256) {
    this.#size = size
    this.#isFixed = buckets !== undefined
    this.#heads = new Int32Array(buckets ?? 2 * size).fill(NO_NODE)
    this.#cells = new Int32Array(2 * size * cellsPerNode)
    this.#delays = delays
    this.#oldest = new Int32Array(delays.length).fill(NO_FLOW)
    this.#newest = new Int32Array(delays.length).fill(NO_FLOW)
    this.#older = new Int32Array(size)
    this.#newer = new Int32Array(size)
    this.#list = new Int8Array(size).fill(-1)
    this.#deadlines = new Float64Array(size)
    this.state = new Uint8Array(size)
    this.marks = new Int32Array(size)
    this.sequence = new Int32Array(size)
    this.slot = new Int32Array(size)
    this.started = new Float64Array(size)
  }

  get buckets(): number {
    return this.#heads.length
  }

  /** The node of that four-tuple: even where it goes the way of the flow's first segment, odd for answers. */
  find(from: number, fromPort: number, to: number, toPort: number): number {
    const ports = (fromPort << 16) | toPort
    const cells = this.#cells
    let node = this.#heads[this.#bucket(from, to, ports)] ?? NO_NODE
    while (node !== NO_NODE) {
      const at = node << 2
      if (cells[at] === from && cells[at + portsCell] === ports && cells[at + toCell] === to) {
        return node
      }
      node = cells[at + nextCell] ?? NO_NODE
    }
    return NO_NODE
  }

  /**
   * A new flow, and its first list. `outside` and `outsidePort` are what the answers are sent to: those of `from`,
   * unless the box translates.
   */
  add(
    from: number,
    fromPort: number,
    to: number,
    toPort: number,
    outside: number,
    port: number,
  ): number {
    let flow = this.#free
    if (flow !== NO_FLOW) this.#free = this.#older[flow] ?? NO_FLOW
    else {
      if (this.#used === this.#size) this.#grow()
      flow = this.#used++
    }
    this.count++
    this.state[flow] = 0
    this.marks[flow] = 0
    this.#list[flow] = -1
    this.#put(flow << 1, from, to, (fromPort << 16) | toPort)
    this.#put((flow << 1) + 1, to, outside, (toPort << 16) | port)
    return flow
  }

  remove(flow: number): void {
    this.#unlink(flow)
    this.#take(flow << 1)
    this.#take((flow << 1) + 1)
    this.#older[flow] = this.#free
    this.#list[flow] = -1
    this.#free = flow
    this.count--
  }

  from(flow: number): number {
    return this.#cells[flow << 3] ?? 0
  }

  fromPort(flow: number): number {
    return (this.#cells[(flow << 3) + portsCell] ?? 0) >>> 16
  }

  to(flow: number): number {
    return this.#cells[(flow << 3) + toCell] ?? 0
  }

  toPort(flow: number): number {
    return (this.#cells[(flow << 3) + portsCell] ?? 0) & 0xffff
  }

  outside(flow: number): number {
    return this.#cells[(flow << 3) + cellsPerNode + toCell] ?? 0
  }

  outsidePort(flow: number): number {
    return (this.#cells[(flow << 3) + cellsPerNode + portsCell] ?? 0) & 0xffff
  }

  /** The flow ends that list's delay from now, unless it is held again. */
  hold(flow: number, list: number, now: number): void {
    const deadline = now + (this.#delays[list] ?? 0)
    this.#deadlines[flow] = deadline
    if (deadline < this.#earliest) this.#earliest = deadline
    const newest = this.#newest[list] ?? NO_FLOW
    if (newest === flow) return
    this.#unlink(flow)
    // The one that was last may have been this flow's neighbour.
    const last = this.#newest[list] ?? NO_FLOW
    this.#list[flow] = list
    this.#older[flow] = last
    this.#newer[flow] = NO_FLOW
    if (last === NO_FLOW) this.#oldest[list] = flow
    else this.#newer[last] = flow
    this.#newest[list] = flow
  }

  deadline(flow: number): number {
    return this.#deadlines[flow] ?? 0
  }

  /** The next flow that has timed out by then, in order of time; NO_FLOW if none has. */
  expired(now: number): number {
    if (now < this.#earliest) return NO_FLOW
    let best = NO_FLOW
    let earliest = Number.POSITIVE_INFINITY
    for (let list = 0; list < this.#oldest.length; list++) {
      const flow = this.#oldest[list] ?? NO_FLOW
      if (flow === NO_FLOW) continue
      const deadline = this.#deadlines[flow] ?? 0
      if (deadline >= earliest) continue
      earliest = deadline
      best = flow
    }
    this.#earliest = earliest
    return earliest <= now ? best : NO_FLOW
  }

  /** The flow of the list whose last segment is longest ago. */
  oldest(list: number): number {
    return this.#oldest[list] ?? NO_FLOW
  }

  /** The next of its list. */
  newer(flow: number): number {
    return this.#newer[flow] ?? NO_FLOW
  }

  /** The bucket in which a four-tuple stands. */
  bucketOf(from: number, fromPort: number, to: number, toPort: number): number {
    return this.#bucket(from, to, (fromPort << 16) | toPort)
  }

  /** First node of a bucket, and the node after one. */
  first(bucket: number): number {
    return this.#heads[bucket & (this.#heads.length - 1)] ?? NO_NODE
  }

  after(node: number): number {
    return this.#cells[(node << 2) + nextCell] ?? NO_NODE
  }

  #bucket(from: number, to: number, ports: number): number {
    let mixed = Math.imul(from, 0x9e3779b1) ^ Math.imul(to, 0x85ebca6b) ^ ports
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39)
    return (mixed ^ (mixed >>> 16)) & (this.#heads.length - 1)
  }

  #put(node: number, from: number, to: number, ports: number): void {
    const at = node << 2
    const bucket = this.#bucket(from, to, ports)
    this.#cells[at] = from
    this.#cells[at + toCell] = to
    this.#cells[at + portsCell] = ports
    this.#cells[at + nextCell] = this.#heads[bucket] ?? NO_NODE
    this.#heads[bucket] = node
  }

  #take(node: number): void {
    const cells = this.#cells
    const at = node << 2
    const bucket = this.#bucket(cells[at] ?? 0, cells[at + toCell] ?? 0, cells[at + portsCell] ?? 0)
    const next = cells[at + nextCell] ?? NO_NODE
    let each = this.#heads[bucket] ?? NO_NODE
    if (each === node) {
      this.#heads[bucket] = next
      return
    }
    while (each !== NO_NODE) {
      const following = cells[(each << 2) + nextCell] ?? NO_NODE
      if (following === node) {
        cells[(each << 2) + nextCell] = next
        return
      }
      each = following
    }
  }

  #unlink(flow: number): void {
    const list = this.#list[flow] ?? -1
    if (list < 0) return
    const older = this.#older[flow] ?? NO_FLOW
    const newer = this.#newer[flow] ?? NO_FLOW
    if (older === NO_FLOW) this.#oldest[list] = newer
    else this.#newer[older] = newer
    if (newer === NO_FLOW) this.#newest[list] = older
    else this.#older[newer] = older
  }

  #grow(): void {
    const size = 2 * this.#size
    const cells = new Int32Array(2 * size * cellsPerNode)
    cells.set(this.#cells)
    this.#cells = cells
    this.#older = widened(this.#older, new Int32Array(size))
    this.#newer = widened(this.#newer, new Int32Array(size))
    this.#list = widened(this.#list, new Int8Array(size).fill(-1))
    this.#deadlines = widened(this.#deadlines, new Float64Array(size))
    this.state = widened(this.state, new Uint8Array(size))
    this.marks = widened(this.marks, new Int32Array(size))
    this.sequence = widened(this.sequence, new Int32Array(size))
    this.slot = widened(this.slot, new Int32Array(size))
    this.started = widened(this.started, new Float64Array(size))
    this.#size = size
    if (!this.#isFixed) this.#rehash(2 * size)
  }

  /** Called when every row is in use. */
  #rehash(buckets: number): void {
    this.#heads = new Int32Array(buckets).fill(NO_NODE)
    for (let node = 0; node < 2 * this.#used; node++) {
      const at = node << 2
      const cells = this.#cells
      this.#put(node, cells[at] ?? 0, cells[at + toCell] ?? 0, cells[at + portsCell] ?? 0)
    }
  }
}

function widened<T extends Int8Array | Uint8Array | Int32Array | Float64Array>(
  narrow: T,
  wide: T,
): T {
  wide.set(narrow)
  return wide
}
