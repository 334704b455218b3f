/**
 * What proxies say of their own limits and of their servers': HAProxy (termination states, alerts), Envoy (response
 * flags), nginx. Sources: HAProxy Configuration Manual 8.5 and the texts of its alerts; Envoy documentation, access
 * logging, %RESPONSE_FLAGS%.
 */
import type { NetworkEvent } from "./network-event.ts"

const manual = "HAProxy Configuration Manual, 8.5"
const alerts = "HAProxy's alerts, listener.c and checks.c"
const haproxy = { source: "haproxy", severity: "warning" } as const
const row = "from (client), to (backend/server), used (connections of the server), queued"

const haproxyEvents = [
  {
    ...haproxy,
    id: "RC",
    severity: "error",
    meaning:
      "A resource of the proxy ran out while connecting to a server: source ports, sockets, memory",
    limits: ["ephemeral-ports", "file-descriptors", "socket-memory"],
    data: row,
    citation: manual,
    pool: "box",
    weight: 26,
  },
  {
    ...haproxy,
    id: "PC",
    meaning:
      "The proxy had as many connections as it may have (global maxconn) and refused one more to a server",
    limits: ["target-quota"],
    data: row,
    citation: manual,
    pool: "box",
    weight: 34,
  },
  {
    ...haproxy,
    id: "sQ",
    meaning:
      "A session waited too long in the queue: every server has as many connections as its maxconn allows",
    limits: ["target-quota"],
    data: row,
    citation: manual,
    pool: "target",
    weight: 34,
  },
  {
    ...haproxy,
    id: "CQ",
    meaning: "A client gave up while its session waited in the queue for a place at a server",
    limits: ["target-quota"],
    data: row,
    citation: manual,
    pool: "target",
    weight: 30,
  },
  {
    ...haproxy,
    id: "queued",
    meaning: "Sessions waited in the queue for a place at a server",
    limits: ["target-quota"],
    data: row,
    citation: manual,
    pool: "target",
    weight: 18,
  },
  {
    ...haproxy,
    id: "PR",
    meaning:
      "The proxy refused requests itself: a deny rule, a limit per source, or an invalid request",
    limits: ["firewall-policy", "firewall-concurrent", "firewall-rate"],
    data: row,
    citation: manual,
    pool: "source",
    weight: 20,
  },
  {
    ...haproxy,
    id: "PT",
    meaning: "The proxy held requests in its tarpit",
    limits: ["firewall-policy", "firewall-rate"],
    data: row,
    citation: manual,
    pool: "source",
    weight: 26,
  },
  {
    ...haproxy,
    id: "SH",
    meaning: "A server closed or reset connections before it answered",
    limits: ["target-quota"],
    data: row,
    citation: manual,
    pool: "target",
    weight: 10,
  },
  {
    ...haproxy,
    id: "SD",
    meaning: "Connections to a server broke while they carried data",
    limits: ["firewall-idle-timeout", "target-quota"],
    data: row,
    citation: manual,
    pool: "target",
    weight: 8,
  },
  {
    ...haproxy,
    id: "maxconn",
    severity: "error",
    meaning: "The proxy reached its configured maximum of connections (global maxconn)",
    limits: ["target-quota"],
    data: "proxy, limit",
    citation: alerts,
    pool: "box",
    weight: 34,
  },
  {
    ...haproxy,
    id: "process-descriptors",
    severity: "error",
    meaning: "The proxy's process has no descriptor left",
    limits: ["file-descriptors"],
    data: "proxy, limit",
    citation: alerts,
    pool: "box",
    weight: 34,
  },
  {
    ...haproxy,
    id: "system-descriptors",
    severity: "error",
    meaning: "The proxy's system has no descriptor left",
    limits: ["file-descriptors"],
    data: "proxy, limit",
    citation: alerts,
    pool: "box",
    weight: 34,
  },
  {
    ...haproxy,
    id: "system-memory",
    severity: "error",
    meaning: "The proxy's system has no memory left for sockets",
    limits: ["socket-memory"],
    data: "proxy, limit",
    citation: alerts,
    pool: "box",
    weight: 34,
  },
  {
    ...haproxy,
    id: "no-server",
    severity: "error",
    meaning: "A backend has no server left that answers its checks",
    limits: [],
    data: "backend",
    citation: alerts,
    pool: "target",
    weight: 0,
  },
  {
    ...haproxy,
    id: "down-refused",
    meaning: "A server refuses the connections of health checks",
    limits: ["target-refused"],
    data: "to (backend/server), reason",
    citation: alerts,
    pool: "target",
    weight: 24,
  },
  {
    ...haproxy,
    id: "down-timeout",
    meaning: "A server does not answer the connections of health checks",
    limits: ["target-silent"],
    data: "to (backend/server), reason",
    citation: alerts,
    pool: "target",
    weight: 24,
  },
  {
    ...haproxy,
    id: "down",
    meaning: "A server fails its health checks",
    limits: [],
    data: "to (backend/server), reason",
    citation: alerts,
    pool: "target",
    weight: 0,
  },
] as const satisfies readonly NetworkEvent[]

const flags = "Envoy documentation, access logging, %RESPONSE_FLAGS%"
const envoy = { source: "envoy", severity: "warning", citation: flags } as const

const envoyEvents = [
  {
    ...envoy,
    id: "UO",
    meaning:
      "A circuit breaker was open: the cluster has as many connections or requests as it may have",
    limits: ["target-quota"],
    data: "cluster, to",
    pool: "target",
    weight: 34,
  },
  {
    ...envoy,
    id: "URX",
    meaning: "The limit of retries or of TCP connect attempts was reached",
    limits: ["target-silent", "target-refused"],
    data: "cluster, to",
    pool: "target",
    weight: 12,
  },
  {
    ...envoy,
    id: "RL",
    meaning: "The request was rate limited by the proxy",
    limits: ["firewall-rate"],
    data: "from",
    pool: "source",
    weight: 32,
  },
  {
    ...envoy,
    id: "OM",
    meaning: "The overload manager ended the request",
    limits: ["target-quota"],
    pool: "box",
    weight: 32,
  },
  {
    ...envoy,
    id: "UH",
    severity: "error",
    meaning: "The cluster has no healthy host",
    limits: [],
    data: "cluster",
    pool: "target",
    weight: 0,
  },
] as const satisfies readonly NetworkEvent[]

export const PROXY_EVENTS: readonly NetworkEvent[] = [...haproxyEvents, ...envoyEvents]
