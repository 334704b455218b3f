/**
 * Google Cloud's logs of Cloud NAT, VPC flows and firewall rules, as `gcloud logging read --format=json`, exports to
 * storage and sinks have them: an array or JSON lines of log entries. Forms: Cloud NAT logging, VPC flow logs, Firewall
 * Rules Logging.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import type { LogObservation } from "../../model/observation.ts"
import { readLogTime } from "../client-log-time.ts"
import type { DocumentContext, DocumentFold, DocumentKind } from "./cloud-document.ts"
import { type JsonObject, memberAt, numberAt, textAt } from "./json-values.ts"
import { RowTexts } from "./row-texts.ts"

export const gcpLogsKind: DocumentKind = {
  format: "gcp-log",
  title: "Google Cloud NAT, flow or firewall log",
  keys: ["entries"],
  telltale:
    /"jsonPayload"\s*:\s*\{[\s\S]{0,3000}"(?:allocation_status|src_ip|disposition|nat_ip)"|compute\.googleapis\.com%2F(?:nat_flows|vpc_flows|firewall)|"allocation_status"\s*:/,
  open: (context) => new GcpLogsFold(context),
}

class GcpLogsFold implements DocumentFold {
  readonly #context: DocumentContext
  readonly #texts = new RowTexts()

  constructor(context: DocumentContext) {
    this.#context = context
  }

  element(value: JsonObject): boolean {
    const payload = memberAt(value, "jsonPayload") ?? value
    const connection = memberAt(payload, "connection")
    if (connection === undefined) return false
    if ((numberAt(connection, "protocol") ?? 6) !== 6) return true
    const from = this.#endpoint(connection, "src_ip", "src_port")
    const to = this.#endpoint(connection, "dest_ip", "dest_port")
    if (from === undefined || to === undefined) {
      this.#context.odd("row-malformed", "A log entry has no endpoints")
      return true
    }
    const time = timeOf(textAt(payload, "start_time") ?? textAt(value, "timestamp"))
    const vantage = textAt(payload, "gateway_identifiers.gateway_name")
    const common = {
      at: this.#context.here(),
      ...(time === undefined ? {} : { time }),
      ...(vantage === undefined ? {} : { vantage: this.#texts.word(vantage) }),
    }
    const ends = { protocol: "tcp", from, to } as const
    const allocation = textAt(payload, "allocation_status")
    if (allocation !== undefined) this.#translation(allocation, connection, common, ends)
    else this.#flow(payload, common, ends)
    return true
  }

  /** Cloud NAT: OK with the translated address and port, DROPPED when no port was free. */
  #translation(status: string, connection: unknown, common: Common, ends: Ends): void {
    const mapped = this.#endpoint(connection, "nat_ip", "nat_port")
    const isOk = status === "OK"
    this.#context.emit({
      kind: "log",
      ...common,
      source: "gcp-nat",
      action: isOk ? "translate" : "drop",
      // That ports were given says when a connection began, and no row says when it ended.
      ...(isOk ? {} : { did: "deny" as const }),
      result: this.#texts.word(status),
      ...ends,
      ...(mapped === undefined || !isOk ? {} : { translatedFrom: mapped }),
    })
    if (isOk) return
    const { from, to } = ends
    this.#context.emit({
      kind: "event",
      ...common,
      source: "gcp-nat",
      id: "DROPPED",
      says: `allocation_status ${status}`,
      data: {
        from: from.address,
        to: to.address,
        ...(from.port === undefined ? {} : { fromPort: from.port }),
        ...(to.port === undefined ? {} : { toPort: to.port }),
      },
    })
  }

  /** A firewall rule's decision, or a sampled flow. */
  #flow(payload: unknown, common: Common, ends: Ends): void {
    const disposition = textAt(payload, "disposition")
    const rule = textAt(payload, "rule_details.reference")
    const began = timeOf(textAt(payload, "start_time"))
    const ended = timeOf(textAt(payload, "end_time"))
    const ms =
      began === undefined || ended === undefined ? undefined : Math.round((ended - began) * 1000)
    const did = disposition === "DENIED" ? ({ did: "deny" } as const) : {}
    this.#context.emit({
      kind: "log",
      ...common,
      source: "gcp",
      action: disposition?.toLowerCase() ?? "flow",
      ...did,
      ...ends,
      ...(rule === undefined ? {} : { rule: this.#texts.word(rule) }),
      ...(ms === undefined || ms < 0 || disposition !== undefined ? {} : { ms }),
    })
  }

  #endpoint(connection: unknown, address: string, port: string): Endpoint | undefined {
    return this.#texts.endpoint(textAt(connection, address) ?? "", numberAt(connection, port))
  }
}

type Common = Pick<LogObservation, "at" | "time" | "vantage">
type Ends = { readonly protocol: "tcp"; readonly from: Endpoint; readonly to: Endpoint }

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : readLogTime(text)?.instant
}
