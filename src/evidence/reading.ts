/**
 * Reads one whole text in memory and keeps everything that was understood, in order. Meant for
 * small inputs (pasted text, tests, the output of one tool); files of any size go through Feed with
 * a sink.
 */
import type { Observation } from "../model/observation.ts"
import { Feed, type FileSummary } from "./feed.ts"
import type { Reader, SectionInfo, SectionMark } from "./reader.ts"

/** One section with what its reader marked; later marks have been laid over earlier ones. */
export type ReadSection = SectionInfo & { readonly mark: SectionMark }

/** Everything one text yielded. */
export type Reading = {
  readonly observations: readonly Observation[]
  readonly sections: readonly ReadSection[]
  readonly summary: FileSummary
}

/** Reads a text (or bytes in any encoding) as the named file; `readers` as in Feed. */
export function readText(
  path: string,
  content: string | Uint8Array,
  readers?: readonly Reader[],
): Reading {
  const observations: Observation[] = []
  const sections: { info: SectionInfo; mark: SectionMark }[] = []
  const sink = {
    section: (info: SectionInfo) => void sections.push({ info, mark: {} }),
    mark: (mark: SectionMark) => {
      const section = sections.at(-1)
      if (section !== undefined) section.mark = { ...section.mark, ...mark }
    },
    observe: (observation: Observation) => void observations.push(observation),
  }
  const feed = readers === undefined ? new Feed(path, sink) : new Feed(path, sink, readers)
  feed.push(typeof content === "string" ? new TextEncoder().encode(content) : content)
  const summary = feed.end()
  return {
    observations,
    sections: sections.map(({ info, mark }) => ({ ...info, mark })),
    summary,
  }
}
