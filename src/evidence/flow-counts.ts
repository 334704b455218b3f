/**
 * Conntrack rows counted, not kept: a table of a million flows is a few thousand (source, destination, state)
 * counts. Translated flows are counted by the address and port the translator uses.
 */
import { isPrivate } from "../model/fourtuple.ts"
import type { FlowObservation } from "../model/observation.ts"

/** Groups kept; a scan to a million destinations must not cost a million entries. */
const groupsMax = 200_000

export type FlowGroup = {
  readonly protocol: string
  readonly fromAddress: string
  readonly toAddress: string
  readonly toPort: number | undefined
  readonly state: string
  count: number
}

/** One translated (outside address, destination) pool: how many outside ports it uses. */
export type TranslationGroup = {
  readonly outsideAddress: string
  readonly toAddress: string
  readonly toPort: number | undefined
  count: number
  portMin: number
  portMax: number
}

export class FlowCounts {
  readonly #groups = new Map<string, FlowGroup>()
  readonly #translations = new Map<string, TranslationGroup>()
  #total = 0
  #uncounted = 0

  add(flow: FlowObservation): void {
    this.#total++
    const state = flow.state ?? (flow.unreplied === true ? "UNREPLIED" : "")
    const to = `${flow.to.address} ${flow.to.port ?? ""}`
    const key = `${flow.protocol} ${flow.from.address} ${to} ${state}`
    const group = this.#groups.get(key)
    if (group !== undefined) group.count++
    else if (this.#groups.size >= groupsMax) this.#uncounted++
    else {
      this.#groups.set(key, {
        protocol: flow.protocol,
        fromAddress: flow.from.address,
        toAddress: flow.to.address,
        toPort: flow.to.port,
        state,
        count: 1,
      })
    }
    this.#translate(flow)
  }

  /** Every row, whatever its protocol. */
  get total(): number {
    return this.#total
  }

  /** Rows beyond the bound, counted in `total` only. */
  get uncounted(): number {
    return this.#uncounted
  }

  groups(): Iterable<FlowGroup> {
    return this.#groups.values()
  }

  translations(): Iterable<TranslationGroup> {
    return this.#translations.values()
  }

  #translate(flow: FlowObservation): void {
    const outside = flow.replyTo
    if (outside?.port === undefined || outside.address === flow.from.address) return
    if (!isPrivate(flow.from.address) && isPrivate(outside.address)) return
    const key = `${outside.address} ${flow.to.address} ${flow.to.port ?? ""}`
    const group = this.#translations.get(key)
    if (group !== undefined) {
      group.count++
      group.portMin = Math.min(group.portMin, outside.port)
      group.portMax = Math.max(group.portMax, outside.port)
    } else if (this.#translations.size < groupsMax) {
      this.#translations.set(key, {
        outsideAddress: outside.address,
        toAddress: flow.to.address,
        toPort: flow.to.port,
        count: 1,
        portMin: outside.port,
        portMax: outside.port,
      })
    }
  }
}
