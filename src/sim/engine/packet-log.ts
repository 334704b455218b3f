/** What passed one machine's interface: columns that double, up to a bound. */
import type { Segment } from "../tcp/segment.ts"
import { ICMP_ERROR } from "./in-flight.ts"
import type { Pair } from "./pairs.ts"
import type { CapturedPackets } from "./simulated-run.ts"

const most = 2_000_000
const noIcmp = 255
const wireFlags = 0x1ff

export class PacketLog {
  #size = 16
  #count = 0
  isCut = false
  #time = new Float64Array(this.#size)
  #from = new Int32Array(this.#size)
  #to = new Int32Array(this.#size)
  #fromPort = new Uint16Array(this.#size)
  #toPort = new Uint16Array(this.#size)
  #flags = new Uint16Array(this.#size)
  #sequence = new Int32Array(this.#size)
  #acknowledgment = new Int32Array(this.#size)
  #length = new Int32Array(this.#size)
  #window = new Uint16Array(this.#size)
  #stamp = new Int32Array(this.#size)
  #echo = new Int32Array(this.#size)
  #icmpCode = new Uint8Array(this.#size)

  /** A segment of that four-tuple, from its client or from its server. */
  add(now: number, pair: Pair, isFromClient: boolean, port: number, segment: Segment): void {
    if (this.#count >= most) {
      this.isCut = true
      return
    }
    if (this.#count === this.#size) this.#grow()
    const at = this.#count++
    this.#time[at] = now
    this.#from[at] = isFromClient ? pair.client : pair.server
    this.#to[at] = isFromClient ? pair.server : pair.client
    this.#fromPort[at] = isFromClient ? port : pair.serverPort
    this.#toPort[at] = isFromClient ? pair.serverPort : port
    const isIcmp = (segment.flags & ICMP_ERROR) !== 0
    this.#flags[at] = segment.flags & wireFlags
    this.#sequence[at] = segment.sequence
    this.#acknowledgment[at] = segment.acknowledgment
    this.#length[at] = isIcmp ? 0 : segment.length
    this.#window[at] = segment.window
    this.#stamp[at] = segment.stamp
    this.#echo[at] = segment.echo
    this.#icmpCode[at] = isIcmp ? segment.length : noIcmp
  }

  packets(addresses: readonly string[]): CapturedPackets {
    const count = this.#count
    return {
      count,
      addresses,
      time: this.#time.subarray(0, count),
      from: this.#from.subarray(0, count),
      to: this.#to.subarray(0, count),
      fromPort: this.#fromPort.subarray(0, count),
      toPort: this.#toPort.subarray(0, count),
      flags: this.#flags.subarray(0, count),
      sequence: this.#sequence.subarray(0, count),
      acknowledgment: this.#acknowledgment.subarray(0, count),
      length: this.#length.subarray(0, count),
      window: this.#window.subarray(0, count),
      stamp: this.#stamp.subarray(0, count),
      echo: this.#echo.subarray(0, count),
      icmpCode: this.#icmpCode.subarray(0, count),
    }
  }

  #grow(): void {
    this.#size *= 2
    const size = this.#size
    const into = <T extends Float64Array | Int32Array | Uint16Array | Uint8Array>(
      column: T,
      old: T,
    ): T => {
      column.set(old)
      return column
    }
    this.#time = into(new Float64Array(size), this.#time)
    this.#from = into(new Int32Array(size), this.#from)
    this.#to = into(new Int32Array(size), this.#to)
    this.#fromPort = into(new Uint16Array(size), this.#fromPort)
    this.#toPort = into(new Uint16Array(size), this.#toPort)
    this.#flags = into(new Uint16Array(size), this.#flags)
    this.#sequence = into(new Int32Array(size), this.#sequence)
    this.#acknowledgment = into(new Int32Array(size), this.#acknowledgment)
    this.#length = into(new Int32Array(size), this.#length)
    this.#window = into(new Uint16Array(size), this.#window)
    this.#stamp = into(new Int32Array(size), this.#stamp)
    this.#echo = into(new Int32Array(size), this.#echo)
    this.#icmpCode = into(new Uint8Array(size), this.#icmpCode)
  }
}
