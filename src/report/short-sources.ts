/** Names of files without the folder they all lie in: a report for people says it once. */
import type { Diagnosis } from "../model/diagnosis.ts"

/** "case/mgmt01/" where every file of several lies in it; else "". */
export function commonFolderOf({ evidence }: Diagnosis): string {
  const [first, ...others] = evidence.map(({ source }) => source)
  if (first === undefined || others.length === 0) return ""
  let folder = first.slice(0, first.lastIndexOf("/") + 1)
  for (const source of others) {
    while (!source.startsWith(folder)) {
      // The root is in nothing: "/" has no folder above it, and a relative name is not in it.
      folder = folder === "/" ? "" : folder.slice(0, folder.lastIndexOf("/", folder.length - 2) + 1)
    }
  }
  return folder
}

/** The same diagnosis with shorter names wherever a source is named. */
export function withShortSources(diagnosis: Diagnosis): Diagnosis {
  const folder = commonFolderOf(diagnosis)
  if (folder === "") return diagnosis
  const short = (source: string): string =>
    source.startsWith(folder) ? source.slice(folder.length) : source
  const { timeline, clocks } = diagnosis
  return {
    ...diagnosis,
    verdicts: diagnosis.verdicts.map((verdict) => ({
      ...verdict,
      exhibits: verdict.exhibits.map((each) => ({ ...each, source: short(each.source) })),
    })),
    oddities: diagnosis.oddities.map((each) => ({ ...each, at: short(each.at) })),
    evidence: diagnosis.evidence.map((each) => ({ ...each, source: short(each.source) })),
    ...(timeline === undefined
      ? {}
      : {
          timeline: {
            ...timeline,
            lanes: timeline.lanes.map((lane) => ({ ...lane, source: short(lane.source) })),
          },
        }),
    ...(clocks === undefined
      ? {}
      : {
          clocks: clocks.map((clock) => ({
            ...clock,
            source: short(clock.source),
            reference: short(clock.reference),
          })),
        }),
  }
}
