/**
 * A live reading of this machine: several samples over a window, through the same readers as saved files.
 */
import type { HostSamples } from "../model/host-samples.ts"
import { Refusal } from "../model/refusal.ts"

/** What `sampleHost` may be told; every field has a default. */
export type LiveOptions = {
  /** Number of samples over the window; 4. Above 50,000 sockets only the first and last are taken. */
  readonly samples?: number
  /** Time from first to last sample; 3000. */
  readonly windowMs?: number
  /** A name under /run/netns or the id of a process: read that network namespace instead of ours. */
  readonly netns?: string
  /** Look up which process holds each socket: always, never, or when a port pool is busy (default). */
  readonly owners?: "always" | "never" | "auto"
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: LiveProgress) => void
}

/** Told after each step. */
export type LiveProgress = {
  readonly step: "settings" | "sample" | "owners" | "done"
  readonly sample?: number
  readonly samples?: number
  readonly sockets?: number
  readonly method?: string
}

/** Reads this machine. Refusal when aborted or when the system has no way to list sockets at all. */
export async function sampleHost(_options: LiveOptions = {}): Promise<HostSamples> {
  throw new Refusal("failed", "Cannot read this machine: not built yet", "")
}
