/**
 * The Windows events the text reader knows: id, source as the log names it, and what a pasted
 * message is known by. Sources: facts windows sections 3 and 5.4 (EVCONST, EV4226-TEXT, LPR,
 * PORTEX, KB838706, SCW).
 */

export type KnownEvent = {
  readonly id: number
  readonly source: string
  readonly sourcePattern: RegExp
  /** Distinguishing words of the message, English and localized. */
  readonly message: RegExp
  readonly says: string
}

const tcpip = { source: "Tcpip", sourcePattern: /\btcpip6?\b|\btcp\/ip\b/i } as const
const server = { source: "Srv", sourcePattern: /\bsrv2?\b|\bserver\b|lanmanserver/i } as const
const firewall = {
  source: "Microsoft Firewall",
  sourcePattern: /microsoft (?:forefront tmg )?firewall|\bisa\b|\btmg\b|forefront/i,
} as const

/** Every event the reader yields; the first that fits wins. */
export const windowsEvents: readonly KnownEvent[] = [
  {
    id: 4226,
    ...tcpip,
    message: new RegExp(
      [
        "reached the security limit imposed on the number of concurrent|",
        "(?:Höchstgrenze|Sicherheitslimit|Sicherheitsgrenze).{0,60}TCP-Verbindungsversu",
        "che|limite de sécurité.{0,60}connexion TCP",
      ].join(""),
      "i",
    ),
    says: "The limit on concurrent incomplete outgoing TCP connects was reached",
  },
  {
    id: 4227,
    ...tcpip,
    message: /selected local endpoint was recently used to connect to the same remote endpoint/i,
    says: "An outgoing connect failed: its four-tuple was used too recently",
  },
  {
    id: 4231,
    ...tcpip,
    message: /allocate an ephemeral port number from the global TCP port space has failed/i,
    says: "No ephemeral TCP port was left",
  },
  {
    id: 4266,
    ...tcpip,
    message: /allocate an ephemeral port number from the global UDP port space has failed/i,
    says: "No ephemeral UDP port was left",
  },
  {
    id: 2009,
    ...server,
    message: /server could not expand a table because the table reached the maximum size/i,
    says: "A table of the server reached its maximum size",
  },
  {
    id: 2011,
    ...server,
    message: /IRPStackSize.{0,60}too small/i,
    says: "IRPStackSize is too small for the server to use a local device",
  },
  {
    id: 2019,
    ...server,
    message: /unable to allocate from the system nonpaged pool/i,
    says: "The system nonpaged pool was empty",
  },
  {
    id: 2020,
    ...server,
    message: /unable to allocate from the system paged pool/i,
    says: "The system paged pool was empty",
  },
  {
    id: 2021,
    ...server,
    message: /server was unable to allocate a work item \S+ times/i,
    says: "The server could not allocate work items",
  },
  {
    id: 2022,
    ...server,
    message: /server was unable to find a free connection/i,
    says: "The server found no free connection",
  },
  {
    id: 5719,
    source: "NETLOGON",
    sourcePattern: /netlogon/i,
    message: new RegExp(
      [
        "not able to set up a secure session with a domain controller|",
        "No (?:Windows NT or Windows 2000 )?Domain Controller is available for domain",
      ].join(""),
      "i",
    ),
    says: "No domain controller could be reached",
  },
  {
    id: 15112,
    ...firewall,
    message: /exceeded its connection limit\. The new connection was rejected/i,
    says: "A client exceeded its connection limit; the new connection was rejected",
  },
  {
    id: 15113,
    ...firewall,
    message: /disconnected because (?:its|the) connection limit (?:was|has been) exceeded/i,
    says: "A client was disconnected because its connection limit was exceeded",
  },
  {
    id: 15120,
    ...firewall,
    message: new RegExp(
      [
        "concurrent TCP connections from (?:one|the|",
        "a single) (?:source )?IP address.{0,60}(?:exceed|limit)",
      ].join(""),
      "i",
    ),
    says: "One address had more concurrent TCP connections than the limit",
  },
  {
    id: 21284,
    ...firewall,
    message: new RegExp(
      [
        "denied connections (?:per minute )?from (?:the|one|",
        "a) source IP address.{0,60}(?:exceed|limit)",
      ].join(""),
      "i",
    ),
    says: "One address had more denied connections than the limit",
  },
]
