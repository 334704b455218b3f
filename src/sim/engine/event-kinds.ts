/** Kinds of events: the low three bits of an event's data; above them the row it is about. */
export const ARRIVE = 0
export const TIMER = 1
/** A segment is at a box of its path. */
export const STEP = 2
export const ALARM = 3
/** A look at everything. */
export const TICK = 4
/** A segment of a connection that goes by express arrives. */
export const EXPRESS = 5
/** What is next of plain connections (plain-events.ts). */
export const PLAIN = 6
