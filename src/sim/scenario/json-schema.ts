/** The published JSON Schema of scenario files, for editors: docs/reference/scenario.schema.json. */
import { z } from "zod"
import { scenarioForm } from "./schema.ts"

const largest = Number.MAX_SAFE_INTEGER

export function scenarioJsonSchema(): string {
  const schema = z.toJSONSchema(scenarioForm, {
    io: "input",
    override: ({ jsonSchema }) => {
      // Bounds of the number type itself say nothing.
      if (jsonSchema.maximum === largest) delete jsonSchema.maximum
      const { properties } = jsonSchema
      // `kind` may stand for `run`.
      const run = properties?.["run"]
      if (properties === undefined || run === undefined) return
      properties["kind"] = run
      jsonSchema.required = (jsonSchema.required ?? []).filter((key) => key !== "run")
      jsonSchema.anyOf = [{ required: ["run"] }, { required: ["kind"] }]
    },
  })
  const document = {
    $id: "fourtuple.scenario/1",
    title: "Scenario file of fourtuple simulate",
    ...schema,
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}
