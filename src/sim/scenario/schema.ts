/**
 * A scenario file as people write it (docs/guide/scenarios.md). It is zod, and zod takes some 60 ms to load: import this
 * folder's reading only where a scenario is read. What names mean, and defaults that depend on other parts of the file,
 * are found after this (resolve-*.ts).
 */
import { z } from "zod"
import { applicationForm } from "./schema-applications.ts"
import { boxForm, hostForm, name, pathForm } from "./schema-hosts.ts"
import { duration, whole } from "./units.ts"

export const groupsMost = 1000

export const scenarioForm = z.strictObject({
  title: z.string().optional(),
  seed: whole(0, Number.MAX_SAFE_INTEGER).default(1).describe("The same seed gives the same run"),
  for: duration.describe("How long the run lasts"),
  hosts: z
    .record(name, hostForm.nullable())
    .describe("Machines and groups of equal machines, by name"),
  middleboxes: z
    .record(name, boxForm.nullable())
    .optional()
    .describe("Firewalls, routers and translators, by name"),
  paths: z.array(pathForm).max(groupsMost).optional(),
  applications: z.array(applicationForm).max(groupsMost),
})

export type ScenarioForm = z.output<typeof scenarioForm>
