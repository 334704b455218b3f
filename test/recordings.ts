/** Small recordings of runs made by hand, and what our readers make of their exports. */
import assert from "node:assert/strict"
import { HOST_PROFILES } from "../src/catalog/profiles.ts"
import type { Case } from "../src/evidence/case.ts"
import { CaseBuilder } from "../src/evidence/case-builder.ts"
import { Feed } from "../src/evidence/feed.ts"
import type { HostProfile } from "../src/model/profile.ts"
import type { HostRecord, Recording, RunEvent } from "../src/sim/engine/simulated-run.ts"
import type { Content, ExportFile } from "../src/sim/export/content.ts"
import { type ExportKind, exportsOf } from "../src/sim/export/exports.ts"

/** When exports say that the run began. */
export const START = Date.UTC(2026, 0, 5, 9) / 1000

export function profileOf(id: string): HostProfile {
  const profile = HOST_PROFILES.find((each) => each.id === id)
  assert.ok(profile !== undefined, id)
  return profile
}

/** A machine called client, 10.1.1.5. */
export function hostOf(id: string, more: Partial<HostRecord> = {}): HostRecord {
  return {
    name: "client",
    address: "10.1.1.5",
    profile: profileOf(id),
    settings: {},
    snapshots: [],
    counters: {},
    ...more,
  }
}

/** A run of a minute in which nothing else happened. */
export function recordingOf(
  more: Partial<Recording> & { readonly events?: readonly RunEvent[] },
): Recording {
  const { events = [], ...rest } = more
  return {
    run: {
      schema: "fourtuple.run/1",
      title: "made",
      seed: 1,
      durationSec: 60,
      applications: [],
      pools: [],
      bound: [],
      timeline: { stepSec: 1, series: [] },
      events,
      totals: { connections: 0, segments: 0 },
    },
    hosts: [],
    boxes: [],
    attempts: [],
    cut: [],
    ...rest,
  }
}

export function bytesOf(content: Content): Uint8Array {
  const encoder = new TextEncoder()
  const pieces = [...content].map((piece) =>
    typeof piece === "string" ? encoder.encode(piece) : piece,
  )
  return new Uint8Array(Buffer.concat(pieces))
}

export function textIn(files: readonly ExportFile[], path: string): string {
  const file = files.find((each) => each.path === path)
  assert.ok(file !== undefined, `${path} is not among ${files.map((each) => each.path).join(", ")}`)
  return new TextDecoder().decode(bytesOf(file.content))
}

export function caseOf(files: readonly ExportFile[]): Case {
  const builder = new CaseBuilder(files.map(({ path }) => ({ path })))
  for (const { path, content } of files) {
    const sink = builder.file(path)
    const feed = new Feed(path, sink)
    feed.push(bytesOf(content))
    sink.close(feed.end())
  }
  return builder.finish()
}

export function exported(recording: Recording, ...kinds: (ExportKind | "all")[]): Case {
  return caseOf(exportsOf(recording, { kinds }))
}

/** "row-malformed: …" */
export function odditiesIn(read: Case): readonly string[] {
  return read.hosts.flatMap((host) => host.oddities.map(({ name, says }) => `${name}: ${says}`))
}
