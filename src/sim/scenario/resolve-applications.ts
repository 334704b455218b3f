/** Programs of a scenario file, with what each kind does where the file says nothing. */
import type { Faults, Place } from "./faults.ts"
import { checkNames } from "./group-names.ts"
import type {
  ClientApplication,
  Retry,
  ScenarioApplication,
  ScenarioHost,
  Spread,
} from "./scenario.ts"
import type { ApplicationForm, ClientForm, RetryForm } from "./schema-applications.ts"

const forever = Number.POSITIVE_INFINITY
const keptAlive = 100
const portsMost = 2
const smbPorts: readonly number[] = [445, 139]
const atOnce: Spread = { kind: "fixed", sec: 0 }
const always: Spread = { kind: "fixed", sec: forever }

/** What a kind does where its file says nothing. */
type Habits = {
  readonly threads: number
  readonly order: ClientApplication["order"]
  readonly requests: number
  readonly hold: Spread
  readonly isHeldAside: boolean
  readonly close: ClientApplication["close"]
  readonly ports?: readonly number[]
}

const plain: Habits = {
  threads: 1,
  order: "round",
  requests: 0,
  hold: atOnce,
  isHeldAside: false,
  close: "client",
}

/** Windows keeps idle SMB connections for 120 s of their own (C. Stoneff); net use keeps them until it is undone. */
const smb: Habits = { ...plain, order: "once", requests: 1, isHeldAside: true, ports: smbPorts }

const habits: Readonly<Record<ClientApplication["kind"], Habits>> = {
  connect: plain,
  trace: plain,
  http: { ...plain, requests: 1 },
  streams: { ...plain, hold: always },
  sweep: { ...smb, threads: 50, hold: { kind: "fixed", sec: 120 } },
  "net-use": { ...smb, hold: always },
}

export function resolveApplications(
  forms: readonly ApplicationForm[],
  hosts: readonly ScenarioHost[],
  durationSec: number,
  faults: Faults,
): readonly ScenarioApplication[] {
  const names = namesOf(forms, faults)
  return forms.map((form, index) => {
    const place = ["applications", index]
    const groups = hosts.map(({ name }) => name)
    checkNames([form.on], groups, [...place, "on"], faults)
    const side = form.run === "alarms" ? "clients" : "to"
    const others = form.run === "alarms" ? form.clients : form.to
    checkNames(others, groups, [...place, side], faults)
    const stopSec = form.stop ?? durationSec
    if (stopSec < form.start) faults.add([...place, "stop"], "it stops before it starts")
    const common = { name: names[index] ?? form.run, on: form.on, startSec: form.start, stopSec }
    const targets = hosts.filter(({ name }) => others.includes(name))
    return applicationOf(form, common, targets, place, faults)
  })
}

/** A kind's own name, with a number where it is there already. */
function namesOf(forms: readonly ApplicationForm[], faults: Faults): readonly string[] {
  const names: string[] = []
  const given = forms.flatMap(({ name }) => name ?? [])
  for (const [index, { name, run }] of forms.entries()) {
    if (name !== undefined && names.includes(name)) {
      faults.add(["applications", index, "name"], `another application is called ${name} too`)
    }
    let chosen = name ?? run
    for (let next = 2; name === undefined && [...names, ...given].includes(chosen); next++) {
      chosen = `${run}-${next}`
    }
    names.push(chosen)
  }
  return names
}

type Common = Pick<ScenarioApplication, "name" | "on" | "startSec" | "stopSec">

function applicationOf(
  form: ApplicationForm,
  common: Common,
  targets: readonly ScenarioHost[],
  place: Place,
  faults: Faults,
): ScenarioApplication {
  switch (form.run) {
    case "pool":
      return poolOf(form, common, targets, place, faults)
    case "flood":
      return {
        ...common,
        kind: "flood",
        to: form.to,
        port: form.port ?? portOf(targets, place, faults),
        perSec: form.rate,
        count: form.count,
        isSpoofed: form.spoofed,
      }
    case "logon-script":
      return {
        ...common,
        kind: "logon-script",
        to: form.to,
        port: form.port,
        resources: form.resources,
        relogonSec: form.relogon ?? forever,
        logoffWaitSec: form.logoffWait,
        others: form.others,
      }
    case "alarms":
      if (form.query === 0) faults.add([...place, "query"], "cannot take 0: a viewer asks so often")
      return {
        ...common,
        kind: "alarms",
        clients: form.clients,
        mode: form.mode,
        direction: form.direction,
        port: form.port,
        areas: form.areas,
        alarmsPerArea: form.alarmsPerArea,
        querySec: form.query,
        showsAfterSec: form.showsAfter,
      }
    default:
      return clientOf(form, common, targets, place, faults)
  }
}

function poolOf(
  form: Extract<ApplicationForm, { readonly run: "pool" }>,
  common: Common,
  targets: readonly ScenarioHost[],
  place: Place,
  faults: Faults,
): ScenarioApplication {
  return {
    ...common,
    kind: "pool",
    to: form.to,
    port: form.port ?? portOf(targets, place, faults),
    max: form.max,
    perSec: form.rate,
    isPoisson: form.poisson,
    count: form.count,
    requestBytes: form.request,
    idleSec: form.idle,
    waitSec: form.wait,
    timeoutSec: form.timeout,
    answerTimeoutSec: form.answerTimeout,
    retry: retryOf(form.retry),
  }
}

function clientOf(
  form: ClientForm,
  common: Common,
  targets: readonly ScenarioHost[],
  place: Place,
  faults: Faults,
): ClientApplication {
  const habit = habits[form.run]
  checkClient(form, place, faults)
  const order = form.order ?? habit.order
  const machines = targets.reduce((sum, { count }) => sum + count, 0)
  const all = form.run === "streams" ? 1 : order === "once" ? machines : forever
  const count = form.count ?? (form.run === "trace" ? form.times.length : all)
  const keeps = form.run === "http" && form.keepAlive === true ? keptAlive : habit.requests
  const beats = form.run === "streams" ? form.heartbeat : undefined
  return {
    ...common,
    kind: form.run,
    to: form.to,
    ports: form.ports ?? form.port ?? habit.ports ?? [portOf(targets, place, faults)],
    arrivals: arrivalsOf(form, count, habit),
    count,
    order,
    timeoutSec: form.timeout,
    retry: retryOf(form.retry),
    requests: form.requests ?? (beats === undefined ? keeps : forever),
    pauseSec: beats ?? form.pause,
    requestBytes: form.request,
    answerTimeoutSec: form.answerTimeout,
    hold: form.hold ?? habit.hold,
    isHeldAside: form.aside ?? habit.isHeldAside,
    close: form.close ?? habit.close,
    unresolved: form.unresolved,
  }
}

function checkClient(form: ClientForm, place: Place, faults: Faults): void {
  if (form.port !== undefined && form.ports !== undefined) {
    faults.add([...place, "port"], "port and ports exclude each other")
  }
  if ((form.ports ?? form.port ?? []).length > portsMost) {
    faults.add(
      [...place, form.ports === undefined ? "port" : "ports"],
      "at most two are tried together",
    )
  }
  const ways = [form.rate !== undefined, form.threads !== undefined, form.run === "trace"]
  if (ways.filter(Boolean).length > 1) {
    const says = form.run === "trace" ? "times, rate and threads" : "rate and threads"
    faults.add(
      [...place, form.rate === undefined ? "threads" : "rate"],
      `${says} exclude each other`,
    )
  }
}

function arrivalsOf(form: ClientForm, count: number, habit: Habits): ClientApplication["arrivals"] {
  if (form.run === "trace") return { kind: "trace", timesSec: form.times.toSorted((a, b) => a - b) }
  if (form.rate !== undefined) {
    return { kind: "open", perSec: form.rate, isPoisson: form.poisson }
  }
  // Each stream has a thread of its own, which holds it.
  const threads = form.run === "streams" && Number.isFinite(count) ? count : habit.threads
  return { kind: "closed", threads: form.threads ?? threads, thinkSec: form.think }
}

function retryOf(form: RetryForm): Retry {
  const none = { times: 0, delaySec: 0, factor: 1, mostSec: forever, hasJitter: false }
  if (form === undefined) return none
  if (typeof form === "number") return { ...none, times: form, delaySec: 1 }
  return {
    times: form.times,
    delaySec: form.delay,
    factor: form.backoff,
    mostSec: form.most,
    hasJitter: form.jitter,
  }
}

/** The one port that the targets listen on. */
function portOf(targets: readonly ScenarioHost[], place: Place, faults: Faults): number {
  const ports = new Set(targets.flatMap(({ listeners }) => listeners.map(({ port }) => port)))
  const [only] = ports
  if (only !== undefined && ports.size === 1) return only
  if (targets.length > 0) {
    const says = ports.size === 0 ? "the targets listen on none" : "the targets listen on several"
    faults.add(place, `port is missing, and ${says}`)
  }
  return only ?? 80
}
