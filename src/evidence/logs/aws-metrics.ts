/**
 * CloudWatch metrics as `aws cloudwatch get-metric-statistics` and `get-metric-data` print them: of NAT gateways and load
 * balancers those that speak of connections. Each point is a counter of its period; points that count refusals are events
 * as well, since they are what one looks for in hours of zeros. Metrics: Amazon VPC User Guide, NAT gateway metrics;
 * Elastic Load Balancing user guides.
 */
import type { Instant } from "../../model/quantity.ts"
import { readLogTime } from "../client-log-time.ts"
import { copyOf } from "../endpoint-texts.ts"
import type { DocumentContext, DocumentFold, DocumentKind } from "./cloud-document.ts"
import { type JsonObject, listAt, numberAt, textAt } from "./json-values.ts"

const metrics = [
  ..."ErrorPortAllocation ActiveConnectionCount ConnectionAttemptCount ConnectionEstablishedCount".split(
    " ",
  ),
  ..."IdleTimeoutCount PacketsDropCount PortAllocationErrorCount ActiveFlowCount NewFlowCount".split(
    " ",
  ),
  ..."RejectedFlowCount TCP_Client_Reset_Count TCP_Target_Reset_Count TCP_ELB_Reset_Count".split(
    " ",
  ),
  ..."ActiveConnectionCount NewConnectionCount RejectedConnectionCount TargetConnectionErrorCount".split(
    " ",
  ),
  ..."SpilloverCount SurgeQueueLength BackendConnectionErrors".split(" "),
]
/** Those in which every count is something refused. */
const refusals: ReadonlySet<string> = new Set([
  "ErrorPortAllocation",
  "PortAllocationErrorCount",
  "RejectedConnectionCount",
  "RejectedFlowCount",
  "SpilloverCount",
])
const pointsMax = 200_000

export const awsMetricsKind: DocumentKind = {
  format: "aws-metrics",
  title: "CloudWatch metrics",
  keys: ["Datapoints", "MetricDataResults"],
  telltale: /"(?:Datapoints|MetricDataResults)"\s*:/,
  open: (context) => new MetricsFold(context),
}

type Point = {
  readonly time: Instant | undefined
  readonly value: number
  readonly at: ReturnType<DocumentContext["here"]>
}

class MetricsFold implements DocumentFold {
  readonly #context: DocumentContext
  /** Points of get-metric-statistics: what they measure is said beside them, before or after. */
  #points: Point[] = []

  constructor(context: DocumentContext) {
    this.#context = context
  }

  element(value: JsonObject, key: string): boolean {
    if (key === "MetricDataResults") return this.#result(value)
    if (key !== "Datapoints") return false
    const number = statisticOf(value)
    if (number === undefined || this.#points.length >= pointsMax) return false
    this.#points.push({
      time: timeOf(textAt(value, "Timestamp")),
      value: number,
      at: this.#context.here(),
    })
    return true
  }

  ended(scalars: ReadonlyMap<string, string>): void {
    const points = this.#points
    this.#points = []
    const metric = metricIn(scalars.get("Label") ?? "")
    if (metric === undefined) {
      if (points.length > 0)
        this.#context.odd(
          "key-unknown",
          `No reader knows the metric "${(scalars.get("Label") ?? "").slice(0, 80)}"`,
        )
      return
    }
    points.sort((a, b) => (a.time ?? 0) - (b.time ?? 0))
    for (const point of points) this.#emit(metric, point, undefined)
  }

  /** One series: {"Id": …, "Label": …, "Timestamps": […], "Values": […]} */
  #result(value: JsonObject): boolean {
    const label = textAt(value, "Label") ?? ""
    const metric = metricIn(label) ?? metricIn(textAt(value, "Id") ?? "")
    if (metric === undefined) return false
    const resource = /\b(?:nat|eni|app|net|vpce|tgw)[-/][\w/-]{4,80}/.exec(label)?.[0]
    const of = resource === undefined ? undefined : copyOf(resource)
    const times = listAt(value, "Timestamps")
    const points: Point[] = []
    for (const [index, number] of listAt(value, "Values").entries()) {
      if (typeof number !== "number" || points.length >= pointsMax) continue
      const time = times[index]
      points.push({
        time: timeOf(typeof time === "string" ? time : undefined),
        value: number,
        at: this.#context.here(),
      })
    }
    points.sort((a, b) => (a.time ?? 0) - (b.time ?? 0))
    for (const point of points) this.#emit(metric, point, of)
    return true
  }

  #emit(metric: string, { time, value, at }: Point, of: string | undefined): void {
    const common = { at, ...(time === undefined ? {} : { time }) }
    const whose = of === undefined ? {} : { of }
    this.#context.emit({ kind: "counter", ...common, name: `aws.${metric}`, value, ...whose })
    if (!refusals.has(metric) || value <= 0) return
    const data = { count: value, ...(of === undefined ? {} : { resource: of }) }
    this.#context.emit({
      kind: "event",
      ...common,
      source: "aws",
      id: metric,
      says: `${metric} ${value}`,
      data,
    })
  }
}

/** The metric a label names; people put the resource before or behind it. */
function metricIn(label: string): string | undefined {
  const exact = metrics.find((metric) => metric === label)
  return exact ?? metrics.find((metric) => label.toLowerCase().includes(metric.toLowerCase()))
}

/** A count is summed, a gauge at its most; whichever statistic was asked for. */
function statisticOf(value: JsonObject): number | undefined {
  for (const name of ["Sum", "Maximum", "Average", "Minimum", "SampleCount"]) {
    const number = numberAt(value, name)
    if (number !== undefined) return number
  }
  return undefined
}

function timeOf(text: string | undefined): Instant | undefined {
  return text === undefined ? undefined : readLogTime(text)?.instant
}
