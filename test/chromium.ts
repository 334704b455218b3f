/**
 * The system's chromium for tests and pictures of the HTML report, driven by playwright-core. It downloads
 * nothing and is told to ask nothing of any network by itself.
 */
import { existsSync } from "node:fs"
import { type Browser, chromium } from "playwright-core"

const program = "/usr/bin/chromium"
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

/** Why no browser can be opened here; undefined when one can. */
export function browserObstacle(): string | undefined {
  return existsSync(program) ? undefined : `${program} is not installed (Debian package chromium)`
}

/** Starts the browser; the caller closes it. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: program, args: flags })
}
