/**
 * The one error class: we cannot do what was asked. Malformed evidence is never a refusal (that is an
 * oddity in the stream), and an absent facility is a value, not a refusal.
 */

export type RefusalCode =
  | "bad-usage"
  | "not-found"
  | "no-permission"
  | "not-a-file"
  | "nothing-readable"
  | "empty"
  | "unsupported-format"
  | "unsupported-system"
  | "write-failed"
  | "failed"

/** What could not be done, why, and (hint) what to do about it. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly hint: string

  constructor(code: RefusalCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = "Refusal"
    this.code = code
    this.hint = hint
  }
}
