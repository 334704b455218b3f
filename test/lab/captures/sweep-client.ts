/**
 * The management program: `node sweep-client.ts <plan file>`. Its threads take targets from one list,
 * connect, hand open connections over to be held, and go on; failed targets come back after a pause. Each
 * attempt is one JSON line with the times of its start and end.
 */
import { openSync, readFileSync, writeSync } from "node:fs"
import net from "node:net"
import type { Sweep } from "./scenario.ts"

export type SweepPlan = {
  readonly log: string
  readonly targets: readonly string[]
  readonly port: number
  readonly sweep: Sweep
}

/** One attempt; times are seconds since 1970. */
export type SweepAttempt = {
  readonly begun: number
  readonly t: number
  readonly dst: string
  readonly port: number
  readonly ok: boolean
  readonly errno?: string
  readonly ms: number
  readonly localPort?: number
  /** "hold" where an open connection was lost. */
  readonly op?: "hold"
}

type Job = { readonly target: string; readonly tries: number; readonly notBefore: number }

/** About the size of an SMB negotiation. */
const requestBytes = 137

class SweepClient {
  readonly #plan: SweepPlan
  readonly #descriptor: number
  readonly #jobs: Job[]
  #busy = 0
  #credit = 1

  constructor(plan: SweepPlan) {
    this.#plan = plan
    this.#descriptor = openSync(plan.log, "w")
    const rounds = Array.from({ length: plan.sweep.rounds }, () => plan.targets)
    this.#jobs = rounds.flat().map((target) => ({ target, tries: 0, notBefore: 0 }))
  }

  run(): void {
    writeSync(1, "ready\n")
    let last = performance.now()
    setInterval(() => {
      const now = performance.now()
      const { perSec, threads } = this.#plan.sweep
      this.#credit = Math.min(this.#credit + ((now - last) * perSec) / 1000, 1 + perSec / 10)
      last = now
      while (this.#credit >= 1 && this.#busy < threads) {
        const job = this.#next(now)
        if (job === undefined) break
        this.#credit--
        this.#connect(job)
      }
    }, 5)
  }

  /** The first job that may begin: those waiting for another try let others pass. */
  #next(now: number): Job | undefined {
    const index = this.#jobs.findIndex(({ notBefore }) => notBefore <= now)
    return index < 0 ? undefined : this.#jobs.splice(index, 1)[0]
  }

  #connect(job: Job): void {
    const { port, sweep } = this.#plan
    const begun = Date.now() / 1000
    const socket = new net.Socket()
    const to = { dst: job.target, port }
    let isOpen = false
    this.#busy++
    const fail = (errno: string): void => {
      clearTimeout(patience)
      const localPort = socket.localPort === undefined ? {} : { localPort: socket.localPort }
      socket.destroy()
      const lost = isOpen ? ({ op: "hold" } as const) : {}
      this.#say({ ...to, begun, ok: false, errno, ...localPort, ...lost })
      if (isOpen) return
      this.#busy--
      this.#again(job)
    }
    const patience = setTimeout(fail, sweep.timeoutMs, "ETIMEDOUT")
    socket.once("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
    socket.once("connect", () => {
      clearTimeout(patience)
      isOpen = true
      this.#busy--
      const localPort = socket.localPort === undefined ? {} : { localPort: socket.localPort }
      this.#say({ ...to, begun, ok: true, ...localPort })
      this.#hold(socket)
    })
    socket.setNoDelay(true)
    socket.connect({ host: job.target, port })
  }

  #again(job: Job): void {
    const { retries, retryAfterMs } = this.#plan.sweep
    if (job.tries >= retries) return
    const notBefore = performance.now() + retryAfterMs
    this.#jobs.push({ target: job.target, tries: job.tries + 1, notBefore })
  }

  #hold(socket: net.Socket): void {
    const { holdMs, talkEveryMs } = this.#plan.sweep
    const [low, high] = holdMs
    const ask = (): void => {
      socket.write(Buffer.alloc(requestBytes, "x"))
    }
    if (talkEveryMs >= 0) ask()
    const talk = talkEveryMs > 0 ? setInterval(ask, talkEveryMs) : undefined
    const end = setTimeout(() => socket.end(), low + Math.random() * (high - low))
    socket.resume()
    socket.once("close", () => {
      clearInterval(talk)
      clearTimeout(end)
    })
  }

  #say(attempt: Omit<SweepAttempt, "t" | "ms">): void {
    const t = Date.now() / 1000
    const ms = Math.round((t - attempt.begun) * 1000)
    writeSync(this.#descriptor, `${JSON.stringify({ t, ...attempt, ms })}\n`)
  }
}

// The plan of a large sweep does not fit on a command line.
new SweepClient(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"))).run()
