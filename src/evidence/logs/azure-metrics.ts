/**
 * Azure Monitor metrics as `az monitor metrics list` prints them: translated connections by state, ports in use and
 * allocated, dropped packets. Each point is a counter of its period; failed connections, dropped packets and instances
 * that use all their ports are events as well. Metrics: Azure Load Balancer and NAT gateway documentation.
 */
import type { Instant } from "../../model/quantity.ts"
import { readLogTime } from "../client-log-time.ts"
import { copyOf } from "../endpoint-texts.ts"
import type { DocumentContext, DocumentFold, DocumentKind } from "./cloud-document.ts"
import { type JsonObject, numberAt, objectsAt, textAt } from "./json-values.ts"

const watched: ReadonlySet<string> = new Set([
  ..."SnatConnectionCount SNATConnectionCount UsedSnatPorts AllocatedSnatPorts PacketDropCount".split(
    " ",
  ),
  ..."TotalConnectionCount DatapathAvailability".split(" "),
])
const seriesMax = 100_000
/** An instance that uses this share of its ports has none left at times. */
const fullShare = 0.95

export const azureMetricsKind: DocumentKind = {
  format: "azure-metrics",
  title: "Azure Monitor metrics",
  keys: ["value"],
  telltale:
    /"(?:namespace|resourceregion)"\s*:\s*"[^"]*"[\s\S]{0,2000}"(?:timespan|value)"\s*:|"timespan"\s*:[\s\S]{0,2000}"value"\s*:|"cost"\s*:\s*\d+,\s*"interval"\s*:/,
  open: (context) => new AzureMetricsFold(context),
}

class AzureMetricsFold implements DocumentFold {
  readonly #context: DocumentContext
  /** Ports allocated, by instance and time, until the metric of those in use comes; and the other way round. */
  readonly #ports = new Map<string, { used?: number; allocated?: number }>()

  constructor(context: DocumentContext) {
    this.#context = context
  }

  element(value: JsonObject): boolean {
    const metric = textAt(value, "name.value")
    if (metric === undefined || !watched.has(metric)) return false
    const resource = resourceOf(textAt(value, "id") ?? "")
    for (const series of objectsAt(value, "timeseries")) {
      const dimensions = new Map<string, string>()
      for (const item of objectsAt(series, "metadatavalues")) {
        const name = textAt(item, "name.value")
        const text = textAt(item, "value")
        if (name !== undefined && text !== undefined)
          dimensions.set(name.toLowerCase(), copyOf(text))
      }
      const parts = [resource, ...dimensions.values()].filter((part) => part !== undefined)
      const of = parts.length === 0 ? undefined : parts.join(" ")
      for (const point of objectsAt(series, "data")) this.#point({ metric, point, of, dimensions })
    }
    return true
  }

  #point(told: {
    readonly metric: string
    readonly point: JsonObject
    readonly of: string | undefined
    readonly dimensions: ReadonlyMap<string, string>
  }): void {
    const { metric, point, of, dimensions } = told
    const value = statisticOf(point)
    if (value === undefined) return
    const time = timeOf(textAt(point, "timeStamp"))
    const common = { at: this.#context.here(), ...(time === undefined ? {} : { time }) }
    const name = `azure.${metric}`
    this.#context.emit({
      kind: "counter",
      ...common,
      name,
      value,
      ...(of === undefined ? {} : { of }),
    })
    const isFailed = /^failed$/i.test(dimensions.get("connectionstate") ?? "")
    const id =
      isFailed && /^snatconnectioncount$/i.test(metric)
        ? "snat-failed"
        : metric === "PacketDropCount"
          ? "packets-dropped"
          : undefined
    if (id !== undefined && value > 0) {
      const data = { count: value, ...(of === undefined ? {} : { resource: of }) }
      this.#context.emit({
        kind: "event",
        ...common,
        source: "azure",
        id,
        says: `${metric} ${value}`,
        data,
      })
    }
    if (/SnatPorts$/.test(metric)) this.#noteReserve({ metric, value, time, of, dimensions })
  }

  /** Used against allocated ports of one instance at one time. */
  #noteReserve(told: {
    readonly metric: string
    readonly value: number
    readonly time: Instant | undefined
    readonly of: string | undefined
    readonly dimensions: ReadonlyMap<string, string>
  }): void {
    const { metric, value, time, of } = told
    const key = `${of ?? ""} ${time ?? ""}`
    const known = this.#ports.get(key) ?? {}
    if (!this.#ports.has(key) && this.#ports.size >= seriesMax) return
    if (metric.startsWith("Used")) known.used = value
    else known.allocated = value
    this.#ports.set(key, known)
    const { used, allocated } = known
    if (used === undefined || allocated === undefined || allocated <= 0) return
    if (used < fullShare * allocated) return
    this.#context.emit({
      kind: "event",
      at: this.#context.here(),
      ...(time === undefined ? {} : { time }),
      source: "azure",
      id: "snat-ports",
      says: `${used} of ${allocated} translated ports`,
      data: { used, limit: allocated, ...(of === undefined ? {} : { resource: of }) },
    })
  }
}

/** "…/Microsoft.Network/loadBalancers/lb1/providers/Microsoft.Insights/metrics/SnatConnectionCount" → "lb1" */
function resourceOf(id: string): string | undefined {
  const name = /\/(?:loadBalancers|natGateways)\/([^/]{1,90})/i.exec(id)?.[1]
  return name === undefined ? undefined : copyOf(name)
}

/** Counts are totalled, gauges averaged or at their most. */
function statisticOf(point: JsonObject): number | undefined {
  for (const name of ["total", "maximum", "average", "count", "minimum"]) {
    const number = numberAt(point, name)
    if (number !== undefined) return number
  }
  return undefined
}

function timeOf(text: string | undefined): Instant | undefined {
  return text === undefined ? undefined : readLogTime(text)?.instant
}
