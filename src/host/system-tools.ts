/** Placeholder until the table of tools is in. */
import type { HostSamples } from "../model/host-samples.ts"
import { Refusal } from "../model/refusal.ts"

export async function sampleBySystemTools(_options: object): Promise<HostSamples> {
  throw new Refusal("unsupported-system", "Cannot read this system live", "Use collect")
}
