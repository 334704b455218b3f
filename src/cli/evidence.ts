/** Arguments → a case: saved files through the readers, or this machine live, with progress on the way. */
import type { Case } from "../evidence/case.ts"
import type { LiveOptions } from "../host/live.ts"
import { formatCount, formatShare } from "../model/quantity.ts"
import { Refusal } from "../model/refusal.ts"
import type { Invocation } from "./command.ts"
import type { Terminal } from "./terminal.ts"

const secondsDefault = 3
const secondsMax = 3600
/** Samples of a live reading: one a second for a longer look, never more than this. */
const samplesMax = 61
const samplesMin = 4
const skippedShown = 5

/** The case the arguments mean: files where there are any, else this machine. */
export async function readCase(invocation: Invocation): Promise<Case> {
  const { args, flags } = invocation
  if (args.length === 0) return await readLive(invocation)
  for (const name of ["netns", "seconds"]) {
    if (flags[name] === undefined) continue
    const message = `--${name} reads this machine and cannot be used with files`
    throw new Refusal("bad-usage", message, "Leave out the paths or the option")
  }
  return await readFiles(invocation)
}

/** --netns and --seconds, with progress on the terminal. */
export function liveOptionsOf(invocation: Invocation, secondsDefault: number): LiveOptions {
  const { flags, terminal, signal } = invocation
  const seconds = secondsOf(flags["seconds"], secondsDefault)
  const { netns } = flags
  return {
    samples: Math.min(Math.max(samplesMin, Math.ceil(seconds) + 1), samplesMax),
    windowMs: seconds * 1000,
    ...(typeof netns === "string" ? { netns } : {}),
    signal,
    onProgress: ({ step, sample, sockets }) => {
      const which = sample === undefined ? "" : ` ${sample}`
      const count = sockets === undefined ? "" : `, ${formatCount(sockets)} sockets`
      terminal.progress(`Reading this machine: ${step}${which}${count}`)
    },
  }
}

/** Names what lies in a folder and was not read: nothing is lost silently. */
export function saySkipped(
  skipped: readonly { readonly path: string; readonly why: string }[],
  terminal: Terminal,
): void {
  for (const { path, why } of skipped.slice(0, skippedShown)) {
    terminal.say(`Skipped ${path}: ${why}`)
  }
  const more = skipped.length - skippedShown
  if (more > 0) terminal.say(`Skipped ${more} more`)
}

/** Progress of reading a file as a line. */
export function progressText(progress: {
  readonly path: string
  readonly bytes: number
  readonly total?: number
}): string {
  const { path, bytes, total } = progress
  const share = total === undefined ? "" : `, ${formatShare(bytes / total)}`
  const name = path === "-" ? "standard input" : path
  return `Reading ${name}: ${formatCount(Math.round(bytes / 1024))} KiB${share}`
}

async function readFiles({ args, terminal, signal }: Invocation): Promise<Case> {
  const { findEvidence } = await import("../host/evidence-files.ts")
  const { feedFile, refuseUnread } = await import("../host/files.ts")
  const { CaseBuilder } = await import("../evidence/case-builder.ts")
  const { Feed } = await import("../evidence/feed.ts")
  const list = await findEvidence(args)
  saySkipped(list.skipped, terminal)
  const builder = new CaseBuilder(list.files)
  const fed = []
  for (const file of list.files) {
    const sink = builder.file(file.path)
    const onProgress = (progress: Parameters<typeof progressText>[0]) =>
      terminal.progress(progressText(progress))
    const done = await feedFile(file, new Feed(file.path, sink), { signal, onProgress })
    sink.close(done.summary)
    if (done.cut !== undefined) terminal.say(`Cut short ${file.path}: ${done.cut}`)
    fed.push(done)
  }
  terminal.clearProgress()
  refuseUnread(fed)
  return builder.finish()
}

async function readLive(invocation: Invocation): Promise<Case> {
  const { sampleHost } = await import("../host/live.ts")
  const { CaseBuilder } = await import("../evidence/case-builder.ts")
  const samples = await sampleHost(liveOptionsOf(invocation, secondsDefault))
  invocation.terminal.clearProgress()
  const builder = new CaseBuilder()
  builder.live(samples)
  return builder.finish()
}

function secondsOf(text: string | boolean | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const seconds = Number(text)
  if (seconds > 0 && seconds <= secondsMax) return seconds
  const message = `Cannot use --seconds ${String(text)}: not a number of seconds up to ${secondsMax}`
  throw new Refusal("bad-usage", message, "For example: fourtuple diagnose --seconds 30")
}
