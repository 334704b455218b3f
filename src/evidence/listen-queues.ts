/**
 * Listen queues of FreeBSD and macOS (`netstat -Lan`): how many connections wait to be accepted on
 * each listener, how many have not finished their handshake, and how many may wait.
 */
import { isServiceUnknown, parseEndpointText } from "./endpoint-texts.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"

const row = /^\s*(?:((?:tcp|udp|unix|sctp)\S*)\s+)?(\d+)\/(\d+)\/(\d+)\s+(\S+)\s*$/

export const listenQueuesReader: Reader = {
  format: "netstat-listen-queues",
  title: "Listen queues of netstat -L (FreeBSD, macOS)",
  begins: "CPL",
  sniff: (line) => {
    if (line.startsWith("Current listen queue sizes")) return 0.95
    return /^(Proto +)?Listen +(\(.*\) +)?Local Address/.test(line) ? 0.9 : 0
  },
  open: (context) => new ListenQueues(context),
}

class ListenQueues implements Section {
  readonly #context: SectionContext
  #isBegun = false

  constructor(context: SectionContext) {
    this.#context = context
    context.mark({ covers: "listening" })
  }

  line(text: string): boolean {
    const match = row.exec(text)
    if (match === null) {
      const isHeading = /^Current listen queue sizes|^(Proto +)?Listen +/.test(text)
      const isWanted = isHeading && !this.#isBegun
      return isWanted || text.trim() === "" || /^(Some )?unix\b/i.test(text)
    }
    this.#isBegun = true
    const [, protocol = "tcp", waiting, , most, address = ""] = match
    if (!protocol.startsWith("tcp")) return true
    const local = parseEndpointText(address, ".")
    if (local === undefined) {
      this.#context.odd("row-malformed", `The address is not readable: "${address.slice(0, 80)}"`)
      return true
    }
    if (isServiceUnknown(local)) {
      this.#context.odd("port-unknown", `No table knows the port of service "${local.service}"`)
    }
    this.#context.emit({
      kind: "socket",
      protocol: "tcp",
      state: "LISTEN",
      local,
      remote: { address: "*" },
      receiveQueue: Number(waiting),
      sendQueue: Number(most),
      at: this.#context.here(),
    })
    return true
  }
}
