/**
 * Plants causes by the hundred and prints what was diagnosed for each, as a confusion matrix.
 *
 *     node test/loop/report.ts [--count 500] [--seed 1] [--only family] [--keep FOLDER]
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { confusionMatrix } from "./confusion.ts"
import { FAMILIES, type Judgement, judge } from "./judge.ts"

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    number: { type: "string" },
    keep: { type: "string" },
  },
})
const families = FAMILIES.filter(({ id }) => values.only === undefined || id === values.only)
const count = Number(values.count)
const judgements: Judgement[] = []
for (let turn = 0; turn < count; turn++) {
  const family = families[turn % families.length]
  if (family === undefined) break
  const number =
    values.number === undefined ? Math.floor(turn / families.length) : Number(values.number)
  const judgement = judge(family, Number(values.seed), number)
  judgements.push(judgement)
  if (!judgement.isRight) say(judgement)
  if (values.keep !== undefined) keep(judgement, join(values.keep, `${family.id}-${number}`))
}
console.log(confusionMatrix(judgements))

function say({ family, number, got, diagnosis }: Judgement): void {
  const claims = diagnosis.verdicts
    .slice(0, 3)
    .map(({ limit, standing, confidence }) => `${limit} ${standing} ${confidence.toFixed(2)}`)
  console.log(`${family.id} ${number}: ${got} instead of ${family.limit} (${claims.join(", ")})`)
}

function keep({ files, planted }: Judgement, folder: string): void {
  for (const { path, content } of files) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, "")
    for (const part of content) writeFileSync(file, part, { flag: "a" })
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}.yaml`, planted.text)
}
