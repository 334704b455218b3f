/** Connections for tests: as few words as the case needs, everything else as an ordinary answered connection has it. */
import type { Connection } from "../src/model/connection.ts"
import { parseEndpoint } from "../src/model/fourtuple.ts"

export type Told = {
  readonly from?: string
  readonly to?: string
  readonly start: number
  /** Seconds after the start; absent: still open. */
  readonly closeAfter?: number
  readonly answer?: Connection["answer"]
  /** Seconds of further SYNs after the first. */
  readonly again?: readonly number[]
  readonly isn?: number
}

const handshakeSec = 0.001

export function connectionOf(told: Told): Connection {
  const { start, answer = "syn-ack", again = [], closeAfter, isn } = told
  const synTimes = [start, ...again.map((delay) => start + delay)]
  const sent = synTimes.at(-1) ?? start
  const isOpen = answer === "syn-ack"
  const answered = sent + handshakeSec
  const closedAt = isOpen && closeAfter !== undefined ? answered + closeAfter : undefined
  return {
    from: endpointOf(told.from ?? "10.1.1.5:40000"),
    to: endpointOf(told.to ?? "10.2.0.1:445"),
    state: isOpen ? (closedAt === undefined ? "S1" : "SF") : answer === "rst" ? "REJ" : "S0",
    history: isOpen ? "ShA" : "S",
    start,
    end: closedAt ?? (isOpen ? answered + 1 : sent),
    synTimes,
    answer,
    ...(answer === "none" ? {} : { answerMs: (answered - start) * 1000 }),
    ...(closedAt === undefined ? {} : { closedAt, closedBy: "from" as const }),
    ...(isn === undefined ? {} : { isn: { from: isn } }),
    incarnation: 1,
  }
}

function endpointOf(text: string): Connection["from"] {
  const endpoint = parseEndpoint(text)
  if (endpoint === undefined) throw new TypeError(`Not an endpoint: ${text}`)
  return endpoint
}

/** A sweep over so many targets of which only `level` may be open at once; those get in again as others close. */
export function sweepOf(options: {
  readonly targets: number
  readonly level: number
  readonly perSec: number
  readonly holdSec: number
  readonly start?: number
}): readonly Connection[] {
  const { targets, level, perSec, holdSec, start = 1_700_000_000 } = options
  const closings: number[] = []
  return Array.from({ length: targets }, (_, index) => {
    const time = start + index / perSec
    const open = closings.filter((closing) => closing > time).length
    const told = {
      from: `10.1.1.5:${40_000 + index}`,
      to: `10.2.${index >> 8}.${index & 255}:445`,
      start: time,
      isn: 1000 + index,
    }
    if (open >= level) return connectionOf({ ...told, answer: "none", again: [1, 3] })
    const hold = holdSec * (1 + ((index * 7) % 5) / 10)
    closings.push(time + hold + handshakeSec)
    return connectionOf({ ...told, closeAfter: hold })
  })
}
