/**
 * sockstat of FreeBSD with any of -4 -6 -c -l -s -n -P: one row a socket and process, endpoints
 * written address:port, the state only with -s. A socket that lost its process has "?" in the first
 * columns.
 */
import { type Endpoint, makeEndpoint } from "../model/fourtuple.ts"
import type { SocketObservation } from "../model/observation.ts"
import { isServiceUnknown, parseEndpointText } from "./endpoint-texts.ts"
import { stateOfWord } from "./netstat-states.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { TableTally } from "./table-tally.ts"

const header = /^USER\s+COMMAND\s+PID\s+FD\s+PROTO\s+LOCAL ADDRESS\s+FOREIGN ADDRESS/
const row =
  /^(\S+)\s+(\S.*?)\s+(\d+|\?)\s+(\d+|\?)\s+(tcp|udp)(?:4|6|46|46?6)?\s+(\S+)\s+(\S+)(.*)$/

export const sockstatReader: Reader = {
  format: "sockstat",
  title: "Sockets and their processes (sockstat, FreeBSD)",
  begins: "U",
  sniff: (line) => (line.startsWith("USER") && header.test(line) ? 0.95 : 0),
  open: (context) => new Sockstat(context),
}

class Sockstat implements Section {
  readonly #context: SectionContext
  readonly #tally: TableTally
  #hasState = false
  #headers = 0

  constructor(context: SectionContext) {
    this.#context = context
    this.#tally = new TableTally(context)
    this.#tally.announced()
    context.mark({ system: "freebsd" })
  }

  line(text: string): boolean {
    if (header.test(text)) {
      this.#hasState = /CONN STATE|\bSTATE\b/.test(text)
      return ++this.#headers === 1
    }
    const match = row.exec(text)
    if (match === null) return text.trim() === "" || isOtherRow(text)
    const [, , command = "", pid = "", , protocol, near = "", far = "", rest = ""] = match
    const local = endpointOf(near)
    const remote = endpointOf(far)
    if (local === undefined || remote === undefined) {
      this.#context.odd(
        "row-malformed",
        `An endpoint is not readable: "${text.trim().slice(0, 80)}"`,
      )
      return true
    }
    if (isServiceUnknown(local)) this.#tally.serviceUnknown(local.service ?? "")
    if (isServiceUnknown(remote)) this.#tally.serviceUnknown(remote.service ?? "")
    const state = protocol === "tcp" && this.#hasState ? stateIn(rest) : undefined
    const socket: SocketObservation = {
      kind: "socket",
      protocol: protocol === "tcp" ? "tcp" : "udp",
      ...(state === undefined ? {} : { state }),
      local,
      remote,
      ...(pid === "?" ? {} : { pid: Number(pid) }),
      ...(command === "?" ? {} : { process: command }),
      at: this.#context.here(),
    }
    this.#tally.emit(socket)
    return true
  }

  end(): void {
    this.#tally.end()
  }
}

/** The state among the words after the endpoints (a path and other columns may stand before it). */
function stateIn(rest: string): SocketObservation["state"] {
  for (const word of rest.trim().split(/\s+/)) {
    const state = stateOfWord(word)
    if (state !== undefined) return state
  }
  return undefined
}

function endpointOf(text: string): Endpoint | undefined {
  return text === "*:*" ? makeEndpoint("*", "*") : parseEndpointText(text, ":")
}

const otherRow =
  /^\S+\s+\S.*?\s+(\d+|\?)\s+(\d+|\?)\s+(stream|dgram|seqpac|sctp|raw|icmp|divert|udpl)\w*\s/

/** Unix, SCTP and raw sockets. */
function isOtherRow(text: string): boolean {
  return otherRow.test(text)
}
