/** The shape of an entry of the tables of what network gear, proxies and clouds say of their own limits. */
import type { KnownEvent } from "./known-event.ts"

export type NetworkEvent = KnownEvent & {
  /** Whose the pool is that it speaks of: each source address's own, one target's, or the whole box's. */
  readonly pool: "source" | "target" | "box"
  /**
   * Decibans for the first of its limits, a third of it for the others: about 34 where the device says that it refused
   * for that reason, 20 where it warns, 12 where the same words have other causes.
   */
  readonly weight: number
}
