/**
 * The Windows events of catalog/events.ts as the text reader knows them: by id, by the source as
 * logs of all editions name it, and by the words of a pasted message, English or localized.
 */
import { EVENTS } from "../catalog/events.ts"

export type NamedEvent = {
  readonly id: number
  /** The canonical source. */
  readonly source: string
  readonly sourcePattern: RegExp
  /** Distinguishing words of the message. */
  readonly message: RegExp
  readonly says: string
}

/** How logs spell a source, where that is not its name. */
const sourceSpellings: Readonly<Record<string, string>> = {
  Tcpip: "\\btcpip6?\\b|\\btcp/ip\\b",
  Srv: "\\bsrv2?\\b|\\bserver\\b|lanmanserver",
  "Microsoft Firewall": "microsoft firewall|\\bisa\\b",
  "Microsoft Forefront TMG Firewall": "forefront tmg|\\btmg\\b",
  GroupPolicy: "group ?policy",
}

/** Messages as localized systems print them, by id. */
const translations: Readonly<Record<number, string>> = {
  4226:
    "(?:Höchstgrenze|Sicherheitslimit|Sicherheitsgrenze).{0,60}TCP-Verbindungsversuche" +
    "|limite de sécurité.{0,60}connexion TCP",
}

/** Every event the reader yields; the first that fits wins. */
export const windowsEvents: readonly NamedEvent[] = EVENTS.flatMap((event) => {
  const { id, source, meaning, text } = event
  if (typeof id !== "number") return []
  const spelling = sourceSpellings[source] ?? source
  const words = [text, translations[id]].filter((part) => part !== undefined)
  return {
    id,
    source,
    sourcePattern: new RegExp(spelling, "i"),
    message: words.length === 0 ? /^(?!)/ : new RegExp(words.join("|"), "i"),
    says: meaning,
  }
})
