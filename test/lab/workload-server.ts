/**
 * Servers of several shapes on one event loop; thousands of connections are fine. "deaf" and "slow" block
 * the loop on purpose: libuv would accept everything at once otherwise, and the accept queue that the
 * kernel keeps for a program too busy to accept is what the lab wants to see. They come last, or alone.
 */
import { writeSync } from "node:fs"
import net from "node:net"
import type { Behaviour, Listener, ServerPlan } from "./workload-plan.ts"

/** Listens as planned, says "ready" and serves until killed. */
export async function runServer(plan: ServerPlan): Promise<void> {
  for (const listener of plan.listeners) {
    for (const port of listener.ports) await listen(listener, port)
  }
  writeSync(1, "ready\n")
  if (plan.listeners.some(({ behaviour }) => behaviour.kind === "deaf")) block(2 ** 31 - 1)
}

function listen(listener: Listener, port: number): Promise<void> {
  const { address: host, behaviour } = listener
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, serverOf(behaviour))
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen({ host, port, backlog: listener.backlog ?? 4096 }, resolve)
  })
}

function serverOf(behaviour: Behaviour): (socket: net.Socket) => void {
  if (behaviour.kind === "slow") {
    return (socket) => {
      serve(socket, { kind: "echo" })
      block(behaviour.everyMs)
    }
  }
  if (behaviour.kind !== "quota") return (socket) => serve(socket, behaviour)
  let served = 0
  return (socket) => {
    if (served >= behaviour.most) return serve(socket, { kind: endOf(behaviour.by), afterMs: 0 })
    served++
    socket.once("close", () => served--)
    serve(socket, { kind: "echo" })
  }
}

function endOf(by: "fin" | "reset"): "close" | "reset" {
  return by === "fin" ? "close" : "reset"
}

function serve(socket: net.Socket, behaviour: Behaviour): void {
  socket.on("error", () => socket.destroy())
  if (behaviour.kind === "close") setTimeout(() => socket.end(), behaviour.afterMs)
  if (behaviour.kind === "reset") setTimeout(() => socket.resetAndDestroy(), behaviour.afterMs)
  if (behaviour.kind !== "half") socket.on("end", () => socket.end())
  if (behaviour.kind === "echo") socket.on("data", (chunk) => socket.write(chunk))
  else socket.resume()
}

/** Holds the event loop; the kernel goes on completing handshakes. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
