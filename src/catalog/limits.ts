/**
 * The catalogue of limits: one entry for every id of model/limit.ts, in its order within each
 * place. Readers of settings, headroom, diagnosis, planner and reference docs are loops over it.
 *
 * Placeholders in `change` and `commands` of a remedy, filled from the verdict: {used} and
 * {capacity} (numbers), {double} (twice the capacity that was found), {subject} (whom it concerns,
 * usually the client's address), {target} (remote address), {port} (remote port), {process} and
 * {pid} (who holds the pool). A command whose placeholder is not known is shown with its name.
 */
import type { Limit } from "../model/limit.ts"
import { CLIENT_LIMITS } from "./limits-client.ts"
import { FIREWALL_LIMITS } from "./limits-firewall.ts"
import { FIREWALL_RULE_LIMITS } from "./limits-firewall-rules.ts"
import { LOCAL_LIMITS } from "./limits-local.ts"
import { MEMORY_LIMITS } from "./limits-memory.ts"
import { PATH_LIMITS } from "./limits-path.ts"
import { PATH_RIVALS } from "./limits-path-rivals.ts"
import { PORT_LIMITS } from "./limits-ports.ts"
import { SERVER_LIMITS } from "./limits-server.ts"
import { TARGET_LIMITS } from "./limits-target.ts"
import { TARGET_TABLE_LIMITS } from "./limits-target-tables.ts"
import { TIME_WAIT_LIMITS } from "./limits-time-wait.ts"

/** Names a remedy may put in braces. */
export const PLACEHOLDERS = [
  "used",
  "capacity",
  "double",
  "subject",
  "target",
  "port",
  "process",
  "pid",
] as const

/** Every limit: client, path, target. */
export const LIMITS: readonly Limit[] = [
  ...PORT_LIMITS,
  ...TIME_WAIT_LIMITS,
  ...CLIENT_LIMITS,
  ...MEMORY_LIMITS,
  ...LOCAL_LIMITS,
  ...FIREWALL_LIMITS,
  ...FIREWALL_RULE_LIMITS,
  ...PATH_LIMITS,
  ...PATH_RIVALS,
  ...TARGET_LIMITS,
  ...TARGET_TABLE_LIMITS,
  ...SERVER_LIMITS,
]
