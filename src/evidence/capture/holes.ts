/**
 * What is missing in the middle of a direction: opened by a segment that begins behind the next byte due, filled by late
 * or repeated ones, and lost to the capture when the other side acknowledges it (a gap). Few connections have any.
 */

type Hole = { start: number; end: number; readonly time: number }

/** Holes of one direction, and directions that have some: beyond that they are not followed. */
const holesMax = 32
const directionsMax = 1 << 16
/** A segment that comes this late was overtaken on the way, not sent again (Wireshark's bound for "out of order"). */
const overtakenNs = 3_000_000

export class Holes {
  readonly #holes = new Map<number, Hole[]>()

  has(direction: number): boolean {
    return this.#holes.has(direction)
  }

  open(direction: number, start: number, end: number, time: number): void {
    const holes = this.#holes.get(direction)
    if (holes !== undefined) {
      if (holes.length < holesMax) holes.push({ start, end, time })
    } else if (this.#holes.size < directionsMax) {
      this.#holes.set(direction, [{ start, end, time }])
    }
  }

  /** A segment with nothing new came: whether it was merely overtaken. */
  fill(direction: number, start: number, end: number, time: number): boolean {
    const holes = this.#holes.get(direction)
    if (holes === undefined) return false
    let isOvertaken = false
    const left: Hole[] = []
    for (const hole of holes) {
      if (((end - hole.start) | 0) <= 0 || ((start - hole.end) | 0) >= 0) {
        left.push(hole)
        continue
      }
      isOvertaken ||= time - hole.time <= overtakenNs
      if (((start - hole.start) | 0) > 0) left.push({ ...hole, end: start })
      if (((hole.end - end) | 0) > 0) left.push({ ...hole, start: end })
    }
    this.#keep(direction, left)
    return isOvertaken
  }

  /** The other side has acknowledged up to there: how many holes are gaps now. */
  acknowledge(direction: number, acknowledged: number): number {
    const holes = this.#holes.get(direction)
    if (holes === undefined) return 0
    let gaps = 0
    const left: Hole[] = []
    for (const hole of holes) {
      if (((acknowledged - hole.start) | 0) <= 0) {
        left.push(hole)
        continue
      }
      gaps++
      if (((hole.end - acknowledged) | 0) > 0) left.push({ ...hole, start: acknowledged })
    }
    if (gaps > 0) this.#keep(direction, left)
    return gaps
  }

  #keep(direction: number, left: Hole[]): void {
    if (left.length === 0) this.#holes.delete(direction)
    else this.#holes.set(direction, left.slice(0, holesMax))
  }
}
