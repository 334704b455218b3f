/** The shape of one wording of a log line that speaks of a limit. */

export type Message = {
  readonly source: string
  readonly id: string
  /** One of these texts stands in every line of it (word-gate.ts). */
  readonly words: readonly string[]
  readonly pattern: RegExp
  /** Names of the pattern's groups, in order; a leading # marks a number. */
  readonly names: readonly string[]
}
