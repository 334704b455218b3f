/**
 * The step before the tests: installs the Debian packages whose programs the tests and benches run, only
 * those missing, when this is root on a system with apt. Elsewhere it says what is missing and which tests
 * are skipped or weaker for it. It never fails the run: a test that needs a program says so by name.
 */
import { spawnSync } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { join } from "node:path"

type Need = {
  readonly program: string
  /** The Debian package that brings it. */
  readonly brings: string
  readonly usedBy: string
}

const needs: readonly Need[] = [
  { program: "ip", brings: "iproute2", usedBy: "the kernel lab" },
  { program: "ss", brings: "iproute2", usedBy: "the kernel lab, benches" },
  { program: "nft", brings: "nftables", usedBy: "the kernel lab" },
  { program: "conntrack", brings: "conntrack", usedBy: "the kernel lab: bundles with flow tables" },
  { program: "prlimit", brings: "util-linux", usedBy: "the kernel lab: descriptor limits" },
  { program: "sysctl", brings: "procps", usedBy: "the kernel lab" },
  { program: "netstat", brings: "net-tools", usedBy: "benches: netstat beside the live reader" },
  { program: "mawk", brings: "mawk", usedBy: "benches: a million rows against mawk" },
  { program: "busybox", brings: "busybox", usedBy: "tests of collect.sh under busybox" },
  { program: "python3", brings: "python3", usedBy: "tests that read errors of other languages" },
  { program: "tshark", brings: "tshark", usedBy: "tests and benches: connections beside tshark" },
  {
    program: "tcptrace",
    brings: "tcptrace",
    usedBy: "tests and benches: connections beside tcptrace",
  },
  {
    program: "capinfos",
    brings: "wireshark-common",
    usedBy: "benches: connections beside capinfos",
  },
  { program: "tcpdump", brings: "tcpdump", usedBy: "the kernel lab: captures" },
  { program: "evtxexport", brings: "libevtx-utils", usedBy: "tests: event logs beside evtxexport" },
  { program: "evtexport", brings: "libevt-utils", usedBy: "tests: old logs beside evtexport" },
  { program: "ns3++", brings: "libns3-dev", usedBy: "benches: lifecycles beside ns-3" },
  { program: "g++", brings: "g++", usedBy: "benches: lifecycles beside ns-3" },
  { program: "chromium", brings: "chromium", usedBy: "tests of the HTML report in a browser" },
]

const folders = [
  ...(process.env["PATH"] ?? "").split(":"),
  "/usr/sbin",
  "/sbin",
  "/usr/bin",
  "/bin",
]
const minute = 60_000

const missing = needs.filter(({ program }) => !isInstalled(program))
if (missing.length > 0) prepare(missing)

function prepare(lacking: readonly Need[]): void {
  const packages = [...new Set(lacking.map(({ brings }) => brings))]
  if (process.getuid?.() === 0 && isInstalled("apt-get")) {
    console.error(`Installing what the tests need: ${packages.join(" ")}`)
    apt(["update", "-qq"], 2 * minute)
    // Together when all are there; else each by itself, so that one absent package costs only itself.
    if (!install(packages)) for (const name of packages) install([name])
  }
  for (const { program, brings, usedBy } of lacking.filter((need) => !isInstalled(need.program))) {
    console.error(`Missing: ${program} (Debian package ${brings}); without it: ${usedBy}`)
  }
}

function install(packages: readonly string[]): boolean {
  return apt(["install", "-y", "-qq", "--no-install-recommends", ...packages], 8 * minute)
}

function apt(argv: readonly string[], timeout: number): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
  const { status, stderr } = spawnSync("apt-get", argv, { env, timeout, encoding: "utf8" })
  if (status !== 0) console.error(`apt-get ${argv[0]}: ${(stderr ?? "").trim().slice(-500)}`)
  return status === 0
}

function isInstalled(program: string): boolean {
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
