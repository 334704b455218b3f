/**
 * What the lab's programs are told to do: plain JSON, given on the command line of workload.ts. A client
 * plan is a list of tasks that run side by side in one program; a server plan a list of listeners.
 */

export type Target = { readonly address: string; readonly port: number }

/** Opens connections, keeps or closes them, and goes on trying: an application that retries. */
export type ConnectTask = {
  readonly kind: "connect"
  /** Taken in turn. An address may be a name. */
  readonly targets: readonly Target[]
  /** Attempts per second, evenly spread. */
  readonly ratePerSec: number
  /** No new attempt while so many are open or being opened. Absent: open arrivals. */
  readonly keep?: number
  /** Attempts in all; absent: no end. */
  readonly attempts?: number
  /** How long a connection is held, drawn between the two; absent: for ever. */
  readonly holdMs?: readonly [number, number]
  /** The application's own patience for connect(); absent: the kernel's. */
  readonly timeoutMs?: number
  /** bind(address, 0) before connect(). */
  readonly localAddress?: string
  readonly localPort?: number
  /** What the program does at the end of a hold, or when the peer has closed; `never` leaks it. */
  readonly close?: "fin" | "reset" | "never"
  /** The peer ends connections as a matter of course: nothing to log. */
  readonly peerCloses?: boolean
  /** Requests that the server echoes. */
  readonly talk?: Talk
}

export type Talk = {
  /** Sizes of the requests, in turn. */
  readonly bytes: readonly number[]
  /** Between requests; also before the first when `idleFirst`. */
  readonly everyMs: number
  readonly idleFirst?: boolean
  /** Patience for the answer; then the connection is given up. */
  readonly timeoutMs: number
}

/** Sockets that bind and then neither connect nor listen: they hold ports unseen by /proc/net/tcp. */
export type BindTask = {
  readonly kind: "bind"
  readonly address: string
  readonly count: number
}

export type ClientPlan = {
  readonly role: "client"
  /** Attempts are appended here, one JSON object a line. */
  readonly log: string
  readonly tasks: readonly (ConnectTask | BindTask)[]
}

export type Listener = {
  readonly address: string
  readonly ports: readonly number[]
  readonly backlog?: number
  readonly behaviour: Behaviour
}

/**
 * hold: answers nothing, closes when the client does. echo: sends back what comes. close, reset: ends every
 * connection after `afterMs`. half: never closes its side. deaf: never accepts. slow: accepts one connection
 * per `everyMs`. quota: serves `most` at once, ends the others at once.
 */
export type Behaviour =
  | { readonly kind: "hold" | "echo" | "half" | "deaf" }
  | { readonly kind: "close" | "reset"; readonly afterMs: number }
  | { readonly kind: "slow"; readonly everyMs: number }
  | { readonly kind: "quota"; readonly most: number; readonly by: "fin" | "reset" }

export type ServerPlan = { readonly role: "server"; readonly listeners: readonly Listener[] }

export type Plan = ClientPlan | ServerPlan

/** One line of the attempt log. `op` is absent for connect(). */
export type Attempt = {
  /** Seconds since 1970, when the attempt ended. */
  readonly t: number
  readonly dst: string
  readonly port: number
  readonly ok: boolean
  readonly errno?: string
  readonly ms: number
  readonly op?: "request" | "hold"
}
