/** A second, in the microseconds that a run counts. */
export const second = 1_000_000
