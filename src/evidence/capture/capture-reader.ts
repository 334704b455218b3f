/**
 * Captures (pcap, pcapng, snoop): their packets folded to connections. What was captured is told by capture-file.ts,
 * what became of it by fold.ts.
 */
import { formatCount, formatMany } from "../../model/quantity.ts"
import type { BinaryContext, BinaryReader, BinarySection, BinarySummary } from "../binary-reader.ts"
import { CaptureFile, isCapture } from "./capture-file.ts"
import { CONNECTIONS_MAX } from "./connection-store.ts"
import { CaptureFold } from "./fold.ts"
import type { FoldedCapture } from "./folded-capture.ts"
import { FoldedConnections } from "./folded-connections.ts"

export const captureReader: BinaryReader = {
  format: "pcap",
  title: "Capture of packets (pcap, pcapng)",
  matches: isCapture,
  open: (context) => new CaptureSection(context),
}

class CaptureSection implements BinarySection {
  readonly #context: BinaryContext
  readonly #fold = new CaptureFold()
  readonly #file: CaptureFile

  constructor(context: BinaryContext) {
    this.#context = context
    const fold = this.#fold
    this.#file = new CaptureFile((packet) => fold.take(packet), context.odd, fold.soon)
  }

  push(bytes: Uint8Array): void {
    this.#file.push(bytes)
  }

  end(): BinarySummary {
    this.#file.end()
    const { path: source } = this.#context.file
    const capture = new FoldedConnections(this.#file, this.#fold, source)
    this.#tell(capture)
    if (this.#context.capture !== undefined) this.#context.capture(capture)
    else this.#emit(capture, source)
    const { packets, unknownLinks } = capture.tally
    const recordsUnread = [...unknownLinks.values()].reduce((sum, count) => sum + count, 0)
    return { records: packets, recordsUnread, says: sayingOf(capture) }
  }

  #tell(capture: FoldedCapture): void {
    const { system, first, unkept } = capture.tally
    this.#context.mark({
      ...(system === undefined ? {} : { system }),
      ...(first === undefined ? {} : { time: first }),
    })
    if (unkept !== undefined) {
      const syns = formatMany(unkept.connections, "connection", "connections")
      const says = `${syns} beyond the first ${formatCount(CONNECTIONS_MAX)} are counted, not kept`
      this.#context.odd("section-too-large", says)
    }
    const at = { source: this.#context.file.path }
    for (const [index, described] of this.#file.interfaces.entries()) {
      const { name, received, dropped, droppedBySystem, missed } = described
      const of = name === "" ? `interface ${index}` : name
      const lost = Math.max((dropped ?? 0) + (droppedBySystem ?? 0), missed ?? 0)
      const isCounted = dropped !== undefined || droppedBySystem !== undefined || lost > 0
      const counters = [
        ["capture.received", received],
        ["capture.lost", isCounted ? lost : undefined],
      ] as const
      for (const [counter, value] of counters) {
        if (value === undefined) continue
        this.#context.emit({ kind: "counter", name: counter, value, of, at })
      }
    }
  }

  #emit(capture: FoldedCapture, source: string): void {
    for (const index of capture.byStart()) {
      const at = { source, frame: capture.frame(index) }
      this.#context.emit({ kind: "connection", ...capture.connection(index), at })
    }
  }
}

/** "pcapng, 812 packets of 160 connections, 3 of them recorded twice" */
function sayingOf({ tally, length }: FoldedCapture): string {
  const { container, packets, copies } = tally
  const counted = `${formatMany(packets, "packet", "packets")} of ${formatMany(length, "connection", "connections")}`
  const twice = copies === 0 ? "" : `, ${formatCount(copies)} of them recorded twice`
  return `${container}, ${counted}${twice}`
}
