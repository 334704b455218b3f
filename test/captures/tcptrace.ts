/** The connections of `tcptrace -n -l`, read from its report. Its `b` end is the one the first packet went to. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { parseAddress } from "../../src/model/fourtuple.ts"
import { newEnd, type RivalConnection, type RivalEnd } from "./rival.ts"

type Draft = {
  number: string
  a: string
  b: string
  went: string
  first: number
  last: number
  ends: readonly [RivalEnd, RivalEnd]
}

/** Every connection of the report. */
export async function tcptraceConnections(path: string): Promise<readonly RivalConnection[]> {
  // Times are printed in the local zone.
  const env = { ...process.env, TZ: "UTC" }
  const child = spawn("tcptrace", ["-n", "-l", path], { env, stdio: ["ignore", "pipe", "ignore"] })
  const done: RivalConnection[] = []
  let draft: Draft | undefined
  for await (const line of createInterface(child.stdout)) {
    const begins = /^TCP connection (\d+):/.exec(line)
    if (begins !== null) {
      if (draft !== undefined) done.push(rivalOf(draft))
      const ends = [newEnd(), newEnd()] as const
      draft = { number: begins[1] ?? "", a: "", b: "", went: "", first: 0, last: 0, ends }
    } else if (draft !== undefined) takeLine(draft, line)
  }
  if (draft !== undefined) done.push(rivalOf(draft))
  return done
}

function rivalOf({ number, a, b, went, first, last, ends }: Draft): RivalConnection {
  const [one, two] = ends
  const both = new Map([
    [a, one],
    [b, two],
  ])
  return { ends: both, opener: a, first, last, name: `connection ${number}`, went }
}

function takeLine(draft: Draft, line: string): void {
  const head = /^\t(host \w+|complete conn|first packet|last packet):\s+(.*)$/.exec(line)
  if (head !== null) {
    const [, name = "", value = ""] = head
    if (name.startsWith("host")) {
      const end = endOf(value.trim())
      if (draft.a === "") draft.a = end
      else draft.b = end
    } else if (name === "complete conn") draft.went = value.split(/\s+/)[0] ?? ""
    else if (name === "first packet") draft.first = timeOf(value)
    else draft.last = timeOf(value)
    return
  }
  // "     rexmt data pkts:           1           rexmt data pkts:           0      "
  const pair = /^ {5}([a-zA-Z/ ]+):\s+([\d/]+)\D+?\1:\s+([\d/]+)/.exec(line)
  if (pair === null) return
  const [, name = "", one = "", two = ""] = pair
  for (const [end, value] of [
    [draft.ends[0], one],
    [draft.ends[1], two],
  ] as const) {
    if (name === "total packets") end.packets = Number(value)
    else if (name === "unique bytes sent") end.bytes = Number(value)
    else if (name === "rexmt data pkts") end.again = Number(value)
    else if (name === "SYN/FIN pkts sent") end.syns = Number(value.split("/")[0])
    else if (name === "ttl stream length") end.span = Number(value)
  }
}

/** "fd00:0001::0004:443" → "fd00:1::4 443" */
function endOf(text: string): string {
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(text) ?? []
  return `${parseAddress(host) ?? host} ${port}`
}

/** "Sun Mar  1 02:13:07.250000 2026" */
function timeOf(text: string): number {
  const match = /^\w+ (\w+)\s+(\d+) (\d+:\d+:\d+)(\.\d+) (\d+)$/.exec(text.trim())
  if (match === null) return Number.NaN
  const [, month, day, clock, fraction, year] = match
  return Date.parse(`${day} ${month} ${year} ${clock} UTC`) / 1000 + Number(fraction)
}
