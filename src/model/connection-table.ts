/**
 * Connections in columns: half a million of a capture or a firewall log cost about 90 MB instead of 500 MB of objects,
 * and counting is a loop over typed arrays. Bounded: beyond `connectionsMax` rows are counted and not kept.
 */
import { Addresses } from "./addresses.ts"
import {
  CONNECTION_STATES,
  type Connection,
  type ConnectionState,
  type Side,
} from "./connection.ts"
import type { Instant } from "./quantity.ts"
import { Interner } from "./socket-table.ts"

const connectionsMax = 4_000_000
const rowsMin = 64
/** SYN times kept of one connection: the longest schedule known has 11. */
const synsMax = 16
/** Closed by, as stored. */
const sides = [undefined, "from", "to"] as const

const wholeColumns = [
  "fromAddress",
  "fromPort",
  "toAddress",
  "toPort",
  "answer",
  "answeredBy",
  "synsAt",
  "syns",
  "frame",
  "bytesFrom",
  "bytesTo",
  "packets",
  "resent",
  "challengeAcks",
  "earlierMs",
  // Initial sequence number of `from`, as a signed word; 0 where not known.
  "isn",
] as const
const timeColumns = ["start", "end", "answered", "closed", "halfClosedMs"] as const
const smallColumns = ["state", "closedBy", "earlierTimeWait", "reopened", "answerTtl"] as const

type Whole = (typeof wholeColumns)[number]
type Time = (typeof timeColumns)[number]
type Small = (typeof smallColumns)[number]

const wholeMax = 2 ** 31 - 1

/** What the analysis of one connection asks for, without making an object of all of it. */
export class ConnectionTable {
  readonly addresses = new Addresses()
  readonly #answers = new Interner()
  #length = 0
  #uncounted = 0
  #answerTexts: readonly string[] = []
  /** Columns cut to the rows there are; made when asked for, and anew when rows were added. */
  readonly #views = new Map<string, Int32Array | Float64Array | Uint8Array>()
  readonly #whole = new Map<Whole, Int32Array>(
    wholeColumns.map((name) => [name, new Int32Array(rowsMin)]),
  )
  readonly #times = new Map<Time, Float64Array>(
    timeColumns.map((name) => [name, new Float64Array(rowsMin)]),
  )
  readonly #small = new Map<Small, Uint8Array>(
    smallColumns.map((name) => [name, new Uint8Array(rowsMin)]),
  )
  #syns = new Float64Array(rowsMin)
  #synsLength = 0

  /** Adds one; `frame` is its place in the source (frame of a capture, line of a log). */
  add(connection: Connection, frame = 0): void {
    if (this.#length >= connectionsMax) {
      this.#uncounted++
      return
    }
    const row = this.#length++
    this.#reserve(row)
    this.#putEnds(row, connection)
    this.#putCourse(row, connection)
    this.#whole.get("frame")?.fill(frame, row, row + 1)
  }

  get length(): number {
    return this.#length
  }

  /** Connections beyond the bound. */
  get uncounted(): number {
    return this.#uncounted
  }

  whole(name: Whole): Int32Array {
    return this.#view(name, this.#whole)
  }

  /** Seconds; NaN where not known. `halfClosedMs` is in milliseconds. */
  times(name: Time): Float64Array {
    return this.#view(name, this.#times)
  }

  small(name: Small): Uint8Array {
    return this.#view(name, this.#small)
  }

  stateAt(row: number): ConnectionState {
    return CONNECTION_STATES[this.#small.get("state")?.[row] ?? 0] ?? "OTH"
  }

  /** "syn-ack", "none", "icmp 3/13", "deny 0xc0040037"; empty where no SYN was seen. */
  answerAt(row: number): string {
    return this.#answers.textOf(this.#whole.get("answer")?.[row] ?? 0)
  }

  /** The number that stands for an answer in the column; undefined where none has it. */
  answerCode(text: string): number | undefined {
    return this.#answers.find(text)
  }

  /** Every answer that occurs, by its number in the column. */
  answers(): readonly string[] {
    if (this.#answerTexts.length !== this.#answers.size) this.#answerTexts = this.#answers.texts()
    return this.#answerTexts
  }

  closedByAt(row: number): Side | undefined {
    return sides[this.#small.get("closedBy")?.[row] ?? 0]
  }

  /** Transmissions of the SYN, oldest first; the first 16 of them. */
  synTimesAt(row: number): Float64Array {
    const at = this.#whole.get("synsAt")?.[row] ?? 0
    const count = Math.min(synsMax, this.#whole.get("syns")?.[row] ?? 0)
    return this.#syns.subarray(at, at + count)
  }

  addressAt(row: number, side: Side): string {
    const column = side === "from" ? "fromAddress" : "toAddress"
    return this.addresses.textOf(this.#whole.get(column)?.[row] ?? 0)
  }

  portAt(row: number, side: Side): number {
    return this.#whole.get(side === "from" ? "fromPort" : "toPort")?.[row] ?? 0
  }

  /** Moves every time by `offsetSec`, and by `drift` seconds a second since `origin`. */
  shift(offsetSec: number, drift: number, origin: Instant): void {
    const moved = (time: number): number => time + offsetSec + drift * (time - origin)
    for (const name of ["start", "end", "answered", "closed"] as const) {
      const column = this.times(name)
      for (let row = 0; row < column.length; row++) column[row] = moved(column[row] ?? 0)
    }
    for (let at = 0; at < this.#synsLength; at++) this.#syns[at] = moved(this.#syns[at] ?? 0)
  }

  #view<T extends Int32Array | Float64Array | Uint8Array>(
    name: string,
    columns: ReadonlyMap<string, T>,
  ): T {
    const known = this.#views.get(name)
    if (known !== undefined && known.length === this.#length) return known as T
    const view = (columns.get(name) as T).subarray(0, this.#length) as T
    this.#views.set(name, view)
    return view
  }

  #putEnds(row: number, { from, to, answeredBy }: Connection): void {
    this.#put("fromAddress", row, this.addresses.idOf(from.address))
    this.#put("fromPort", row, from.port ?? 0)
    this.#put("toAddress", row, this.addresses.idOf(to.address))
    this.#put("toPort", row, to.port ?? 0)
    this.#put("answeredBy", row, answeredBy === undefined ? 0 : this.addresses.idOf(answeredBy))
  }

  #putCourse(row: number, connection: Connection): void {
    const { start, end, synTimes, answer, answerMs, closedAt, closedBy, earlier } = connection
    const retransmits = connection.retransmits ?? { from: 0, to: 0 }
    this.#time("start", row, start)
    this.#time("end", row, end)
    const first = synTimes[0] ?? start
    this.#time("answered", row, answerMs === undefined ? Number.NaN : first + answerMs / 1000)
    this.#time("closed", row, closedAt ?? Number.NaN)
    this.#time("halfClosedMs", row, connection.halfClosedMs ?? Number.NaN)
    this.#put("answer", row, this.#answers.idOf(answer ?? ""))
    this.#put("bytesFrom", row, connection.bytes?.from ?? -1)
    this.#put("bytesTo", row, connection.bytes?.to ?? -1)
    const packets = connection.packets ?? { from: 0, to: 0 }
    this.#put("packets", row, packets.from + packets.to)
    this.#put("resent", row, retransmits.from + retransmits.to)
    this.#put("challengeAcks", row, connection.challengeAcks ?? 0)
    this.#put("isn", row, (connection.isn?.from ?? 0) | 0)
    this.#put("earlierMs", row, earlier === undefined ? -1 : Math.round(earlier.gapMs))
    this.#putSyns(row, synTimes)
    this.#byte("state", row, CONNECTION_STATES.indexOf(connection.state))
    this.#byte("closedBy", row, sides.indexOf(closedBy))
    this.#byte("earlierTimeWait", row, sides.indexOf(earlier?.timeWaitAt))
    const reopened = earlier?.reopenedBy
    this.#byte("reopened", row, reopened === undefined ? 0 : reopened === "sequence" ? 1 : 2)
    this.#byte("answerTtl", row, connection.answerTtl ?? 0)
  }

  #putSyns(row: number, times: readonly Instant[]): void {
    this.#put("syns", row, times.length)
    this.#put("synsAt", row, this.#synsLength)
    const kept = Math.min(synsMax, times.length)
    if (this.#synsLength + kept > this.#syns.length) {
      const grown = new Float64Array(2 * this.#syns.length + kept)
      grown.set(this.#syns)
      this.#syns = grown
    }
    for (let index = 0; index < kept; index++) {
      this.#syns[this.#synsLength++] = times[index] ?? Number.NaN
    }
  }

  #put(name: Whole, row: number, value: number): void {
    const column = this.#whole.get(name)
    if (column !== undefined) column[row] = Math.min(value, wholeMax)
  }

  #time(name: Time, row: number, value: number): void {
    const column = this.#times.get(name)
    if (column !== undefined) column[row] = value
  }

  #byte(name: Small, row: number, value: number): void {
    const column = this.#small.get(name)
    if (column !== undefined) column[row] = value
  }

  #reserve(row: number): void {
    const size = this.#small.get("state")?.length ?? 0
    if (row < size) return
    const wanted = Math.min(connectionsMax, 2 * size)
    for (const [name, column] of this.#whole) {
      const grown = new Int32Array(wanted)
      grown.set(column)
      this.#whole.set(name, grown)
    }
    for (const [name, column] of this.#times) {
      const grown = new Float64Array(wanted)
      grown.set(column)
      this.#times.set(name, grown)
    }
    for (const [name, column] of this.#small) {
      const grown = new Uint8Array(wanted)
      grown.set(column)
      this.#small.set(name, grown)
    }
  }
}
