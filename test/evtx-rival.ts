/** The records of an event log by our reader and by Debian's evtxexport, in the same form: for tests and benches. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { EvtxStream } from "../src/evidence/evtx/evtx-stream.ts"
import { renderRecord } from "../src/evidence/evtx/xml-render.ts"
import { XmlText } from "../src/evidence/evtx/xml-text.ts"

/** Whether the rival is here; a test that needs it says so. */
export const hasEvtxexport = spawnSync("evtxexport", ["-V"]).status === 0

export type OurRecords = {
  /** Number → XML. */
  readonly records: ReadonlyMap<number, string>
  readonly faults: readonly string[]
}

/** Our records, fed in pieces of that size. */
export function readByUs(log: Uint8Array, pieceBytes = log.length || 1): OurRecords {
  const records = new Map<number, string>()
  const faults: string[] = []
  const stream = new EvtxStream({
    record: (memory, { id, from, to }) => {
      const xml = new XmlText()
      const fault = renderRecord(memory, from, to, xml)
      if (fault === undefined) records.set(id, xml.finish())
      else faults.push(`Record ${id} ${fault}`)
    },
    damaged: (says) => void faults.push(says),
    odd: (_, says) => void faults.push(says),
  })
  for (let at = 0; at < log.length; at += pieceBytes) stream.push(log.subarray(at, at + pieceBytes))
  stream.end()
  return { records, faults }
}

/** What evtxexport prints of a log; what of it is not there is in `error`. */
export function exportOf(
  log: Uint8Array,
  ...options: readonly string[]
): { readonly text: string; readonly error: string } {
  const folder = mkdtempSync(join(tmpdir(), "fourtuple-evtx-"))
  try {
    const path = join(folder, "log.evtx")
    writeFileSync(path, log)
    const run = spawnSync("evtxexport", [...options, path], { maxBuffer: 1 << 30 })
    return { text: run.stdout.toString("utf8"), error: run.stderr.toString("utf8") }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The rival's records as XML, in the order it prints them: first those in place, then those it recovered. */
export function readByEvtxexport(log: Uint8Array): readonly string[] {
  const { text } = exportOf(log, "-f", "xml", "-m", "all")
  const from = text.indexOf("<Event")
  if (from < 0) return []
  return text
    .slice(from)
    .split(/\n\n(?=<Event|$)/)
    .map((xml) => xml.trimEnd())
    .filter((xml) => xml.endsWith("</Event>"))
}

/** The number in a record's XML. */
export function numberOf(xml: string): number {
  return Number(/<EventRecordID>(\d+)</.exec(xml)?.[1])
}
