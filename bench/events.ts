/**
 * What the order of a simulated run's events costs: a handshake, a close and an expiry of TIME-WAIT each, with so many
 * pending, in one thread by CPU time.
 */
import { EventQueue } from "../src/sim/events/queue.ts"
import { Random } from "../src/sim/random.ts"

const linkUs = 500
const timeWaitUs = 60_000_000
/** Events of one connection besides its expiry: six segments over a link and a service time. */
const segments = 6

/** One line with nanoseconds per event. */
export function benchEvents(pending: number, events: number): string {
  const queue = new EventQueue()
  const random = new Random(1, "bench")
  const link = queue.ring(linkUs)
  const timeWait = queue.ring(timeWaitUs)
  for (let id = 0; id < pending; id++) queue.at(random.below(timeWaitUs), id << 3)
  const before = process.cpuUsage()
  for (let count = 0; count < events && queue.next(Number.POSITIVE_INFINITY); count++) {
    const step = queue.data & 7
    const id = queue.data >> 3
    if (step < segments - 1) queue.after(link, (id << 3) | (step + 1))
    else if (step === segments - 1) queue.at(queue.time + random.below(2000), (id << 3) | segments)
    else queue.after(timeWait, id << 3)
  }
  const { user, system } = process.cpuUsage(before)
  const each = ((user + system) * 1000) / events
  return `Events: ${each.toFixed(0)} ns of CPU each, ${pending} pending, ${events} in all`
}
