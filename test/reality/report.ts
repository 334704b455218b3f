/**
 * Prints what the kernel does with the configurations: `node test/reality/report.ts [--json] [id …]`.
 */
import { CONFIGURATIONS } from "./configurations.ts"
import { measureAll } from "./measure.ts"

const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"))
const chosen = CONFIGURATIONS.filter(
  ({ id }) => wanted.length === 0 || wanted.some((word) => id.startsWith(word)),
)
for await (const { configuration, results } of measureAll(chosen)) {
  console.log(`${configuration.id}: ${configuration.says}`)
  for (const { attempts, ...seen } of results) {
    console.log(`  ${JSON.stringify(seen)}`)
    if (process.argv.includes("--json")) console.log(JSON.stringify(attempts))
  }
}
