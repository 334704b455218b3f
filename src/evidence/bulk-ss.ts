/**
 * The plain rows of `ss` from bytes: [tcp] [State] Recv-Q Send-Q Local:Port Peer:Port, and the one process of -p.
 * What ss-row.ts and ss-extras.ts make of such a row, this makes, too; anything else it leaves to them.
 */
import { type State, stateCode } from "../model/state.ts"
import { everyRow, type RowBatch, type RowParser } from "./bulk-batch.ts"
import { lineEndAfter, NumberBytes, skipBlankBytes } from "./bulk-scan.ts"
import { StateWords } from "./bulk-words.ts"
import { ssStateOf } from "./ss-row.ts"

const letterT = 116
const letterU = 117
const quote = 34
const colon = 58
const closed = stateCode("CLOSED")
const usersBytes = new TextEncoder().encode('users:(("')
const pidBytes = new TextEncoder().encode('",pid=')
const descriptorBytes = new TextEncoder().encode(",fd=")
const endBytes = new TextEncoder().encode("))")
const nameLengthMax = 40

export class SsBytes implements RowParser {
  readonly columns = [...everyRow, "receiveQueue", "sendQueue", "pid", "process"] as const
  /** The state of rows without the column; -1 where that is not known. */
  readonly #stateAsked: number
  readonly #states = new StateWords(ssStateOf)
  readonly #number = new NumberBytes()

  constructor(stateAsked: State | undefined) {
    this.#stateAsked = stateAsked === undefined ? -1 : stateCode(stateAsked)
  }

  row(batch: RowBatch, bytes: Uint8Array, start: number): number {
    let at = start
    if (bytes[at] === letterT) {
      if (bytes[at + 1] !== 99 || bytes[at + 2] !== 112 || bytes[at + 3] !== 32) return -1
      at = skipBlankBytes(bytes, at + 4)
    }
    const first = bytes[at] ?? 0
    let code = this.#stateAsked
    if (first >= 65 && first <= 90) {
      at = this.#states.scan(bytes, at)
      if (at < 0) return -1
      code = this.#states.code
      at = skipBlankBytes(bytes, at)
    }
    // An unconnected socket is one that is bound or one that is not.
    if (code < 0 || code === closed) return -1
    at = this.#number.scan(bytes, at)
    if (at < 0) return -1
    const received = this.#number.value
    at = this.#number.scan(bytes, skipBlankBytes(bytes, at))
    if (at < 0) return -1
    const { columns, endpoints, length } = batch
    columns.sendQueue[length] = this.#number.value
    at = endpoints.scan(bytes, skipBlankBytes(bytes, at))
    if (at < 0) return -1
    columns.localAddress[length] = endpoints.address
    columns.localPort[length] = endpoints.port
    at = endpoints.scan(bytes, skipBlankBytes(bytes, at))
    if (at < 0) return -1
    columns.remoteAddress[length] = endpoints.address
    columns.remotePort[length] = endpoints.port
    columns.receiveQueue[length] = received
    columns.state[length] = code
    columns.pid[length] = -1
    columns.process[length] = 0
    const end = lineEndAfter(bytes, at)
    return end >= 0 ? end : this.#user(batch, bytes, skipBlankBytes(bytes, at))
  }

  /** users:(("nginx",pid=812,fd=6)) at the end of the row. */
  #user(batch: RowBatch, bytes: Uint8Array, start: number): number {
    if (bytes[start] !== letterU || !beginsWith(bytes, start, usersBytes)) return -1
    const nameStart = start + usersBytes.length
    let at = nameStart
    while (isNameByte(bytes[at] ?? 0)) at++
    if (at === nameStart || at - nameStart > nameLengthMax) return -1
    const nameEnd = at
    if (!beginsWith(bytes, at, pidBytes)) return -1
    at = this.#number.scanDigits(bytes, at + pidBytes.length)
    if (at < 0) return -1
    const pid = this.#number.value
    if (!beginsWith(bytes, at, descriptorBytes)) return -1
    at = this.#number.scanDigits(bytes, at + descriptorBytes.length)
    if (at < 0 || !beginsWith(bytes, at, endBytes)) return -1
    const end = lineEndAfter(bytes, at + endBytes.length)
    if (end < 0) return -1
    const { columns, length } = batch
    columns.pid[length] = pid
    columns.process[length] = batch.processOf(bytes, { from: nameStart, to: nameEnd }, asPrinted)
    return end
  }
}

/** Printable ASCII but the quote; a colon might stand in a word that has a meaning of its own. */
function isNameByte(byte: number): boolean {
  return byte >= 32 && byte < 127 && byte !== quote && byte !== colon
}

function asPrinted(name: string): string {
  return name
}

function beginsWith(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let index = 0; index < word.length; index++) {
    if (bytes[at + index] !== word[index]) return false
  }
  return true
}
