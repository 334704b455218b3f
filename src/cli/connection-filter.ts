/** --state, --source, --to, --since, --until → which connections are listed and counted. */
import { CONNECTION_STATES, type ConnectionState } from "../model/connection.ts"
import { type Endpoint, isIpv4, parseAddress } from "../model/fourtuple.ts"
import { Refusal } from "../model/refusal.ts"
import type { ConnectionRow } from "../report/connection-row.ts"
import type { Invocation } from "./command.ts"

export type ConnectionFilter = {
  readonly keeps: (row: ConnectionRow) => boolean
  /** "state S0 or REJ, to 10.7.0.21:445" */
  readonly says: string
}

type Test = (row: ConnectionRow) => boolean

const daySec = 86_400

/** The filter of the options; undefined where none was given. */
export function filterOf(flags: Invocation["flags"]): ConnectionFilter | undefined {
  const tests: Test[] = []
  const says: string[] = []
  const take = (name: string, word: string, make: (text: string) => Test): void => {
    const text = flags[name]
    if (typeof text !== "string") return
    tests.push(make(text))
    says.push(`${word} ${text.replaceAll(",", " or ")}`)
  }
  take("state", "state", stateTest)
  take("source", "source", (text) => endTest(text, "source", ({ from }) => from))
  take("to", "target", (text) => endTest(text, "to", ({ to }) => to))
  take("since", "start since", (text) => timeTest(text, "since"))
  take("until", "start until", (text) => timeTest(text, "until"))
  if (tests.length === 0) return undefined
  return { keeps: (row) => tests.every((test) => test(row)), says: says.join(", ") }
}

function stateTest(text: string): Test {
  const wanted = new Set<ConnectionState>()
  for (const word of text.split(",")) {
    const state = CONNECTION_STATES.find((each) => each === word.trim().toUpperCase())
    if (state === undefined) {
      const message = `Cannot use --state ${text}: "${word}" is no state`
      throw new Refusal("bad-usage", message, `States are ${CONNECTION_STATES.join(", ")}`)
    }
    wanted.add(state)
  }
  return ({ state }) => state !== undefined && wanted.has(state)
}

/** Addresses, names, IPv4 networks, with or without a port; a port alone as ":445". */
function endTest(text: string, name: string, endOf: (row: ConnectionRow) => Endpoint): Test {
  const tests = text.split(",").map((word) => oneEndTest(word.trim(), name))
  return (row) => tests.some((test) => test(endOf(row)))
}

function oneEndTest(word: string, name: string): (end: Endpoint) => boolean {
  const { host, port } = hostAndPort(word, name)
  const network = /^(\d+\.\d+\.\d+\.\d+)\/(\d{1,2})$/.exec(host)
  const isHost = network === null ? hostTest(host) : networkTest(network, name)
  return (end) => isHost(end.address) && (port === undefined || end.port === port)
}

function hostAndPort(word: string, name: string): { host: string; port?: number } {
  const bare = /^\[(.*)\]$/.exec(word)
  if (bare !== null) return { host: bare[1] ?? "" }
  // An IPv6 address without brackets has no port behind it.
  if (parseAddress(word) !== undefined) return { host: word }
  const colon = word.lastIndexOf(":")
  if (colon < 0 && word !== "") return { host: word }
  const digits = word.slice(colon + 1)
  const port = Number(digits)
  if (!/^\d+$/.test(digits) || port > 65_535) {
    const message = `Cannot use --${name} "${word}": not an address, network or address:port`
    throw new Refusal("bad-usage", message, `For example: --${name} 10.7.0.21:445`)
  }
  return { host: word.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), port }
}

function hostTest(host: string): (address: string) => boolean {
  if (host === "" || host === "*") return () => true
  const wanted = (parseAddress(host) ?? host).toLowerCase()
  return (address) => address.toLowerCase() === wanted
}

function networkTest(match: RegExpExecArray, name: string): (address: string) => boolean {
  const [, address = "", length = ""] = match
  const bits = Number(length)
  if (!isIpv4(address) || bits > 32) {
    const message = `Cannot use --${name} "${match[0]}": not a network`
    throw new Refusal("bad-usage", message, `For example: --${name} 10.7.0.0/16`)
  }
  const mask = bits === 0 ? 0 : -1 << (32 - bits)
  const wanted = wordOf(address) & mask
  return (each) => isIpv4(each) && (wordOf(each) & mask) === wanted
}

function wordOf(address: string): number {
  return address.split(".").reduce((word, byte) => (word << 8) | Number(byte), 0)
}

/** A time of day holds on every day; everything is UTC where no zone is given. */
function timeTest(text: string, name: "since" | "until"): Test {
  const isWithin = (time: number, limit: number): boolean =>
    name === "since" ? time >= limit : time <= limit
  const clock = /^(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d+)?))?$/.exec(text.trim())
  if (clock !== null) {
    const [, hours, minutes, seconds = "0"] = clock
    const limit = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
    return ({ start }) => start !== undefined && isWithin(start % daySec, limit)
  }
  const limit = instantOf(text.trim())
  if (Number.isNaN(limit)) {
    const message = `Cannot use --${name} "${text}": not a time`
    const hint = `For example: --${name} 02:15, --${name} 2026-03-01T02:15:00Z, or seconds since 1970`
    throw new Refusal("bad-usage", message, hint)
  }
  return ({ start }) => start !== undefined && isWithin(start, limit)
}

function instantOf(text: string): number {
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Number(text)
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/.test(text)) {
    return Number.NaN
  }
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(text.slice(10))
  return Date.parse(hasZone ? text : `${text.length === 10 ? `${text}T00:00` : text}Z`) / 1000
}
