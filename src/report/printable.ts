/**
 * Text made safe to print. Evidence is other people's text: a process name may hold escape sequences, so every
 * control character is replaced before it reaches a terminal.
 */

/** Control characters (C0, DEL, C1) and bidirectional overrides become a visible mark. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, (run) =>
    /^[\t\n\r ]+$/.test(run) ? " " : "\u00b7",
  )
}
