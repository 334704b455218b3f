/**
 * The words of Windows events about limits as the event viewer shows them, by source and id (netevent.h and the message
 * tables of the drivers; firewall alerts: KB838706 and the management packs). {name} stands for an insertion.
 */

type Insertions = Readonly<Record<string, string | number>>

const tcpip: Readonly<Record<number, string>> = {
  4226:
    "TCP/IP has reached the security limit imposed on the number of concurrent TCP connect " +
    "attempts.",
  4227:
    "TCP/IP failed to establish an outgoing connection because the selected local endpoint was " +
    "recently used to connect to the same remote endpoint. This error typically occurs when " +
    "outgoing connections are opened and closed at a high rate, causing all available local ports " +
    "to be used and forcing TCP/IP to reuse a local port for an outgoing connection.",
  4231:
    "A request to allocate an ephemeral port number from the global TCP port space has failed due " +
    "to all such ports being in use.",
  4266:
    "A request to allocate an ephemeral port number from the global UDP port space has failed due " +
    "to all such ports being in use.",
}

const server: Readonly<Record<number, string>> = {
  2009: "The server could not expand a table because the table reached the maximum size.",
  2011:
    'The server\'s configuration parameter "IRPStackSize" is too small for the server to use a ' +
    "local device.",
  2017:
    "The server was unable to allocate from the system nonpaged pool because the server reached " +
    "the configured limit for nonpaged pool allocations.",
  2018:
    "The server was unable to allocate from the system paged pool because the server reached the " +
    "configured limit for paged pool allocations.",
  2019: "The server was unable to allocate from the system nonpaged pool because the pool was empty.",
  2020: "The server was unable to allocate from the system paged pool because the pool was empty.",
  2021: "The server was unable to allocate a work item {count} times in the last {seconds} seconds.",
  2022:
    "The server was unable to find a free connection {count} times in the last {seconds} seconds. " +
    "This indicates a spike in network traffic.",
}

const firewall: Readonly<Record<number, string>> = {
  15112: "The client {address} exceeded its connection limit. The new connection was rejected.",
  15113: "The client {address} was disconnected because its connection limit was exceeded.",
  15120:
    "The number of concurrent TCP connections from the source IP address {address} exceeded the " +
    "configured limit.",
  21284:
    "The number of denied connections per minute from the source IP address {address} exceeded " +
    "the configured limit.",
}

/** Where a record does not say. */
const usual: Insertions = { count: 1, seconds: 60 }

/** The description; that of a viewer without the message table where the text is not known here. */
export function eventText(source: string, id: number, insertions: Insertions = {}): string {
  const texts = source === "Tcpip" ? tcpip : source === "Srv" ? server : firewall
  const text = texts[id]
  if (text === undefined) {
    return `The description for Event ID ( ${id} ) in Source ( ${source} ) cannot be found.`
  }
  return text.replace(/\{(\w+)\}/g, (_, name: string) =>
    String(insertions[name] ?? usual[name] ?? "unknown"),
  )
}
