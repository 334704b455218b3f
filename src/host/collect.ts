/**
 * `fourtuple collect`: writes what a live reading sees to a folder, in the forms the readers know,
 * so that `fourtuple diagnose DIR` reaches the verdict that a live diagnosis would have. Layout as
 * collect.sh: what moves in t0/, t1/ …, the rest beside them, manifest.txt about the whole. The
 * folder appears under its name only when it is complete.
 */
import { createWriteStream } from "node:fs"
import { mkdir } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { pipeline } from "node:stream/promises"
import { ssBoundText, ssText } from "../evidence/ss-text.ts"
import type { SocketTable } from "../model/socket-table.ts"
import { type LiveOptions, readMachine } from "./live.ts"
import { fillNewFolder } from "./new-folder.ts"
import { Redactor } from "./redact.ts"
import type { HostText } from "./text-source.ts"

const snapshotsDefault = 3
const windowDefaultMs = 6000
/** Files in which host names are printed; elsewhere a short name could be an ordinary word. */
const hostNameFiles = ["uname.txt", "dmesg.txt", "manifest.txt"]

export type CollectOptions = LiveOptions & {
  /** The folder to make; it must not exist, or be empty. */
  readonly dir: string
  /** Replace addresses and host names. */
  readonly redact?: boolean
  /**
   * With the same key two machines' bundles are redacted alike; absent = a random one, not kept.
   */
  readonly redactKey?: string
}

export type Bundle = {
  readonly dir: string
  /** Paths in the folder, sorted. */
  readonly files: readonly string[]
  readonly blind: readonly string[]
}

/**
 * Collects a bundle. Refusal when the folder is in use or cannot be written; nothing partial stays.
 */
export async function collectBundle(options: CollectOptions): Promise<Bundle> {
  const dir = resolve(options.dir)
  const { signal } = options
  const folder = {
    dir,
    what: "bundle",
    usage: "fourtuple collect -o DIR",
    ...(signal ? { signal } : {}),
  }
  const bundle = await fillNewFolder(folder, (partial) => fillBundle(partial, options))
  return { ...bundle, dir }
}

async function fillBundle(
  folder: string,
  options: CollectOptions,
): Promise<{ readonly files: readonly string[]; readonly blind: readonly string[] }> {
  const { samples = snapshotsDefault, windowMs = windowDefaultMs } = options
  const reading = await readMachine({ ...options, samples, windowMs })
  const redactor = options.redact === true ? new Redactor(options.redactKey) : undefined
  const hostName = reading.vantage.split("/")[0] ?? reading.vantage
  const writer = new BundleWriter(folder, redactor, hostName)
  for (const text of reading.texts) await writer.text("", text)
  for (const [index, sample] of reading.samples.entries()) {
    const snapshot = `t${index}`
    const date = { name: "date.txt", source: "date", text: `${isoTime(sample.time)}\n` }
    await writer.text(snapshot, date)
    for (const text of sample.texts) await writer.text(snapshot, text)
    if (sample.method !== "system-tools") await writer.sockets(snapshot, sample.sockets)
  }
  const text = manifest({ reading, redacted: redactor !== undefined })
  await writer.text("", { name: "manifest.txt", source: "manifest", text })
  return { files: writer.files.toSorted(), blind: reading.blind }
}

/** Writes files under one folder, redacted where that was asked. */
class BundleWriter {
  readonly files: string[] = []
  readonly #folder: string
  readonly #redactor: Redactor | undefined
  readonly #hostName: string

  constructor(folder: string, redactor: Redactor | undefined, hostName: string) {
    this.#folder = folder
    this.#redactor = redactor
    this.#hostName = hostName
  }

  async text(snapshot: string, text: HostText): Promise<void> {
    const names = hostNameFiles.includes(text.name) ? [this.#hostName] : []
    const content = this.#redactor?.text(text.text, names) ?? text.text
    await this.#write(join(snapshot, text.name), [content])
  }

  async sockets(snapshot: string, table: SocketTable): Promise<void> {
    const redactor = this.#redactor
    const map = redactor && ((address: string): string => redactor.address(address))
    await this.#write(join(snapshot, "ss-tanoie.txt"), ssText(table, map))
    await this.#write(join(snapshot, "ss-bound.txt"), ssBoundText(table, map))
  }

  async #write(name: string, pieces: Iterable<string>): Promise<void> {
    const path = join(this.#folder, name)
    await mkdir(dirname(path), { recursive: true })
    await pipeline(pieces, createWriteStream(path, { flags: "wx" }))
    this.files.push(name.replaceAll("\\", "/"))
  }
}

function manifest(options: {
  readonly reading: Awaited<ReturnType<typeof readMachine>>
  readonly redacted: boolean
}): string {
  const { reading, redacted } = options
  const { samples } = reading
  const lines = [
    "fourtuple bundle 1",
    `host: ${reading.vantage}`,
    `system: ${reading.system}`,
    `start: ${isoTime(samples[0]?.time ?? 0)}`,
    `end: ${isoTime(samples.at(-1)?.time ?? 0)}`,
    `snapshots: ${samples.length}`,
    `sockets by: ${samples[0]?.method ?? "none"}`,
    `bound sockets listed: ${samples[0]?.boundSeen === true ? "yes" : "no"}`,
    `redacted: ${redacted ? "yes" : "no"}`,
    ...reading.blind.map((sentence) => `not seen: ${sentence}`),
  ]
  return `${lines.join("\n")}\n`
}

function isoTime(instant: number): string {
  return new Date(instant * 1000).toISOString()
}
