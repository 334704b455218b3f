/**
 * Packets for tests in a small notation, one a line: `time sender>receiver flags sequence [acknowledgment] [extras]`.
 * Times are in seconds; ends are letters (endsOf) or "10.0.0.1:80"; flags are letters of "FSRPA"; extras are +100
 * (payload), w0 (window), ttl63, id7 (identification, else it goes up), ts9 (timestamp), if1 (interface), vx3 (scope),
 * f12 (frame), ip40 (length of the IP packet). An ICMP error: `0.1 10.0.0.254 icmp3/13 A>B 1000`.
 */
import { AddressIds } from "../src/evidence/capture/addresses.ts"
import { ConnectionJson } from "../src/evidence/capture/connection-json.ts"
import { connectionOf, type StoreNames } from "../src/evidence/capture/connection-record.ts"
import { CaptureFold, type FoldOptions } from "../src/evidence/capture/fold.ts"
import { ICMP_ERROR, Packet, TCP } from "../src/evidence/capture/packet.ts"
import { CaptureScopes } from "../src/evidence/capture/scopes.ts"
import type { Connection } from "../src/model/connection.ts"
import { parseEndpoint } from "../src/model/fourtuple.ts"

/** The second the times of the notation count from. */
export const EPOCH_SEC = 1_700_000_000
/** A and B are the usual client and server; C and D have ports that say nothing. */
const ends: Readonly<Record<string, string>> = {
  A: "10.0.0.1:40000",
  B: "10.0.0.2:80",
  C: "10.0.0.3:50001",
  D: "10.0.0.4:50002",
  E: "[2001:db8::1]:40000",
  F: "[2001:db8::2]:443",
}
const flagBits: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 }
const nsPerSec = 1e9
/** Of a packet whose header begins at 20, behind an IP header. */
const tcpAt = 20

export type Folded = {
  readonly fold: CaptureFold
  readonly names: StoreNames
  readonly connections: readonly Connection[]
}

/** Folds the packets of the notation. */
export function foldOf(notation: string, options: FoldOptions = {}): Folded {
  const addresses = new AddressIds()
  const fold = new CaptureFold(options)
  const packet = new Packet()
  for (const [index, line] of linesOf(notation).entries()) {
    fillPacket(packet, line, index + 1, addresses)
    fold.take(packet)
  }
  const scopes = new CaptureScopes()
  for (let number = 1; number < 8; number++) scopes.idOf(0, "vxlan", number)
  const names: StoreNames = { addresses, scopes, epochSec: EPOCH_SEC }
  const connections = Array.from({ length: fold.store.length }, (_, index) =>
    connectionOf(fold.store, index, names),
  )
  return { fold, names, connections }
}

/** The only connection that the packets make. */
export function connectionOfPackets(notation: string): Connection {
  const { connections } = foldOf(notation)
  const [connection] = connections
  if (connection === undefined || connections.length !== 1) {
    throw new Error(`Cannot take one of ${connections.length} connections`)
  }
  return connection
}

/** Each connection as a line of JSON. */
export function jsonOf({ fold, names }: Folded, source: string): readonly string[] {
  const json = new ConnectionJson(fold.store, names, source)
  for (let index = 0; index < fold.store.length; index++) json.add(index)
  return new TextDecoder().decode(json.take()).split("\n").slice(0, -1)
}

export function linesOf(notation: string): readonly string[] {
  return notation
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "")
}

function fillPacket(packet: Packet, line: string, frame: number, addresses: AddressIds): void {
  const words = line.split(/\s+/)
  const [time = "", second = "", third = ""] = words
  packet.frame = frame
  packet.time = Math.round(Number(time) * nsPerSec)
  const icmp = /^icmp(\d+)\/(\d+)$/.exec(third)
  if (icmp !== null) {
    const sender = addressOf(second, addresses)
    fillTuple(packet, words[3] ?? "", addresses)
    packet.kind = ICMP_ERROR
    packet.icmp = Number(icmp[1]) * 256 + Number(icmp[2])
    packet.icmpSender = sender.id
    packet.sequence = Number(words[4]) | 0
    packet.ttl = 64
    return
  }
  fillTuple(packet, second, addresses)
  packet.kind = TCP
  packet.flags = [...third].reduce((bits, letter) => bits | (flagBits[letter] ?? 0), 0)
  const numbers = words.slice(3).filter((word) => /^\d+$/.test(word))
  packet.sequence = Number(numbers[0] ?? 0) | 0
  packet.acknowledgment = Number(numbers[1] ?? 0) | 0
  fillExtras(packet, words.slice(3), frame)
}

function fillTuple(packet: Packet, text: string, addresses: AddressIds): void {
  const [from = "", to = ""] = text.split(">").map((end) => ends[end] ?? end)
  const [sender, receiver] = [parseEndpoint(from), parseEndpoint(to)]
  const [source, target] = [sender, receiver].map((end) => addressOf(end?.address ?? "", addresses))
  packet.version = source?.version ?? 4
  packet.fromAddress = source?.id ?? 0
  packet.toAddress = target?.id ?? 0
  packet.fromPort = sender?.port ?? 0
  packet.toPort = receiver?.port ?? 0
}

function fillExtras(packet: Packet, words: readonly string[], frame: number): void {
  const extra = (prefix: string) => {
    const word = words.find(
      (each) => each.startsWith(prefix) && /^\d+$/.test(each.slice(prefix.length)),
    )
    return word === undefined ? undefined : Number(word.slice(prefix.length))
  }
  packet.payload = extra("+") ?? 0
  packet.window = extra("w") ?? 501
  packet.ttl = extra("ttl") ?? 64
  packet.ipId = extra("id") ?? (packet.version === 4 ? frame & 0xffff : 0)
  packet.interface = extra("if") ?? 0
  packet.scope = extra("vx") ?? 0
  packet.frame = extra("f") ?? frame
  const timestamp = extra("ts")
  const header = timestamp === undefined ? 20 : 32
  packet.ipLength = extra("ip") ?? 20 + header + packet.payload
  const bytes = new Uint8Array(tcpAt + header)
  const view = new DataView(bytes.buffer)
  const sum = packet.sequence + packet.acknowledgment + packet.payload + packet.window
  view.setUint16(tcpAt + 16, (sum + packet.flags + (timestamp ?? 0)) & 0xffff)
  if (timestamp !== undefined) {
    view.setUint32(tcpAt + 20, 0x0101080a)
    view.setUint32(tcpAt + 24, timestamp)
  }
  packet.bytes = bytes
  packet.bytesEnd = packet.optionsEnd = bytes.length
  packet.tcp = tcpAt
}

function addressOf(address: string, addresses: AddressIds): { id: number; version: number } {
  if (!address.includes(":")) {
    const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number)
    return { id: (a << 24) | (b << 16) | (c << 8) | d, version: 4 }
  }
  const [left = "", right = ""] = address.split("::")
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  const heads = left.split(":").filter((group) => group !== "")
  const tails = right.split(":").filter((group) => group !== "")
  for (const [index, group] of heads.entries())
    view.setUint16(2 * index, Number.parseInt(group, 16))
  for (const [index, group] of tails.entries()) {
    view.setUint16(16 - 2 * (tails.length - index), Number.parseInt(group, 16))
  }
  return { id: addresses.idOf(bytes, 0), version: 6 }
}
