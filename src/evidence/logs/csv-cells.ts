/** The cells of a line of comma-separated values (RFC 4180): quoted cells may hold commas and doubled quotes. */
export function csvCells(text: string, cellsMax: number): readonly string[] {
  if (!text.includes('"')) return text.split(",", cellsMax)
  const cells: string[] = []
  let at = 0
  while (at <= text.length && cells.length < cellsMax) {
    if (text.charCodeAt(at) !== 34) {
      const comma = text.indexOf(",", at)
      const end = comma < 0 ? text.length : comma
      cells.push(text.slice(at, end))
      at = end + 1
      continue
    }
    const end = closingQuote(text, at + 1)
    cells.push(text.slice(at + 1, end).replaceAll('""', '"'))
    const comma = text.indexOf(",", end)
    at = comma < 0 ? text.length + 1 : comma + 1
  }
  return cells
}

/** Where the quoted cell ends: at a quote that is not doubled, or where the text does. */
function closingQuote(text: string, from: number): number {
  let at = from
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return text.length
    if (text.charCodeAt(quote + 1) !== 34) return quote
    at = quote + 2
  }
}
