/** A row of characters, each as high as its value: charts for a terminal. */

const heights = " ▁▂▃▄▅▆▇█"
const plainHeights = " .:-=+*%#"

/** One character a value, against `most` (else the highest of them). Whatever happened at all is seen. */
export function sparkline(values: readonly number[], unicode: boolean, most?: number): string {
  const signs = unicode ? heights : plainHeights
  const steps = signs.length - 1
  const whole = most ?? values.reduce((high, value) => Math.max(high, value), 0)
  return values
    .map((value) => {
      if (value <= 0 || whole <= 0) return signs.charAt(0)
      return signs.charAt(Math.min(steps, Math.max(1, Math.round((value / whole) * steps))))
    })
    .join("")
}

/**
 * The values in so many columns: of those that fall into one the sum, the highest or the mean is taken. A mean shows no
 * pattern where columns have unequally many.
 */
export function inColumns(
  values: readonly number[],
  columns: number,
  join: "sum" | "highest" | "mean",
): readonly number[] {
  const result = new Array<number>(columns).fill(0)
  const share = join === "mean" ? columnShares(values.length, columns) : undefined
  for (const [index, value] of values.entries()) {
    const column = Math.min(columns - 1, Math.floor((index * columns) / values.length))
    const before = result[column] ?? 0
    result[column] =
      join === "highest" ? Math.max(before, value) : before + value * (share?.[column] ?? 1)
  }
  return result
}

/** One divided by how many values fall into each column. */
function columnShares(values: number, columns: number): readonly number[] {
  const counts = new Array<number>(columns).fill(0)
  for (let index = 0; index < values; index++) {
    const column = Math.min(columns - 1, Math.floor((index * columns) / values))
    counts[column] = (counts[column] ?? 0) + 1
  }
  return counts.map((count) => 1 / Math.max(count, 1))
}
