/**
 * Prints what the kernel does with the configurations beside what the simulator says:
 * `node test/reality/report.ts [--attempts] [beginning of an id …]`.
 */
import { CONFIGURATIONS } from "./configurations.ts"
import { type Configuration, measure } from "./measure.ts"
import { differences, predict } from "./predict.ts"

const sideBySide = 6
const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"))
const waiting = CONFIGURATIONS.filter(({ id }) => {
  return wanted.length === 0 || wanted.some((word) => id.startsWith(word))
}).sort((a, b) => b.runSec - a.runSec)

await Promise.all(Array.from({ length: sideBySide }, work))

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await report(next)
}

async function report(configuration: Configuration): Promise<void> {
  const measured = await measure(configuration)
  const predicted = predict(configuration)
  const lines = measured.flatMap(({ attempts, ...seen }, index) => {
    const said = predicted[index]
    const errors = said?.errors.map(({ error, count }) => `${error} ${count}`).join(", ")
    return [
      `  measured  ${JSON.stringify(seen)}`,
      `  predicted ${said?.succeeded} of ${said?.started}, first failure ${said?.firstFailureSec}, ${errors}`,
      ...(process.argv.includes("--attempts") ? [JSON.stringify(attempts)] : []),
    ]
  })
  const apart = differences(configuration, measured, predicted).map((each) => `  APART: ${each}`)
  console.log([`${configuration.id}: ${configuration.says}`, ...lines, ...apart].join("\n"))
}
