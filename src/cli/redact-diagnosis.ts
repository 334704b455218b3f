/** A diagnosis with addresses and host names replaced, for tickets and mails that leave the house. */
import { Redactor } from "../host/redact.ts"
import type { Diagnosis } from "../model/diagnosis.ts"
import { isAddress } from "../model/fourtuple.ts"

/** Fields whose words are ours and never name a machine. */
const ownWords = ["schema", "limit", "place", "standing", "unit", "from", "to"]

/** The same diagnosis about other addresses; one machine keeps one name throughout. */
export function redactDiagnosis(diagnosis: Diagnosis): Diagnosis {
  const redactor = new Redactor()
  const names = hostNamesOf(diagnosis)
  return mapTexts(diagnosis, (text) => redactor.text(text, names))
}

/** Longest first, so that a name which is part of another does not break it. */
function hostNamesOf({ vantage, ledger }: Diagnosis): readonly string[] {
  const ledgerNames = ledger.flatMap((row) => [row.localAddress, row.remoteAddress])
  const names = [...vantage.split(/, |\//), ...ledgerNames]
  return [...new Set(names)]
    .filter((name) => name !== "" && !isAddress(name) && /[a-z0-9]/i.test(name))
    .toSorted((a, b) => b.length - a.length)
}

function mapTexts<T>(value: T, map: (text: string) => string, key?: string): T
function mapTexts(value: unknown, map: (text: string) => string, key = ""): unknown {
  if (typeof value === "string") return ownWords.includes(key) ? value : map(value)
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, map))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, mapTexts(each, map, name)]),
  )
}
