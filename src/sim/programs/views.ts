/**
 * What the users of alarm clients see, query after query: everything, or one of the three symptoms of Tech Note 838.
 * Alarms of an area that have come, gone and come again, or the other way round, alternate; else the worst query counts.
 */
import type { Attempts } from "../engine/attempts.ts"
import { Integers } from "./columns.ts"

const symptoms = ["none", "a subset", "alternating"] as const
const all = "all"
type View = (typeof symptoms)[number] | typeof all

const unknown = 0
const hidden = 1
const visible = 2

export class Views {
  readonly #areas: number
  readonly #attempts: Attempts
  readonly #views: (View | undefined)[]
  // Columns of areas, client by client.
  readonly #last = new Integers(unknown)
  readonly #changes = new Integers()

  constructor(clients: number, areas: number, attempts: Attempts) {
    this.#areas = areas
    this.#attempts = attempts
    this.#views = new Array<View | undefined>(clients).fill(undefined)
  }

  /** A client shows what has come of its query; of how many areas. */
  look(client: number, isShown: (area: number) => boolean): number {
    let shown = 0
    let alternates = false
    for (let area = 0; area < this.#areas; area++) {
      const at = client * this.#areas + area
      const now = isShown(area) ? visible : hidden
      const last = this.#last.of(at)
      if (now === visible) shown++
      if (last !== unknown && last !== now) this.#changes.set(at, this.#changes.of(at) + 1)
      if (this.#changes.of(at) >= 2) alternates = true
      this.#last.set(at, now)
    }
    const view = shown === 0 ? "none" : shown < this.#areas ? "a subset" : all
    this.#see(client, alternates ? "alternating" : worse(view, this.#views[client] ?? all))
    return shown
  }

  #see(client: number, view: View): void {
    const last = this.#views[client]
    if (view === last) return
    this.#views[client] = view
    const { figures, symptoms: seen } = this.#attempts
    this.#attempts.count(figureOf(view))
    if (last !== undefined) {
      this.#attempts.count(figureOf(last), -1)
      if (figures.get(figureOf(last)) === 0) figures.delete(figureOf(last))
    }
    seen.clear()
    for (const symptom of symptoms) if (figures.has(figureOf(symptom))) seen.add(symptom)
  }
}

function figureOf(view: View): string {
  return `clients that saw ${view}`
}

function worse(a: View, b: View): View {
  if (a === "alternating" || b === "alternating") return "alternating"
  if (a === "none" || b === "none") return "none"
  return a === "a subset" ? a : b
}
