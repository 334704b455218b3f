import assert from "node:assert/strict"
import { test } from "node:test"
import { ClockYears } from "./clock-years.ts"
import { type Frame, frameOf } from "./syslog-frame.ts"

const at = 1705312800

/** What a head says, by the line; `m` is the message in every one of them. */
const frames: readonly (readonly [string, Partial<Frame>])[] = [
  // RFC 3164
  [
    "Jan 15 10:00:00 web01 sshd[812]: m",
    { clock: "Jan 15 10:00:00", host: "web01", program: "sshd", pid: 812 },
  ],
  [
    "Jan  5 10:00:00 web01 kernel: [   12.500000] m",
    { clock: "Jan  5 10:00:00", host: "web01", program: "kernel", uptimeSec: 12.5 },
  ],
  [
    "<4>Jan 15 10:00:00 web01 kernel: m",
    { clock: "Jan 15 10:00:00", host: "web01", program: "kernel", level: 4, facility: 0 },
  ],
  [
    "<134>Jan 15 10:00:00 filterlog[77]: m",
    { clock: "Jan 15 10:00:00", program: "filterlog", pid: 77, level: 6, facility: 16 },
  ],
  [
    "Jan 15 10:00:00 10.1.1.1 postfix/smtpd[9]: m",
    { clock: "Jan 15 10:00:00", host: "10.1.1.1", program: "postfix/smtpd", pid: 9 },
  ],
  [
    "Jan 15 10:00:00 s_net@relay1/web01 su(pam_unix)[4]: m",
    { clock: "Jan 15 10:00:00", host: "web01", program: "su(pam_unix)", pid: 4 },
  ],
  [
    "Jan 15 10:00:00 2001:db8::7 m m: m",
    { clock: "Jan 15 10:00:00", host: "2001:db8::7", message: "m m: m" },
  ],
  [
    "Jan 15 10:00:00 sun1 unix: [ID 123 kern.warning] m",
    { clock: "Jan 15 10:00:00", host: "sun1", program: "unix" },
  ],
  [
    "Jan 15 10:00:00 bsd kernel: [512] m",
    { clock: "Jan 15 10:00:00", host: "bsd", program: "kernel" },
  ],
  // busybox, OpenWrt's logread, Kiwi, logcat
  [
    "Jan 15 10:00:00 box kern.warn kernel: [   12.500000] m",
    {
      clock: "Jan 15 10:00:00",
      host: "box",
      program: "kernel",
      level: 4,
      facility: 0,
      uptimeSec: 12.5,
    },
  ],
  [
    "Mon Jan 15 10:00:00 2024 kern.warn kernel: [   12.500000] m",
    { time: at, program: "kernel", level: 4, facility: 0, uptimeSec: 12.5 },
  ],
  [
    "2024-01-15 10:00:00\tLocal7.Debug\t10.1.1.1\tm",
    { time: at, host: "10.1.1.1", level: 7, facility: 23 },
  ],
  [
    "01-15 10:00:00.123  1234  1240 W kernel  : m",
    { clock: "01-15 10:00:00.123", program: "kernel", level: 4 },
  ],
  // RFC 5424, RFC 6587
  [
    "<34>1 2024-01-15T10:00:00.5Z web01 sshd 812 ID47 - \ufeffm",
    { time: at + 0.5, host: "web01", program: "sshd", pid: 812, level: 2, facility: 4 },
  ],
  [
    '83 <165>1 2024-01-15T12:00:00+02:00 web01 app - - [a@1 b="x\\"]y"][c d="e"] m',
    {
      time: at,
      host: "web01",
      program: "app",
      level: 5,
      facility: 20,
      structured: '[a@1 b="x\\"]y"][c d="e"]',
    },
  ],
  ["<34>1 - - - - - - m", { level: 2, facility: 4 }],
  [
    "<166>1 2024-01-15T10:00:00Z fw1 %ASA-6-302013 - - - m",
    { time: at, host: "fw1", level: 6, facility: 20, message: "%ASA-6-302013 - - - m" },
  ],
  // rsyslog, journalctl
  [
    "2024-01-15T10:00:00.250000+00:00 web01 kernel: [   12.500000] m",
    { time: at + 0.25, host: "web01", program: "kernel", uptimeSec: 12.5 },
  ],
  [
    "2024-01-15T10:00:00+0000 web01 systemd[1]: m",
    { time: at, host: "web01", program: "systemd", pid: 1 },
  ],
  [
    "Jan 15 10:00:00.123456 web01 kernel: m",
    { clock: "Jan 15 10:00:00.123456", host: "web01", program: "kernel" },
  ],
  ["Mon 2024-01-15 10:00:00 UTC web01 kernel: m", { time: at, host: "web01", program: "kernel" }],
  ["1705312800.500000 web01 kernel: m", { time: at + 0.5, host: "web01", program: "kernel" }],
  ["[   12.500000] web01 kernel: m", { uptimeSec: 12.5, host: "web01", program: "kernel" }],
  [
    "Jan 15 10:00:00 web01 rsyslogd: message repeated 3 times: [ m]",
    { clock: "Jan 15 10:00:00", host: "web01", program: "rsyslogd", count: 3 },
  ],
  // dmesg
  ["[   12.500000] m", { uptimeSec: 12.5 }],
  ["<6>[   12.500000] m", { uptimeSec: 12.5, level: 6, facility: 0 }],
  ["[   12.500000][ T1234] m", { uptimeSec: 12.5 }],
  ["[   12.500000 <    0.000012>] m", { uptimeSec: 12.5 }],
  ["[<    0.000012>] m", {}],
  ["[  +0.000012] m", {}],
  ["[Jan15 10:00] m", { clock: "Jan15 10:00" }],
  ["[Mon Jan 15 10:00:00 2024] m", { time: at }],
  ["2024-01-15T10:00:00,250000+00:00 m m", { time: at + 0.25, message: "m m" }],
  ["kern  :info  : [   12.500000] m", { level: 6, facility: 0, uptimeSec: 12.5 }],
  ["kern  :warn  : 2024-01-15T10:00:00,000000+00:00 m", { level: 4, facility: 0, time: at }],
  ["4,339,5140900,-;m", { level: 4, facility: 0, uptimeSec: 5.1409 }],
  // Cisco
  ["*Mar  1 00:00:00.123 UTC: m", { clock: "Mar  1 00:00:00.123 UTC" }],
  ["000123: .Mar  1 00:00:00.123: m", { clock: "Mar  1 00:00:00.123" }],
  [
    "<189>45: rtr1: 000123: *Mar  1 00:00:00.123 UTC: m",
    { level: 5, facility: 23, host: "rtr1", clock: "Mar  1 00:00:00.123 UTC" },
  ],
  [
    "<166>Jan 15 2024 10:00:00 fw1 : %ASA-6-1: m",
    { level: 6, facility: 20, time: at, host: "fw1", message: "%ASA-6-1: m" },
  ],
  [
    "<166>Jan 15 2024 10:00:00: %ASA-6-1: m",
    { level: 6, facility: 20, time: at, message: "%ASA-6-1: m" },
  ],
  [
    "<166>:Jan 15 10:00:00 EST: %ASA-6-1: m",
    { level: 6, facility: 20, clock: "Jan 15 10:00:00 EST", message: "%ASA-6-1: m" },
  ],
  [
    "Jan 15 10:00:01 fw1 Jan 15 2024 10:00:00 fw1 : %ASA-6-1: m",
    { clock: "Jan 15 10:00:01", time: at, host: "fw1", message: "%ASA-6-1: m" },
  ],
  [
    "<166>2024-01-15T10:00:00Z fw1 : %ASA-6-1: m",
    { level: 6, facility: 20, time: at, host: "fw1", message: "%ASA-6-1: m" },
  ],
  [
    "2024-01-15T10:00:00+00:00 fw1 date=2024-01-15 time=10:00:00",
    { time: at, host: "fw1", message: "date=2024-01-15 time=10:00:00" },
  ],
  [
    "Jan 15 10:00:00 pa1 1,2024/01/15 10:00:00,0011",
    { clock: "Jan 15 10:00:00", host: "pa1", message: "1,2024/01/15 10:00:00,0011" },
  ],
  // containers
  ["2024-01-15T10:00:00.000000000Z stdout F m", { time: at }],
  ["2024-01-15T10:00:00.000000000Z m m", { time: at, message: "m m" }],
  [
    '{"log":"[   12.500000] m\\n","stream":"stdout","time":"2024-01-15T10:00:00.5Z"}',
    { time: at + 0.5, uptimeSec: 12.5 },
  ],
  // journald, macOS
  [
    '{"__REALTIME_TIMESTAMP":"1705312800250000","_HOSTNAME":"web01","_TRANSPORT":"kernel","PRIORITY":"4","SYSLOG_IDENTIFIER":"kernel","MESSAGE":"m"}',
    { time: at + 0.25, host: "web01", program: "kernel", level: 4 },
  ],
  ['{"MESSAGE":[109],"_PID":"7","_COMM":"x"}', { program: "x", pid: 7 }],
  [
    "2024-01-15 10:00:00.000000+0000 0x1a2b     Default     0x0                  0      0    kernel: m",
    { time: at, program: "kernel", pid: 0 },
  ],
  ["2024-01-15 10:00:00.000 Df kernel[0:1a2b] m", { time: at, program: "kernel", pid: 0 }],
  [
    "2024-01-15 10:00:00.000000+0000  localhost kernel[0]: m",
    { time: at, host: "localhost", program: "kernel", pid: 0 },
  ],
  [
    '{"timestamp":"2024-01-15 10:00:00.000000+0000","eventMessage":"m","processImagePath":"/usr/libexec/x","processID":3}',
    { time: at, program: "x", pid: 3 },
  ],
  ['data: {"MESSAGE":"m","SYSLOG_IDENTIFIER":"x"}', { program: "x" }],
  ['\u001e{"MESSAGE":"m","SYSLOG_IDENTIFIER":"x"}', { program: "x" }],
  // no heads
  ["2024-01-15 10:00:00,123 ERROR main - m", { time: at + 0.123, message: "ERROR main - m" }],
  ["2024-01-15T10:00:00Z level=info m", { time: at, message: "level=info m" }],
  ["[UFW BLOCK] IN= m", { message: "[UFW BLOCK] IN= m" }],
  [
    "10.0.0.1 - - [15/Jan/2024:10:00:00 +0000] m",
    { message: "10.0.0.1 - - [15/Jan/2024:10:00:00 +0000] m" },
  ],
  ["Marvin said: m", { message: "Marvin said: m" }],
  ["", { message: "" }],
]

for (const [line, expected] of frames) {
  test(`frame of ${line.slice(0, 70)}`, () => {
    assert.deepEqual({ ...frameOf(line) }, { message: "m", ...expected })
  })
}

test("a clock gets the year that the file's name or a stamp before it gives, else none", () => {
  const hint = (path: string) => ({ path, name: path.slice(path.lastIndexOf("/") + 1) })
  const clock = frameOf("Dec 31 23:59:59 h k: m")
  assert.equal(new ClockYears(hint("var/log/messages")).timeOf(clock), undefined)
  const rotated = new ClockYears(hint("var/log/messages-20240107"))
  assert.equal(rotated.timeOf(clock), Date.UTC(2023, 11, 31, 23, 59, 59) / 1000)
  assert.equal(
    rotated.timeOf(frameOf("Jan  1 00:00:01 h k: m")),
    Date.UTC(2024, 0, 1, 0, 0, 1) / 1000,
  )
  const learning = new ClockYears(hint("messages"))
  learning.timeOf(frameOf("2024-02-28T10:00:00Z h k: m"))
  assert.equal(learning.timeOf(frameOf("Feb 29 10:00:00 h k: m")), Date.UTC(2024, 1, 29, 10) / 1000)
})

test("frames of damaged and hostile heads end", () => {
  for (const line of [
    "<",
    "<999>",
    "<1>1 ",
    "[",
    "[  ",
    "{",
    '{"MESSAGE":',
    "1".repeat(5000),
    "[".repeat(5000),
    "<1>".repeat(5000),
    `Jan 15 10:00:00 ${"a".repeat(9000)}`,
  ]) {
    assert.equal(typeof frameOf(line).message, "string")
  }
})
