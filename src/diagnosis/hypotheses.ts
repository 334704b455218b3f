/** Every hypothesis, one line a cause; the order only breaks ties. */
import { acceptQueue } from "./hypotheses/accept-queue.ts"
import { applicationLeak } from "./hypotheses/application-leak.ts"
import { embryonicOutbound } from "./hypotheses/embryonic-outbound.ts"
import { ephemeralPorts } from "./hypotheses/ephemeral-ports.ts"
import { fileDescriptors } from "./hypotheses/file-descriptors.ts"
import { firewallConcurrent } from "./hypotheses/firewall-concurrent.ts"
import { firewallEmbryonic } from "./hypotheses/firewall-embryonic.ts"
import { firewallIdleTimeout } from "./hypotheses/firewall-idle-timeout.ts"
import { firewallPolicy } from "./hypotheses/firewall-policy.ts"
import { firewallRate } from "./hypotheses/firewall-rate.ts"
import { localBindPorts } from "./hypotheses/local-bind-ports.ts"
import { localConntrack } from "./hypotheses/local-conntrack.ts"
import { localFirewall } from "./hypotheses/local-firewall.ts"
import { nameResolution } from "./hypotheses/name-resolution.ts"
import { natPorts } from "./hypotheses/nat-ports.ts"
import { orphans } from "./hypotheses/orphans.ts"
import { pathConntrack } from "./hypotheses/path-conntrack.ts"
import { pathLoss } from "./hypotheses/path-loss.ts"
import { pathMtu } from "./hypotheses/path-mtu.ts"
import { pathUnreachable } from "./hypotheses/path-unreachable.ts"
import { socketMemory } from "./hypotheses/socket-memory.ts"
import { sourceAddress } from "./hypotheses/source-address.ts"
import { synQueue } from "./hypotheses/syn-queue.ts"
import { targetQuota } from "./hypotheses/target-quota.ts"
import { targetRefused } from "./hypotheses/target-refused.ts"
import { targetSessions } from "./hypotheses/target-sessions.ts"
import { targetSilent } from "./hypotheses/target-silent.ts"
import { targetTimeWait } from "./hypotheses/target-time-wait.ts"
import { tcbTable } from "./hypotheses/tcb-table.ts"
import { timeWaitCollision } from "./hypotheses/time-wait-collision.ts"
import { timeWaitTable } from "./hypotheses/time-wait-table.ts"
import type { Hypothesis } from "./hypothesis.ts"
import { withMiddleboxWords } from "./middlebox-words.ts"

const own: readonly Hypothesis[] = [
  ephemeralPorts,
  localBindPorts,
  timeWaitCollision,
  timeWaitTable,
  embryonicOutbound,
  tcbTable,
  fileDescriptors,
  socketMemory,
  orphans,
  applicationLeak,
  localConntrack,
  localFirewall,
  firewallConcurrent,
  firewallRate,
  firewallEmbryonic,
  firewallPolicy,
  firewallIdleTimeout,
  pathConntrack,
  natPorts,
  pathLoss,
  pathMtu,
  pathUnreachable,
  acceptQueue,
  synQueue,
  targetSessions,
  targetTimeWait,
  targetQuota,
  targetRefused,
  targetSilent,
  sourceAddress,
  nameResolution,
]

/** Each also hears what middleboxes say of its limit. */
export const HYPOTHESES: readonly Hypothesis[] = own.map(withMiddleboxWords)
