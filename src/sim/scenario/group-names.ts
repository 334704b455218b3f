/** Names of groups and boxes, checked against those that the file has. */
import { nearestNames } from "../../model/nearest.ts"
import type { Faults, Place } from "./faults.ts"

/** Every name that is not one of `known` is a fault, with the nearest that is. */
export function checkNames(
  names: readonly string[],
  known: readonly string[],
  place: Place,
  faults: Faults,
  what = "group of hosts",
): void {
  for (const name of names) {
    if (faults.isFull || known.includes(name)) continue
    const near = nearestNames(name, known)
    const some = known.slice(0, 10).join(", ")
    const hint = near.length > 0 ? `did you mean ${near.join(", ")}?` : `there is ${some || "none"}`
    faults.add(place, `no ${what} is called "${name}"; ${hint}`)
  }
}
