/**
 * Azure's flow logs: of network security groups (versions 1 and 2) and of virtual networks. One record holds the flows of
 * a minute by rule; each flow is a row of text in it. Forms: Azure Network Watcher documentation, flow logging for
 * network security groups and virtual network flow logs.
 */
import type { LogObservation } from "../../model/observation.ts"
import type { DocumentContext, DocumentFold, DocumentKind } from "./cloud-document.ts"
import { type JsonObject, listAt, objectsAt, textAt } from "./json-values.ts"
import { digits, RowTexts } from "./row-texts.ts"

export const azureFlowKind: DocumentKind = {
  format: "azure-flow-log",
  title: "Azure flow log",
  keys: ["records"],
  telltale:
    /"category"\s*:\s*"(?:NetworkSecurityGroupFlowEvent|FlowLogFlowEvent)"|"flow(?:Records|Tuples)"\s*:|"flowLogVersion"\s*:/,
  open: (context) => new AzureFlowFold(context),
}

class AzureFlowFold implements DocumentFold {
  readonly #context: DocumentContext
  readonly #texts = new RowTexts()

  constructor(context: DocumentContext) {
    this.#context = context
  }

  element(value: JsonObject): boolean {
    const vantage = targetOf(value)
    // Of virtual networks: flowRecords.flows[].flowGroups[]; of security groups: properties.flows[].flows[].
    const isVirtualNetwork = "flowRecords" in value
    const outer = isVirtualNetwork
      ? objectsAt(value, "flowRecords.flows")
      : objectsAt(value, "properties.flows")
    for (const flows of outer) {
      const groups = isVirtualNetwork ? objectsAt(flows, "flowGroups") : objectsAt(flows, "flows")
      for (const group of groups) {
        const rule = textAt(isVirtualNetwork ? group : flows, "rule") ?? ""
        for (const tuple of listAt(group, "flowTuples")) {
          if (typeof tuple === "string") this.#tuple(tuple, { rule, vantage, isVirtualNetwork })
        }
      }
    }
    return outer.length > 0 || textAt(value, "category") !== undefined
  }

  #tuple(
    tuple: string,
    told: {
      readonly rule: string
      readonly vantage: string | undefined
      readonly isVirtualNetwork: boolean
    },
  ): void {
    const cells = tuple.split(",", 14)
    const [stamp = "", source = "", target = "", sourcePort = "", targetPort = "", protocol = ""] =
      cells
    if (protocol !== "T" && protocol !== "6") return
    const from = this.#texts.endpoint(source, sourcePort)
    const to = this.#texts.endpoint(target, targetPort)
    const number = digits(stamp)
    if (from === undefined || to === undefined || number < 0) {
      this.#context.odd("row-malformed", "A flow tuple has no time or endpoints")
      return
    }
    // Security groups stamp seconds and have decision and state, virtual networks milliseconds and one state.
    const isDenied = cells[7] === "D"
    const state = (told.isVirtualNetwork ? cells[7] : cells[8]) ?? ""
    // Version 1 has no state, and never says that a flow has ended.
    const did = isDenied ? "deny" : dids[state]
    const row: LogObservation = {
      kind: "log",
      at: this.#context.here(),
      time: number > 1e11 ? number / 1000 : number,
      source: "azure",
      action: isDenied ? "deny" : (actions[state] ?? "allow"),
      ...(did === undefined ? {} : { did }),
      protocol: "tcp",
      from,
      to,
      rule: this.#texts.word(told.rule),
      ...(told.vantage === undefined ? {} : { vantage: told.vantage }),
    }
    this.#context.emit(row)
  }
}

const dids: Readonly<Record<string, "open" | "close">> = { B: "open", E: "close" }
const actions: Readonly<Record<string, string>> = { B: "begin", C: "continue", E: "end" }

/** The network interface's security group or virtual network, by the end of its path. */
function targetOf(value: JsonObject): string | undefined {
  const path = textAt(value, "targetResourceID") ?? textAt(value, "resourceId") ?? ""
  const name = path.slice(path.lastIndexOf("/") + 1)
  return name === "" ? undefined : name.toLowerCase()
}
