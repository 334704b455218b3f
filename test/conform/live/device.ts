/**
 * The live kernel as the device of a case: its sockets at 127.0.0.1, and a peer at 127.0.0.2 that this program plays with
 * raw packets. What the kernel itself would answer for the peer a filter drops.
 */
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import type { State } from "../../../src/model/state.ts"
import type { Values } from "../../../src/sim/conform/expression.ts"
import type { SentSegment } from "../../../src/sim/conform/outcome.ts"
import { type Packet, readTcp, writeTcp, writeUnreachable } from "./packets.ts"
import { openReceiver, openSender, receiveBytes, sendPacket } from "./system-calls.ts"

export const deviceAddress = "127.0.0.1"
export const peerAddress = "127.0.0.2"
const mark = 7
const letters = "FSRPA"

export type Heard = SentSegment & { readonly window: number; readonly time: number }

/** What the kernel says of a four-tuple. */
export type Record = {
  readonly state: State
  /** Seconds until its timer runs out; absent where none runs. */
  readonly timerSec?: number
}

const states: { readonly [code: string]: State } = {
  "01": "ESTABLISHED",
  "02": "SYN-SENT",
  "03": "SYN-RECEIVED",
  "04": "FIN-WAIT-1",
  "05": "FIN-WAIT-2",
  "06": "TIME-WAIT",
  "07": "CLOSED",
  "08": "CLOSE-WAIT",
  "09": "LAST-ACK",
  "0A": "LISTEN",
  "0B": "CLOSING",
  "0C": "SYN-RECEIVED",
}

/** The network of this process: loopback up, and nobody but us speaking for the peer. */
export function prepareNetwork(sysctls: { readonly [name: string]: string }): void {
  execFileSync("ip", ["link", "set", "lo", "up"])
  const rules = [
    "table ip conform {",
    "  chain out {",
    "    type filter hook output priority 0; policy accept;",
    `    ip saddr ${peerAddress} meta mark != ${mark} drop`,
    "  }",
    "}",
  ]
  execFileSync("nft", ["-f", "-"], { input: rules.join("\n") })
  for (const [name, value] of Object.entries(sysctls)) {
    writeFileSync(`/proc/sys/net/ipv4/${name}`, value)
  }
}

/** The one peer of all cases: hears everything, and hands it to who plays that pair of ports. */
export class Peer {
  readonly #sender = openSender(mark)
  readonly #receiver = openReceiver(peerAddress)
  readonly #heard = new Map<string, Heard[]>()
  readonly #buffer = Buffer.alloc(70_000)

  constructor() {
    // A packet's time is when it is read.
    setInterval(() => this.listen(), 2).unref()
  }

  /** What has come for that pair of ports so far, in order. */
  heard(devicePort: number, peerPort: number): Heard[] {
    this.listen()
    const key = `${devicePort} ${peerPort}`
    const known = this.#heard.get(key)
    if (known !== undefined) return known
    const fresh: Heard[] = []
    this.#heard.set(key, fresh)
    return fresh
  }

  listen(): void {
    for (;;) {
      const length = receiveBytes(this.#receiver, this.#buffer)
      if (length === undefined) return
      const packet = readTcp(this.#buffer.subarray(0, length))
      if (packet === undefined || packet.from !== deviceAddress) continue
      const key = `${packet.fromPort} ${packet.toPort}`
      const list = this.#heard.get(key) ?? []
      this.#heard.set(key, list)
      list.push(heardOf(packet))
    }
  }

  say(packet: Omit<Packet, "from" | "to">): void {
    const bytes = writeTcp({ ...packet, from: peerAddress, to: deviceAddress })
    sendPacket(this.#sender, bytes, deviceAddress)
  }

  /** An ICMP error about a segment that the device sent to the peer. */
  complain(code: number, devicePort: number, peerPort: number, sequence: number): void {
    const bytes = writeUnreachable(code, {
      from: deviceAddress,
      to: peerAddress,
      fromPort: devicePort,
      toPort: peerPort,
      flags: 2,
      sequence,
      acknowledgment: 0,
      window: 0,
      length: 0,
    })
    sendPacket(this.#sender, bytes, deviceAddress)
  }
}

function heardOf(packet: Packet): Heard {
  const time = performance.now() / 1000
  return {
    flags: [...letters].filter((_, bit) => (packet.flags & lettersBit(bit)) !== 0).join(""),
    seq: packet.sequence,
    ack: packet.acknowledgment,
    len: packet.length,
    window: packet.window,
    ...(packet.stamp === undefined ? {} : { tsval: packet.stamp.value | 0 }),
    atSec: time,
    time,
  }
}

function lettersBit(index: number): number {
  return 1 << index
}

/** The record of a four-tuple in /proc/net/tcp; undefined where there is none. */
export function recordOf(devicePort: number, peerPort: number): Record | undefined {
  const local = `0100007F:${hex(devicePort)}`
  const remote = `0200007F:${hex(peerPort)}`
  const row = rowsOfTable().find(([, from, to]) => from === local && to === remote)
  return row === undefined ? undefined : recordOfRow(row)
}

export function hasListener(devicePort: number): boolean {
  const port = `:${hex(devicePort)}`
  return rowsOfTable().some(([, from = "", , state]) => from.endsWith(port) && state === "0A")
}

function rowsOfTable(): readonly (readonly string[])[] {
  const text = readFileSync("/proc/thread-self/net/tcp", "latin1")
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
}

function recordOfRow(row: readonly string[]): Record | undefined {
  const state = states[row[3] ?? ""]
  if (state === undefined) return undefined
  const [kind, when] = (row[5] ?? "").split(":")
  if (kind === "00" || when === undefined) return { state }
  return { state, timerSec: Number.parseInt(when, 16) / 100 }
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0")
}

/** Sequence numbers as a case means them, from what was said and heard. */
export type Account = {
  iss?: number
  irs?: number
  /** What the peer has acknowledged, and the next number it expects. */
  unacknowledged: number
  next: number
  peerNext: number
  window: number
}

export function valuesOfAccount(account: Account): Values {
  const { iss, irs } = account
  return {
    ...(iss === undefined ? {} : { ISS: iss }),
    ...(irs === undefined ? {} : { IRS: irs }),
    ...(iss === undefined
      ? {}
      : {
          "SND.UNA": account.unacknowledged,
          "SND.NXT": account.next,
        }),
    ...(irs === undefined ? {} : { "RCV.NXT": account.peerNext, "RCV.WND": account.window }),
  }
}
