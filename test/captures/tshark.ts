/**
 * The TCP streams of tshark (`tcp.stream`), put together from one line a packet. TCP headers inside ICMP errors carry
 * the number of the stream they are about; such packets are left out. Two passes, so that tcp.completeness is final.
 */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { newEnd, type RivalConnection, type RivalEnd } from "./rival.ts"

const fields = [
  "tcp.stream",
  "frame.time_epoch",
  "ip.src",
  "ipv6.src",
  "tcp.srcport",
  "ip.dst",
  "ipv6.dst",
  "tcp.dstport",
  "tcp.flags",
  "tcp.len",
  "tcp.seq_raw",
  "tcp.completeness",
  "tcp.analysis.retransmission",
  "tcp.analysis.out_of_order",
]

/** Of tcp.completeness: set by a RST with ACK and not set where the SYN-ACK is missing, so it says little. */
const ackBit = 4
const fin = 1
const syn = 2

type Stream = {
  readonly ends: Map<string, RivalEnd & { base?: number }>
  readonly opener: string
  readonly first: number
  last: number
  went: string
}

/** Every stream of the capture. */
export async function tsharkConnections(path: string): Promise<readonly RivalConnection[]> {
  const wanted = fields.flatMap((name) => ["-e", name])
  const filter = ["-Y", "tcp && !icmp && !icmpv6"]
  const argv = ["-2", "-n", "-r", path, ...filter, "-T", "fields", "-E", "occurrence=l", ...wanted]
  const child = spawn("tshark", argv, { stdio: ["ignore", "pipe", "ignore"] })
  const streams = new Map<string, Stream>()
  for await (const line of createInterface(child.stdout)) take(streams, line.split("\t"))
  return [...streams].map(([number, stream]) => ({ ...stream, name: `stream ${number}` }))
}

function take(streams: Map<string, Stream>, cells: readonly string[]): void {
  const [number = "", at, from4, from6, fromPort, to4, to6, toPort, ...rest] = cells
  const [flagText, lengthText, sequenceText, completeness = "", again, outOfOrder] = rest
  if (number === "") return
  const from = `${from4 || from6} ${fromPort}`
  const to = `${to4 || to6} ${toPort}`
  const time = Number(at)
  let stream = streams.get(number)
  if (stream === undefined) {
    const ends = new Map([from, to].map((end) => [end, newEnd()] as const))
    stream = { ends, opener: from, first: time, last: time, went: "" }
    streams.set(number, stream)
  }
  stream.last = Math.max(stream.last, time)
  stream.went = String(Number(completeness) & ~ackBit)
  const end = stream.ends.get(from)
  if (end === undefined) return
  const flags = Number(flagText)
  const length = Number(lengthText)
  end.packets++
  end.bytes += length
  if ((flags & syn) !== 0) end.syns++
  if (again !== "" || outOfOrder !== "") end.again++
  span(end, Number(sequenceText), length, flags)
}

/** From the first sequence number to the last: a SYN has one before the payload. */
function span(
  end: RivalEnd & { base?: number },
  sequence: number,
  length: number,
  flags: number,
): void {
  if (length === 0 && (flags & (syn | fin)) === 0) return
  end.base ??= (flags & syn) !== 0 ? sequence + 1 : sequence
  const reached = (sequence + length - end.base) | 0
  if (reached > end.span) end.span = reached
}
