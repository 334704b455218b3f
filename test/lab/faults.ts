/** The table of faults: what the lab can break. */
import type { Fault } from "./fault.ts"
import { CLIENT_PORT_FAULTS } from "./faults/client-ports.ts"
import { CLIENT_PROGRAM_FAULTS } from "./faults/client-program.ts"
import { HEALTHY } from "./faults/healthy.ts"
import { PATH_QUOTA_FAULTS } from "./faults/path-quota.ts"
import { PATH_RULE_FAULTS } from "./faults/path-rule.ts"
import { TARGET_FAULTS } from "./faults/target.ts"

/** Every fault, client first, then path, target and healthy machines. */
export const FAULTS: readonly Fault[] = [
  ...CLIENT_PORT_FAULTS,
  ...CLIENT_PROGRAM_FAULTS,
  ...PATH_QUOTA_FAULTS,
  ...PATH_RULE_FAULTS,
  ...TARGET_FAULTS,
  ...HEALTHY,
]
