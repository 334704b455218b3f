/**
 * A client program that goes on trying, as applications do. Attempts are paced evenly from a timer, their
 * results are buffered and appended to the log five times a second through a descriptor opened first, so
 * that a program out of descriptors can still say so.
 */
import { openSync, writeSync } from "node:fs"
import net from "node:net"
import { bindOnly } from "./workload-bind.ts"
import type { Attempt, ClientPlan, ConnectTask, Talk, Target } from "./workload-plan.ts"

type Say = (attempt: Omit<Attempt, "t">) => void

/** Pending attempts of one task at most: bounds memory when nothing ever answers. */
const pendingMax = 4000
const tickMs = 10

/** Starts every task and says "ready". */
export async function runClient(plan: ClientPlan): Promise<void> {
  const say = openLog(plan.log)
  for (const task of plan.tasks) {
    if (task.kind === "bind") await bindOnly(task.address, task.count)
    else startTask(task, say)
  }
  writeSync(1, "ready\n")
  setInterval(() => undefined, 1000)
}

function openLog(path: string): Say {
  const descriptor = openSync(path, "a")
  let lines: string[] = []
  setInterval(() => {
    if (lines.length > 0) writeSync(descriptor, `${lines.join("\n")}\n`)
    lines = []
  }, 200)
  return (attempt) => lines.push(JSON.stringify({ t: Date.now() / 1000, ...attempt }))
}

function startTask(task: ConnectTask, say: Say): void {
  const live = new Set<net.Socket>()
  let started = 0
  let credit = 0
  let last = performance.now()
  setInterval(() => {
    const now = performance.now()
    // A starved process must not make up for lost time in one burst.
    credit = Math.min(credit + ((now - last) * task.ratePerSec) / 1000, 1 + task.ratePerSec / 10)
    last = now
    for (; credit >= 1; credit--) {
      if (live.size >= (task.keep ?? pendingMax) || started >= (task.attempts ?? Infinity)) continue
      const target = task.targets[started % task.targets.length]
      if (target === undefined) return
      started++
      attempt(task, target, live, say)
    }
  }, tickMs)
}

function attempt(task: ConnectTask, target: Target, live: Set<net.Socket>, say: Say): void {
  const begun = performance.now()
  const to = { dst: target.address, port: target.port }
  const since = (): number => Math.round((performance.now() - begun) * 10) / 10
  let phase: "connect" | "hold" = "connect"
  const socket = new net.Socket({ allowHalfOpen: true })
  live.add(socket)
  const fail = (errno: string): void => {
    if (phase === "connect") say({ ...to, ok: false, errno, ms: since() })
    else say({ ...to, ok: false, errno, ms: since(), op: "hold" })
    socket.destroy()
  }
  socket.once("close", () => live.delete(socket))
  socket.once("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
  const patience =
    task.timeoutMs === undefined ? undefined : setTimeout(fail, task.timeoutMs, "ETIMEDOUT")
  socket.once("connect", () => {
    clearTimeout(patience)
    phase = "hold"
    say({ ...to, ok: true, ms: since() })
    hold(socket, task, fail)
    if (task.talk !== undefined) talk(socket, task.talk, to, say)
  })
  socket.once("close", () => clearTimeout(patience))
  connect(socket, task, target)
}

function connect(socket: net.Socket, task: ConnectTask, target: Target): void {
  socket.setNoDelay(true)
  socket.connect({
    host: target.address,
    port: target.port,
    ...(task.localAddress === undefined ? {} : { localAddress: task.localAddress }),
    ...(task.localPort === undefined ? {} : { localPort: task.localPort }),
  })
}

function hold(socket: net.Socket, task: ConnectTask, fail: (errno: string) => void): void {
  const close = task.close ?? "fin"
  let ending = false
  if (task.talk === undefined) socket.resume()
  socket.once("end", () => {
    if (close === "never") return
    if (ending || task.peerCloses === true) socket.destroy()
    else fail("EOF")
  })
  if (task.holdMs === undefined) return
  const [low, high] = task.holdMs
  const timer = setTimeout(
    () => {
      ending = true
      if (close === "reset") socket.resetAndDestroy()
      else if (close === "fin") socket.destroy()
    },
    low + Math.random() * (high - low),
  )
  socket.once("close", () => clearTimeout(timer))
}

/** Sends requests one after another and waits for the same number of bytes to come back. */
function talk(socket: net.Socket, plan: Talk, to: { dst: string; port: number }, say: Say): void {
  let requests = 0
  let expected = 0
  let begun = 0
  let timer: NodeJS.Timeout
  const since = (): number => Math.round(performance.now() - begun)
  const ask = (): void => {
    const bytes = plan.bytes[requests++ % plan.bytes.length] ?? 1
    expected = bytes
    begun = performance.now()
    socket.write(Buffer.alloc(bytes, "x"))
    timer = setTimeout(() => {
      say({ ...to, ok: false, errno: "ETIMEDOUT", ms: since(), op: "request" })
      socket.destroy()
    }, plan.timeoutMs)
  }
  socket.on("data", (chunk: Buffer) => {
    expected -= chunk.length
    if (expected > 0) return
    clearTimeout(timer)
    say({ ...to, ok: true, ms: since(), op: "request" })
    timer = setTimeout(ask, plan.everyMs)
  })
  socket.once("close", () => clearTimeout(timer))
  timer = setTimeout(ask, plan.idleFirst === true ? plan.everyMs : 0)
}
