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

/** The values in so many columns: those that fall into one are added up, or the highest is taken. */
export function inColumns(
  values: readonly number[],
  columns: number,
  join: "sum" | "highest",
): readonly number[] {
  const result = new Array<number>(columns).fill(0)
  for (const [index, value] of values.entries()) {
    const column = Math.min(columns - 1, Math.floor((index * columns) / values.length))
    const before = result[column] ?? 0
    result[column] = join === "sum" ? before + value : Math.max(before, value)
  }
  return result
}
