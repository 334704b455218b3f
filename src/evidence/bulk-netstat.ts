/**
 * The plain rows of netstat from bytes: of net-tools and busybox (tcp, two queues, two endpoints, state, and the
 * process of -p), and of Windows (TCP, two endpoints, state, process id). What netstat-unix-row.ts and
 * netstat-windows-row.ts make of such a row, these make, too; anything else they leave to them.
 */
import { stateCode } from "../model/state.ts"
import { everyRow, type RowBatch, type RowParser } from "./bulk-batch.ts"
import { lineEndAfter, NumberBytes, skipBlankBytes } from "./bulk-scan.ts"
import { StateWords } from "./bulk-words.ts"
import { stateOfWord } from "./netstat-states.ts"
import { programOf } from "./netstat-unix-columns.ts"

const listen = stateCode("LISTEN")
const slash = 47
const bracket = 41
const nameLengthMax = 40

/** Rows of net-tools. */
export class UnixBytes implements RowParser {
  readonly columns = [...everyRow, "receiveQueue", "sendQueue", "pid", "process"] as const
  /** Whether the header announces PID/Program name and nothing else behind the state. */
  readonly #hasProgram: boolean
  readonly #states = new StateWords(stateOfWord)
  readonly #number = new NumberBytes()

  constructor(hasProgram: boolean) {
    this.#hasProgram = hasProgram
  }

  row(batch: RowBatch, bytes: Uint8Array, start: number): number {
    if (bytes[start] !== 116 || bytes[start + 1] !== 99 || bytes[start + 2] !== 112) return -1
    // "tcp" or "tcp6"
    let at = bytes[start + 3] === 54 ? start + 4 : start + 3
    if (bytes[at] !== 32) return -1
    at = this.#number.scan(bytes, skipBlankBytes(bytes, at))
    if (at < 0) return -1
    const received = this.#number.value
    at = this.#number.scan(bytes, skipBlankBytes(bytes, at))
    if (at < 0) return -1
    const { columns, endpoints, length } = batch
    const sent = this.#number.value
    at = endpoints.scan(bytes, skipBlankBytes(bytes, at))
    if (at < 0) return -1
    columns.localAddress[length] = endpoints.address
    columns.localPort[length] = endpoints.port
    at = endpoints.scan(bytes, skipBlankBytes(bytes, at))
    if (at < 0) return -1
    columns.remoteAddress[length] = endpoints.address
    columns.remotePort[length] = endpoints.port
    at = this.#states.scan(bytes, skipBlankBytes(bytes, at))
    if (at < 0) return -1
    columns.state[length] = this.#states.code
    columns.receiveQueue[length] = received
    // Linux shows the accept queue in the first column; the second means nothing on a listener.
    columns.sendQueue[length] = this.#states.code === listen ? -1 : sent
    columns.pid[length] = -1
    columns.process[length] = 0
    const end = lineEndAfter(bytes, at)
    if (end >= 0 || !this.#hasProgram) return end
    return this.#program(batch, bytes, skipBlankBytes(bytes, at))
  }

  /** "812/sshd", or "-" where it cannot be seen. */
  #program(batch: RowBatch, bytes: Uint8Array, start: number): number {
    if (bytes[start] === 45) return lineEndAfter(bytes, start + 1)
    const from = this.#number.scanDigits(bytes, start) + 1
    if (from === 0 || bytes[from - 1] !== slash) return -1
    let to = from
    let at = from
    for (let byte = bytes[at] ?? 0; byte >= 32 && byte < 127; byte = bytes[++at] ?? 0) {
      if (byte > 32) to = at + 1
    }
    const end = lineEndAfter(bytes, to)
    // What ends in ")" may be a timer.
    if (end < 0 || to === from || to - from > nameLengthMax || bytes[to - 1] === bracket) return -1
    const { columns, length } = batch
    columns.pid[length] = this.#number.value
    columns.process[length] = batch.processOf(bytes, { from, to }, programOf)
    return end
  }
}

/** Rows of Windows. */
export class WindowsBytes implements RowParser {
  readonly columns = [...everyRow, "pid"] as const
  readonly #hasPid: boolean
  readonly #states = new StateWords(stateOfWord)
  readonly #number = new NumberBytes()

  constructor(hasPid: boolean) {
    this.#hasPid = hasPid
  }

  row(batch: RowBatch, bytes: Uint8Array, start: number): number {
    let at = skipBlankBytes(bytes, start)
    if (bytes[at] !== 84 || bytes[at + 1] !== 67 || bytes[at + 2] !== 80) return -1
    if (bytes[at + 3] !== 32) return -1
    const { columns, endpoints, length } = batch
    at = endpoints.scan(bytes, skipBlankBytes(bytes, at + 3))
    if (at < 0) return -1
    columns.localAddress[length] = endpoints.address
    columns.localPort[length] = endpoints.port
    at = endpoints.scan(bytes, skipBlankBytes(bytes, at))
    if (at < 0) return -1
    columns.remoteAddress[length] = endpoints.address
    columns.remotePort[length] = endpoints.port
    at = this.#states.scan(bytes, skipBlankBytes(bytes, at))
    if (at < 0) return -1
    columns.state[length] = this.#states.code
    if (this.#hasPid) {
      at = this.#number.scan(bytes, skipBlankBytes(bytes, at))
      if (at < 0) return -1
      columns.pid[length] = this.#number.value
    } else columns.pid[length] = -1
    return lineEndAfter(bytes, at)
  }
}
