/** Evidence of one machine, made from a few words, for the tests of what judges it. */
import type { HostEvidence, Snapshot } from "../src/evidence/case.ts"
import type {
  AttemptObservation,
  CounterObservation,
  EventObservation,
  LogObservation,
  SettingObservation,
} from "../src/model/observation.ts"
import { type SocketRow, SocketTable } from "../src/model/socket-table.ts"

const at = { source: "test" }

/** A table of rows from 10.0.0.1:40000 to 10.0.0.9:443, ESTABLISHED, each with what it has otherwise. */
export function tableOf(rows: readonly Partial<SocketRow>[]): SocketTable {
  const table = new SocketTable()
  for (const row of rows) {
    table.add({
      state: "ESTABLISHED",
      localAddress: "10.0.0.1",
      localPort: 40000,
      remoteAddress: "10.0.0.9",
      remotePort: 443,
      ...row,
    })
  }
  return table
}

/** So many rows like the given one, with local ports from its own upwards. */
export function rowsOf(count: number, row: Partial<SocketRow> = {}): readonly Partial<SocketRow>[] {
  const first = row.localPort ?? 40000
  return Array.from({ length: count }, (_, index) => ({ ...row, localPort: first + index }))
}

/** One moment: sockets by row, counters by name. */
export type MomentParts = {
  readonly time?: number
  readonly rows?: readonly Partial<SocketRow>[]
  readonly counters?: Readonly<Record<string, number>>
  readonly rules?: readonly LogObservation[]
}

/** Everything of a machine that a test may care about; the rest is empty. */
export type HostParts = {
  readonly systems?: readonly string[]
  readonly moments?: readonly MomentParts[]
  readonly settings?: Readonly<Record<string, number | string>>
  readonly attempts?: readonly Partial<AttemptObservation>[]
  readonly events?: readonly Partial<EventObservation>[]
  readonly live?: boolean
}

export function hostOf(parts: HostParts): HostEvidence {
  const { systems = ["linux"], moments = [{}], live = false } = parts
  return {
    vantage: "here",
    systems,
    snapshots: moments.map(snapshotOf),
    settings: new Map(
      Object.entries(parts.settings ?? {}).map(([name, value]) => [name, settingOf(name, value)]),
    ),
    attempts: (parts.attempts ?? []).map((each) => ({ kind: "attempt", ok: false, at, ...each })),
    events: (parts.events ?? []).map((each) => ({ kind: "event", source: "", id: 0, at, ...each })),
    logs: [],
    traffic: [],
    facts: [],
    oddities: [],
    blind: [],
    live,
  }
}

function snapshotOf(
  { time, rows, counters = {}, rules = [] }: MomentParts,
  index: number,
): Snapshot {
  const entries = Object.entries(counters).map(([name, value]) => [name, counterOf(name, value)])
  return {
    label: `t${index}`,
    covers: new Set(rows === undefined ? [] : ["all"]),
    counters: new Map(entries as [string, CounterObservation][]),
    rules,
    ...(time === undefined ? {} : { time }),
    ...(rows === undefined ? {} : { sockets: tableOf(rows), socketSource: `ss-${index}.txt` }),
  }
}

/** A scoped setting is named "name@of". */
function settingOf(scoped: string, value: number | string): SettingObservation {
  const [name = "", of] = scoped.split("@")
  return { kind: "setting", name, value, at, ...(of === undefined ? {} : { of }) }
}

function counterOf(scoped: string, value: number): CounterObservation {
  const [name = "", of] = scoped.split("@")
  return { kind: "counter", name, value, at, ...(of === undefined ? {} : { of }) }
}
