/** The system that sends, by the timing of its unanswered SYNs, where nothing else in the evidence names one. */
import { fingerprintOf } from "../capacity/syn-schedule.ts"
import type { Family } from "../model/profile.ts"
import type { View } from "./view.ts"

const familyNames: Readonly<Record<Family, string>> = {
  windows: "Windows",
  "lan-manager": "LAN Manager",
  linux: "Linux",
  macos: "macOS",
  freebsd: "FreeBSD",
}

/** "Windows (SYN sent again after 3, 9 s)"; undefined where the timing is nobody's or was not seen. */
export function senderSystemOf(view: View | undefined): string | undefined {
  const subject = view?.traffic.find(({ traffic }) => traffic.kind === "capture")
  if (subject === undefined) return undefined
  const table = subject.traffic.connections
  const unanswered = [...subject.rows]
    .filter((row) => table.answerAt(row) === "none")
    .map((row) => table.synTimesAt(row))
  const found = fingerprintOf(unanswered)
  if (found === undefined || found.profiles.length === 0) return undefined
  const families = [...new Set(found.profiles.map(({ family }) => familyNames[family]))]
  const times = found.retransmitSec.map((delay) => Math.round(delay)).join(", ")
  return `${families.join(" or ")} (SYN sent again after ${times} s)`
}
