/**
 * What a socket table adds up to: which sockets it can contain (a listing without listeners was
 * taken without -a), and each unknown word reported once instead of once a row.
 */
import type { SocketObservation } from "../model/observation.ts"
import { stateCode } from "../model/state.ts"
import type { RowBatch } from "./bulk-batch.ts"
import type { SectionContext, SectionMark } from "./reader.ts"

type Covers = NonNullable<SectionMark["covers"]>

const listen = stateCode("LISTEN")
/** A table may have this many distinct unknown words named; more are counted silently. */
const unknownWordsMax = 64

/** Emits the rows of one table and marks what it covers at its end. */
export class TableTally {
  readonly #context: SectionContext
  readonly #unknown = new Set<string>()
  #asked: Covers | undefined
  #hasHeader = false
  #listeners = 0
  #connections = 0
  #datagrams = 0

  constructor(context: SectionContext) {
    this.#context = context
  }

  /** The command line or title said what the table covers. */
  asked(covers: Covers): void {
    this.#asked = covers
  }

  /**
   * The table has a header: it is the tool's whole output, not lines that somebody has filtered.
   */
  announced(): void {
    this.#hasHeader = true
  }

  emit(socket: SocketObservation): void {
    if (socket.state === "LISTEN") this.#listeners++
    else if (socket.protocol === "udp") this.#datagrams++
    else this.#connections++
    this.#context.emit(socket)
  }

  /** Counts the rows of a batch, which reach the sink by themselves. */
  count(batch: RowBatch): void {
    const listeners = batch.countOf(listen)
    this.#listeners += listeners
    this.#connections += batch.length - listeners
  }

  /** Names a service that no table translates, once. */
  serviceUnknown(service: string, line?: number): void {
    if (this.#isKnown(`service ${service}`)) return
    this.#context.odd("port-unknown", `No table knows the port of service "${service}"`, line)
  }

  /** Names a state word that no dialect knows, once. */
  stateUnknown(word: string, readAs: string | undefined, line?: number): void {
    if (this.#isKnown(`state ${word}`)) return
    const reading = readAs === undefined ? "the row is kept without a state" : `read as ${readAs}`
    this.#context.odd("state-unknown", `No dialect knows the state "${word}": ${reading}`, line)
  }

  /** Marks what the table covers. */
  end(): void {
    this.#context.mark({ covers: this.#asked ?? this.#covers() })
  }

  #covers(): Covers {
    const hasUnconnected = this.#listeners > 0 || this.#datagrams > 0
    if (!hasUnconnected) return "connected"
    if (this.#connections > 0 || this.#hasHeader) return "all"
    return this.#listeners > 0 ? "listening" : "all"
  }

  #isKnown(key: string): boolean {
    if (this.#unknown.has(key) || this.#unknown.size >= unknownWordsMax) return true
    this.#unknown.add(key)
    return false
  }
}
