/**
 * Google Cloud's metrics of Cloud NAT as the monitoring API and `gcloud monitoring` print time series: packets dropped by
 * reason, machines without ports, ports in use. Names: Google Cloud metrics, router.googleapis.com/nat.
 */
import type { Instant } from "../../model/quantity.ts"
import { readLogTime } from "../client-log-time.ts"
import { copyOf } from "../endpoint-texts.ts"
import type { DocumentContext, DocumentFold, DocumentKind } from "./cloud-document.ts"
import { type JsonObject, memberAt, numberAt, objectsAt, textAt } from "./json-values.ts"

export const gcpMetricsKind: DocumentKind = {
  format: "gcp-metrics",
  title: "Google Cloud NAT metrics",
  keys: ["timeSeries"],
  telltale: /"(?:router|compute)\.googleapis\.com\/nat\//,
  open: (context) => ({ element: (value) => takeSeries(value, context) }) satisfies DocumentFold,
}

function takeSeries(value: JsonObject, context: DocumentContext): boolean {
  const type = textAt(value, "metric.type") ?? ""
  const start = type.indexOf("nat/")
  if (start < 0) return false
  const metric = copyOf(type.slice(start))
  const reason = textAt(value, "metric.labels.reason")
  const names = ["gateway_name", "instance_id", "vm_name"].flatMap(
    (name) =>
      textAt(value, `resource.labels.${name}`) ?? textAt(value, `metric.labels.${name}`) ?? [],
  )
  const parts = [...names, ...(reason === undefined ? [] : [reason])].map(copyOf)
  const of = parts.length === 0 ? undefined : parts.join(" ")
  const points = objectsAt(value, "points").map((point) => ({
    time: timeOf(textAt(point, "interval.endTime")),
    value: numberOf(point),
  }))
  points.sort((a, b) => (a.time ?? 0) - (b.time ?? 0))
  for (const point of points) {
    if (point.value === undefined) continue
    const common = { at: context.here(), ...(point.time === undefined ? {} : { time: point.time }) }
    const whose = of === undefined ? {} : { of }
    context.emit({
      kind: "counter",
      ...common,
      name: `gcp.${metric}`,
      value: point.value,
      ...whose,
    })
    const id = eventOf(metric, reason)
    if (id === undefined || point.value <= 0) continue
    const data = { count: point.value, ...(of === undefined ? {} : { resource: of }) }
    context.emit({
      kind: "event",
      ...common,
      source: "gcp-nat",
      id,
      says: `${metric} ${point.value}`,
      data,
    })
  }
  return true
}

function eventOf(metric: string, reason: string | undefined): string | undefined {
  if (metric === "nat/nat_allocation_failed") return "allocation-failed"
  if (metric !== "nat/dropped_sent_packets_count") return undefined
  return reason === "ENDPOINT_INDEPENDENCE_CONFLICT" ? "endpoint-conflict" : "out-of-resources"
}

function numberOf(point: JsonObject): number | undefined {
  const flag = memberAt(point, "value.boolValue")
  if (typeof flag === "boolean") return flag ? 1 : 0
  return numberAt(point, "value.int64Value") ?? numberAt(point, "value.doubleValue")
}

function timeOf(text: string | undefined): Instant | undefined {
  return text === undefined ? undefined : readLogTime(text)?.instant
}
