/** The first connections of any number, those that failed kept apart: what a screen has room for. */
import type { ConnectionRow } from "./connection-row.ts"

export class FirstRows {
  readonly #most: number
  readonly #failed: ConnectionRow[] = []
  readonly #others: ConnectionRow[] = []

  constructor(most: number) {
    this.#most = most
  }

  add(row: ConnectionRow, isFailed: boolean): void {
    const list = isFailed ? this.#failed : this.#others
    const start = startOf(row)
    const last = list.at(-1)
    if (list.length >= this.#most && last !== undefined && startOf(last) <= start) return
    let at = list.length
    while (at > 0 && startOf(list[at - 1] ?? row) > start) at--
    list.splice(at, 0, row)
    if (list.length > this.#most) list.pop()
  }

  /** Failed ones first, each by its start. */
  rows(): readonly ConnectionRow[] {
    return [...this.#failed, ...this.#others]
  }

  /** By start alone: for lists that are shown whole. */
  inOrder(): readonly ConnectionRow[] {
    return this.rows().toSorted((a, b) => startOf(a) - startOf(b))
  }
}

/** Rows without a time stand last, in the order they came. */
function startOf({ start }: ConnectionRow): number {
  return start ?? Number.MAX_VALUE
}
