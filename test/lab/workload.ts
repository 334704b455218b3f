/**
 * The program that runs inside a lab namespace: `node workload.ts '<plan as JSON>'`. It prints "ready" when
 * its listeners listen or its tasks have begun, and runs until it is killed.
 */
import { runClient } from "./workload-client.ts"
import type { Plan } from "./workload-plan.ts"
import { runServer } from "./workload-server.ts"

const plan: Plan = JSON.parse(process.argv[2] ?? "")
if (plan.role === "client") await runClient(plan)
else await runServer(plan)
