/** `fourtuple diagnose`: evidence or this machine → verdicts, in the form that was asked for. */
import type { Diagnosis } from "../model/diagnosis.ts"
import { Refusal } from "../model/refusal.ts"
import { withShortSources } from "../report/short-sources.ts"
import { isFinding } from "../report/wording.ts"
import type { ExitCode, Invocation } from "./command.ts"
import { readCase } from "./evidence.ts"
import { versionOf } from "./version.ts"

/** Exit code 0 nothing found, 1 a limit is established or likely. */
export async function runDiagnose(invocation: Invocation): Promise<ExitCode> {
  const { flags } = invocation
  const asked = ["json", "markdown"].filter((name) => flags[name] === true)
  if (flags["html"] === "-") asked.push("html -")
  if (asked.length > 1) {
    const message = `Cannot print ${asked.map((name) => `--${name}`).join(" and ")} at once`
    throw new Refusal("bad-usage", message, "Choose one of them")
  }
  const theCase = await readCase(invocation)
  const { diagnoseCase } = await import("../diagnosis/diagnose.ts")
  const diagnosis = diagnoseCase(theCase)
  if (flags["redact"] === true) {
    const { redactDiagnosis } = await import("./redact-diagnosis.ts")
    await report(redactDiagnosis(diagnosis), invocation)
  } else await report(diagnosis, invocation)
  return isFinding(diagnosis) ? 1 : 0
}

async function report(diagnosis: Diagnosis, { flags, terminal }: Invocation): Promise<void> {
  const { html } = flags
  const shown = withShortSources(diagnosis)
  if (typeof html === "string") {
    const { writeHtml } = await import("../report/html.ts")
    const page = writeHtml(shown, `fourtuple ${versionOf()}`)
    if (html === "-") return await terminal.write(page)
    const { writeOutput } = await import("./output-file.ts")
    await writeOutput(html, page)
    terminal.say(`Wrote ${html}`)
  }
  if (flags["json"] === true) {
    const { writeJson } = await import("../report/json.ts")
    return await terminal.write(writeJson(diagnosis))
  }
  if (flags["markdown"] === true) {
    const { writeMarkdown } = await import("../report/markdown.ts")
    return await terminal.write(writeMarkdown(shown))
  }
  const { writeText } = await import("../report/text.ts")
  await terminal.write(writeText(shown, terminal))
}
