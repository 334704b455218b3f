/**
 * Metrics of translators as the clouds' tools print them: `aws cloudwatch get-metric-data`, `az monitor metrics list`,
 * `gcloud monitoring time-series list`. One point for each reading; of counters what came since the one before. Names:
 * catalog/counters-network.ts, with the dimension behind "@" where there is one ("azure.SNATConnectionCount@Failed").
 */
import { COUNTERS } from "../../catalog/counters.ts"
import type { Instant } from "../../model/quantity.ts"
import type { BoxRecord } from "../engine/simulated-run.ts"
import { isoOf } from "./content.ts"
import { computerName } from "./host-names.ts"

type Point = { readonly time: Instant; readonly value: number }
type Series = {
  /** Without the cloud's name. */
  readonly metric: string
  readonly dimension: string | undefined
  readonly isGauge: boolean
  readonly points: readonly Point[]
}

/** The names that each cloud has for what a translator of it refuses, and for the flows it has. */
const namesOf: Readonly<Record<string, { readonly refused: string; readonly flows?: string }>> = {
  "aws-nat-gateway": { refused: "aws.ErrorPortAllocation", flows: "aws.ActiveConnectionCount" },
  "azure-nat-gateway": { refused: "azure.SNATConnectionCount@Failed" },
  "azure-lb": { refused: "azure.SnatConnectionCount@Failed" },
  "gcp-cloud-nat": { refused: "gcp.nat/dropped_sent_packets_count@OUT_OF_RESOURCES" },
}
/** As runs count it (engine/recording.ts). */
const refusedInRun = "nat-ports refused"

const printers: Readonly<
  Record<string, (box: BoxRecord, series: readonly Series[], start: Instant) => unknown>
> = { aws: awsData, azure: azureList, gcp: gcpList }

/** The document as text; undefined where the box counts nothing for a cloud. */
export function cloudMetrics(
  box: BoxRecord,
  start: Instant,
  endSec: number,
): { readonly cloud: string; readonly text: string } | undefined {
  for (const [cloud, printer] of Object.entries(printers)) {
    const series = seriesOf(box, cloud, start, endSec)
    if (series.length === 0) continue
    return { cloud, text: JSON.stringify(printer(box, series, start), undefined, 2) }
  }
  return undefined
}

function seriesOf(
  box: BoxRecord,
  cloud: string,
  start: Instant,
  endSec: number,
): readonly Series[] {
  const last = { timeSec: endSec, flows: box.flows, counters: box.counters }
  const earlier = (box.readings ?? []).filter(({ timeSec }) => timeSec < endSec)
  const readings = [...earlier, last].map((reading) => ({
    ...reading,
    counters: named(box.profileId, reading),
  }))
  const names = Object.keys(named(box.profileId, last)).filter((name) =>
    name.startsWith(`${cloud}.`),
  )
  return names.map((name) => {
    const [whole = "", dimension] = name.split("@")
    const isGauge = COUNTERS[whole]?.kind === "gauge"
    let before = 0
    const points = readings.map(({ timeSec, counters }) => {
      const all = counters[name] ?? 0
      const value = isGauge ? all : all - before
      before = all
      return { time: start + timeSec, value }
    })
    return { metric: whole.slice(cloud.length + 1), dimension, isGauge, points }
  })
}

/** With the cloud's own names for what a run counts. */
function named(
  profileId: string,
  { flows, counters }: Pick<BoxRecord, "flows" | "counters">,
): Readonly<Record<string, number>> {
  const names = namesOf[profileId]
  const refused = counters[refusedInRun]
  if (names === undefined || refused === undefined) return counters
  const ofFlows = names.flows === undefined ? {} : { [names.flows]: flows }
  return { [names.refused]: refused, ...ofFlows, ...counters }
}

/** Whole seconds, as all of them print. */
function timeText(time: Instant): string {
  return `${isoOf(Math.floor(time)).slice(0, 19)}Z`
}

function awsData(box: BoxRecord, series: readonly Series[]): unknown {
  return {
    MetricDataResults: series.map(({ metric, points }, index) => ({
      Id: `m${index + 1}`,
      Label: `nat-${computerName(box.name)} ${metric}`,
      // The newest first.
      Timestamps: points.map(({ time }) => timeText(time)).toReversed(),
      Values: points.map(({ value }) => value).toReversed(),
      StatusCode: "Complete",
    })),
    Messages: [],
  }
}

function azureList(box: BoxRecord, series: readonly Series[], start: Instant): unknown {
  const kind = box.profileId === "azure-lb" ? "loadBalancers" : "natGateways"
  const provider = `Microsoft.Network/${kind}`
  const group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg"
  const resource = `${group}/providers/${provider}/${computerName(box.name)}`
  const end = series[0]?.points.at(-1)?.time ?? start
  const byMetric = new Map<string, Series[]>()
  for (const each of series) byMetric.set(each.metric, [...(byMetric.get(each.metric) ?? []), each])
  return {
    cost: 59,
    interval: "0:01:00",
    namespace: provider,
    resourceregion: "westeurope",
    timespan: `${timeText(start)}/${timeText(end)}`,
    value: [...byMetric].map(([metric, parts]) => ({
      id: `${resource}/providers/Microsoft.Insights/metrics/${metric}`,
      name: { localizedValue: metric, value: metric },
      timeseries: parts.map(azureSeries),
      type: "Microsoft.Insights/metrics",
      unit: "Count",
    })),
  }
}

function azureSeries({ dimension, isGauge, points }: Series): unknown {
  const name = { localizedValue: "connectionstate", value: "connectionstate" }
  return {
    data: points.map(({ time, value }) => ({
      timeStamp: timeText(time),
      ...(isGauge ? { average: value } : { total: value }),
    })),
    metadatavalues: dimension === undefined ? [] : [{ name, value: dimension }],
  }
}

function gcpList(box: BoxRecord, series: readonly Series[], start: Instant): unknown {
  return series.map(({ metric, dimension, isGauge, points }) => ({
    metric: {
      labels: dimension === undefined ? {} : { reason: dimension },
      type: `router.googleapis.com/${metric}`,
    },
    metricKind: isGauge ? "GAUGE" : "DELTA",
    points: points
      .map(({ time, value }, index) => ({
        interval: {
          endTime: timeText(time),
          startTime: timeText(isGauge ? time : (points[index - 1]?.time ?? start)),
        },
        value: { int64Value: String(Math.round(value)) },
      }))
      .toReversed(),
    resource: {
      labels: { gateway_name: computerName(box.name), project_id: "p", region: "europe-west1" },
      type: "nat_gateway",
    },
    valueType: "INT64",
  }))
}
