/** Paths of a scenario file: one for each pair of groups, the most exact ones first. */
import type { Faults, Place } from "./faults.ts"
import { checkNames } from "./group-names.ts"
import type { ScenarioBox, ScenarioPath } from "./scenario.ts"
import type { PathForm } from "./schema-hosts.ts"

const delayDefaultSec = 0.0005
/** Without any, programs that ask and answer would never let time go on. */
const delayLeastSec = 1e-6
const any = "*"

/** The first that has both groups, in either direction, is the path; the last is for every pair. */
export function resolvePaths(
  forms: readonly PathForm[],
  groups: readonly string[],
  boxes: readonly ScenarioBox[],
  faults: Faults,
): readonly ScenarioPath[] {
  const paths = forms.flatMap((form, index) =>
    pathsOf(form, groups, boxes, ["paths", index], faults),
  )
  const seen = new Map<string, Place>()
  for (const { path, place } of paths) {
    const key = [path.from, path.to].sort().join(" ")
    if (seen.has(key))
      faults.add(place, `a path between ${path.from} and ${path.to} is given twice`)
    seen.set(key, place)
  }
  const used = new Set(paths.flatMap(({ path }) => path.through))
  for (const { name, at } of boxes) {
    if (at === undefined && !used.has(name)) {
      const hint = `a path needs through: ${name}, or the box at: GROUP`
      faults.add(["middleboxes", name], `nothing goes through it; ${hint}`)
    }
  }
  const sorted = paths.map(({ path }) => path).toSorted((a, b) => stars(a) - stars(b))
  return sorted.some((path) => stars(path) === 2) ? sorted : [...sorted, everywhere]
}

const everywhere: ScenarioPath = {
  from: any,
  to: any,
  delaySec: delayDefaultSec,
  jitterSec: 0,
  loss: 0,
  through: [],
  down: [],
}

function stars({ from, to }: ScenarioPath): number {
  return Number(from === any) + Number(to === any)
}

function pathsOf(
  form: PathForm,
  groups: readonly string[],
  boxes: readonly ScenarioBox[],
  place: Place,
  faults: Faults,
): readonly { readonly path: ScenarioPath; readonly place: Place }[] {
  const { from = [any], to = [any], through = [] } = form
  checkNames(from, [...groups, any], [...place, "from"], faults)
  checkNames(to, [...groups, any], [...place, "to"], faults)
  const between = boxes.filter(({ at }) => at === undefined).map(({ name }) => name)
  for (const name of through) {
    const box = boxes.find((each) => each.name === name)
    const inside = box?.at === undefined ? undefined : `${name} is inside ${box.at} already`
    if (inside !== undefined) faults.add([...place, "through"], inside)
    else checkNames([name], between, [...place, "through"], faults, "middlebox")
  }
  if (form.delay !== undefined && form.rtt !== undefined) {
    faults.add([...place, "rtt"], "delay (one way) and rtt (both ways) exclude each other")
  }
  const oneWaySec = form.delay ?? (form.rtt === undefined ? delayDefaultSec : form.rtt / 2)
  const delaySec = Math.max(oneWaySec, delayLeastSec)
  return from.flatMap((one) =>
    to.map((other) => ({
      place,
      path: {
        from: one,
        to: other,
        delaySec,
        jitterSec: form.jitter,
        loss: form.loss,
        through,
        down: form.down ?? [],
        ...(form.unreachable === undefined ? {} : { unreachable: form.unreachable }),
        ...(form.mtu === undefined ? {} : { mtu: form.mtu }),
      },
    })),
  )
}
