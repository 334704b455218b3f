/**
 * How a report is coloured, as an argument: the report does not know whether it goes to a terminal. Each
 * function wraps a text in its colour; none changes what the text says.
 */

type Brush = (text: string) => string

/** The colours of a text report. */
export type Paint = {
  readonly bold: Brush
  readonly dim: Brush
  readonly red: Brush
  readonly yellow: Brush
  readonly green: Brush
  readonly cyan: Brush
}

const keep: Brush = (text) => text

/** No colour at all: pipes, files, NO_COLOR. */
export const noPaint: Paint = {
  bold: keep,
  dim: keep,
  red: keep,
  yellow: keep,
  green: keep,
  cyan: keep,
}
