/**
 * AWS VPC flow logs: the default format and custom ones with a header, from S3 files, exports with a time in front, and
 * `aws logs filter-log-events`. A row is one direction of one flow within a minute or ten. Fields and their versions:
 * Amazon VPC User Guide, flow log records.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import type { LogObservation } from "../../model/observation.ts"
import type { Reader, Section } from "../reader.ts"
import type { DocumentContext, DocumentKind } from "./cloud-document.ts"
import { textAt } from "./json-values.ts"
import { digits, RowTexts } from "./row-texts.ts"

const lineLengthMax = 2048
const cellsMax = 48
const usual =
  "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
const wanted = [
  ..."srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags".split(
    " ",
  ),
  ..."pkt-srcaddr pkt-dstaddr interface-id".split(" "),
] as const
type Columns = ReadonlyMap<string, number>
const openedMax = 200_000
const fin = 1
const syn = 2
const rst = 4
const ack = 16
/** SYNs are sent again at most so often within a row's time. */
const synsMax = 10
/** Length of a SYN by system: Linux 60, Windows 52 and 48, macOS 64, a bare one 40 or 44. */
const synLengths = [60, 52, 64, 48, 44, 40]

export const awsVpcFlowReader: Reader = {
  format: "aws-vpc-flow",
  title: "AWS VPC flow log",
  words: ["srcaddr", " eni-"],
  sniff: (line) => {
    if (line.length > lineLengthMax) return 0
    if (columnsOf(line) !== undefined) return 0.95
    return isUsualRow(withoutTime(line)) ? 0.9 : 0
  },
  open: (context) => {
    const rows = new FlowRows(context)
    return { line: (text) => rows.line(text) } satisfies Section
  },
}

/** {"events": [{"logStreamName": "eni-…", "timestamp": …, "message": "2 …"}]} */
export const awsLogEventsKind: DocumentKind = {
  format: "aws-log-events",
  title: "CloudWatch Logs events of a VPC flow log",
  keys: ["events"],
  telltale: /"message"\s*:\s*"\d \d{12} (?:eni|-)/,
  open: (context) => {
    const rows = new FlowRows(context)
    return { element: (value) => rows.line(textAt(value, "message") ?? "") }
  },
}

/** The default format begins with its version, an account and an interface. */
function isUsualRow(line: string): boolean {
  return /^\d{1,2} (?:\d{12}|unknown) eni-\w{8,24} (?:[\d.]{7,15}|[\da-f:]{3,45}|-) /.test(line)
}

/** Exports of CloudWatch Logs put the time of the event in front. */
function withoutTime(line: string): string {
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z /.test(line) ? line.slice(line.indexOf(" ") + 1) : line
}

/** The columns a header names; undefined when the line is none. */
function columnsOf(line: string): Columns | undefined {
  if (!/\bsrcaddr\b/.test(line) && !/\bpkt-srcaddr\b/.test(line)) return undefined
  const names = line
    .trim()
    .split(/[ ,\t]/, cellsMax)
    .map((name) => name.replaceAll('"', "").replaceAll("_", "-"))
  if (!names.includes("action") && !names.includes("log-status") && !names.includes("tcp-flags"))
    return undefined
  return new Map(
    wanted.flatMap((name) => (names.includes(name) ? [[name, names.indexOf(name)] as const] : [])),
  )
}

class FlowRows {
  readonly #context: Pick<DocumentContext, "here" | "emit" | "odd">
  readonly #texts = new RowTexts()
  #columns: Columns = columnsOf(usual) ?? new Map()
  #separator = " "
  #isHeaded = false
  #isSkipTold = false
  /** Four-tuples whose SYN was in a row, and no FIN or RST yet. */
  readonly #opened = new Set<string>()

  constructor(context: {
    here: DocumentContext["here"]
    emit: DocumentContext["emit"]
    odd: DocumentContext["odd"]
  }) {
    this.#context = context
  }

  line(text: string): boolean {
    if (text.length > lineLengthMax) return false
    if (text === "") return true
    const columns = text.includes("addr") ? columnsOf(text) : undefined
    if (columns !== undefined) {
      this.#columns = columns
      this.#separator = text.includes("\t") ? "\t" : text.includes(",") ? "," : " "
      this.#isHeaded = true
      return true
    }
    const row = withoutTime(text)
    if (!this.#isHeaded && !isUsualRow(row)) return false
    const cells = row.split(this.#separator, cellsMax)
    if (this.#isHeaded && cells.length < 4) return false
    this.#row(cells)
    return true
  }

  #cell(cells: readonly string[], name: (typeof wanted)[number]): string {
    const cell = cells[this.#columns.get(name) ?? -1] ?? ""
    return cell === "-" ? "" : cell
  }

  #row(cells: readonly string[]): void {
    const status = this.#cell(cells, "log-status")
    if (status === "NODATA" || status === "SKIPDATA") {
      if (status === "SKIPDATA" && !this.#isSkipTold) {
        this.#isSkipTold = true
        this.#context.odd(
          "section-truncated",
          "AWS left flow records out in an interval (SKIPDATA)",
        )
      }
      return
    }
    const protocol = this.#cell(cells, "protocol")
    if (protocol !== "6" && protocol !== "") return
    const source = this.#cell(cells, "pkt-srcaddr") || this.#cell(cells, "srcaddr")
    const target = this.#cell(cells, "pkt-dstaddr") || this.#cell(cells, "dstaddr")
    const from = this.#texts.endpoint(source, this.#cell(cells, "srcport"))
    const to = this.#texts.endpoint(target, this.#cell(cells, "dstport"))
    if (from === undefined || to === undefined) {
      this.#context.odd("row-malformed", "A VPC flow log row has no endpoints")
      return
    }
    const action = this.#cell(cells, "action")
    const flags = this.#cell(cells, "tcp-flags")
    const start = digits(this.#cell(cells, "start"))
    const end = digits(this.#cell(cells, "end"))
    const did =
      action === "REJECT" ? "deny" : this.#didOf(cells, { from, to, flags: digits(flags) })
    // A row that has the end of a connection in it is stamped when it was over.
    const isOver = did === "close" && end >= start
    const card = this.#cell(cells, "interface-id")
    const row: LogObservation = {
      kind: "log",
      at: this.#context.here(),
      ...(start < 0 ? {} : { time: isOver ? end : start }),
      ...(card === "" ? {} : { vantage: this.#texts.word(card) }),
      source: "aws-vpc",
      action: action === "" ? "flow" : action.toLowerCase(),
      ...(did === undefined ? {} : { did }),
      protocol: "tcp",
      ...(flags === "" ? {} : { result: this.#texts.word(`flags ${flags}`) }),
      from,
      to,
      ...(isOver && (digits(flags) & syn) !== 0 ? { ms: (end - start) * 1000 } : {}),
    }
    this.#context.emit(row)
  }

  /**
   * From the flags of all the row's packets: a SYN without ACK is the side that opens, a SYN-ACK its answer; FIN and RST
   * without either belong to a connection that a row before has opened.
   */
  #didOf(
    cells: readonly string[],
    { from, to, flags }: { readonly from: Endpoint; readonly to: Endpoint; readonly flags: number },
  ): "open" | "close" | "fail" | undefined {
    if (flags < 0 || (flags & ack) !== 0) return undefined
    const key = `${from.address} ${from.port} ${to.address} ${to.port}`
    const isEnd = (flags & (fin | rst)) !== 0
    if ((flags & syn) === 0) return isEnd && this.#opened.delete(key) ? "close" : undefined
    const packets = digits(this.#cell(cells, "packets"))
    const bytes = digits(this.#cell(cells, "bytes"))
    const isShort = flags === syn && packets >= 1 && packets <= synsMax
    if (isShort && synLengths.some((length) => bytes === length * packets)) return "fail"
    if (isEnd) return "close"
    if (this.#opened.size < openedMax) this.#opened.add(key)
    return "open"
  }
}
