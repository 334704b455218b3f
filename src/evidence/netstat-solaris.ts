/**
 * The socket table of netstat -an on Solaris and illumos: a title per protocol and family ("TCP:
 * IPv4"), window and queue columns, state last, addresses written address.port.
 */
import type { SocketObservation } from "../model/observation.ts"
import { isServiceUnknown, parseEndpointText } from "./endpoint-texts.ts"
import { stateOfWord } from "./netstat-states.ts"
import { BLANKS, type Reader, type Section, type SectionContext } from "./reader.ts"
import { TableTally } from "./table-tally.ts"

const title = /^(TCP|UDP|SCTP)(?:: (IPv[46]))?\s*$/
const row = /^\s*(\S+\.\S+)\s+(\S+\.\S+)\s+\d+\s+(\d+)\s+\d+\s+(\d+)\s+([A-Z_0-9]+)(?:\s+\S+)?\s*$/
const header = /^\s+Local Address\s+Remote Address\s+Swind Send-Q Rwind Recv-Q\s+State/

export const netstatSolarisReader: Reader = {
  format: "netstat",
  title: "Socket table of netstat (Solaris)",
  begins: `${BLANKS}TUS`,
  sniff: (line, ahead) => {
    if (header.test(line)) return 0.9
    return title.test(line) && ahead.slice(0, 2).some((next) => header.test(next)) ? 0.9 : 0
  },
  open: (context) => new SolarisTable(context),
}

class SolarisTable implements Section {
  readonly #context: SectionContext
  readonly #tally: TableTally

  constructor(context: SectionContext) {
    this.#context = context
    this.#tally = new TableTally(context)
    context.mark({ system: "solaris" })
  }

  line(text: string): boolean {
    const match = row.exec(text)
    if (match === null) return text.trim() === "" || title.test(text) || this.#isHeading(text)
    const [, near = "", far = "", sendQueue, receiveQueue, word = ""] = match
    const local = parseEndpointText(near, ".")
    const remote = parseEndpointText(far, ".")
    if (local === undefined || remote === undefined) {
      this.#context.odd(
        "row-malformed",
        `An endpoint is not readable: "${text.trim().slice(0, 80)}"`,
      )
      return true
    }
    if (isServiceUnknown(local)) this.#tally.serviceUnknown(local.service ?? "")
    if (isServiceUnknown(remote)) this.#tally.serviceUnknown(remote.service ?? "")
    const state = stateOfWord(word)
    if (state === undefined) this.#tally.stateUnknown(word, undefined)
    const socket: SocketObservation = {
      kind: "socket",
      protocol: "tcp",
      ...(state === undefined ? {} : { state }),
      local,
      remote,
      ...(state === "LISTEN"
        ? {}
        : { receiveQueue: Number(receiveQueue), sendQueue: Number(sendQueue) }),
      at: this.#context.here(),
    }
    this.#tally.emit(socket)
    return true
  }

  end(): void {
    this.#tally.end()
  }

  #isHeading(text: string): boolean {
    if (header.test(text)) {
      this.#tally.announced()
      return true
    }
    return /^\s*-{3,}( +-{3,})+\s*$/.test(text)
  }
}
