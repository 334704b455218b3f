#!/bin/sh
# Gathers evidence about TCP limits on a Linux host without Node, for `fourtuple diagnose DIR`.
# Reads only; changes nothing; works without root and says what it could not see (manifest.txt).
# Needs a POSIX shell (dash, bash, busybox ash) and what is there of ss, ip, dmesg, nft.
#
# usage: sh collect.sh -o DIR [-n SNAPSHOTS] [-w SECONDS] [--redact]
#   -o DIR        folder to make; must not exist, or be empty
#   -n SNAPSHOTS  how many, 3
#   -w SECONDS    time between two of them, 3
#   --redact      replace addresses, hardware addresses and the host name. Each octet (IPv6: each
#                 group) is numbered anew behind the octets before it: equal addresses stay
#                 equal, equal /8, /16 and /24 stay equal. Loopback, wildcard, multicast,
#                 netmasks and private ranges stay what they are; ports stay. The mapping is
#                 not written down.
set -u
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
umask 077

out= snapshots=3 wait=3 redact=no
info_max=50000      # above so many sockets neither TCP_INFO nor processes are asked for
limit=20            # seconds one program may take

say() { printf '%s\n' "$*" >&2; }
refuse() { say "Cannot collect: $1"; say "  $2"; exit 2; }
usage() { sed -n 's/^# \{0,1\}//; 2,14p' "$0"; }

while [ $# -gt 0 ]; do
  case $1 in
    -o|-n|-w)
      [ $# -gt 1 ] || refuse "$1 needs a value" "sh collect.sh -o DIR -n 3 -w 3"
      case $1 in -o) out=$2 ;; -n) snapshots=$2 ;; -w) wait=$2 ;; esac
      shift ;;
    --redact) redact=yes ;;
    -h|--help) usage; exit 0 ;;
    *) refuse "unknown option $1" "sh collect.sh -o DIR [-n SNAPSHOTS] [-w SECONDS] [--redact]" ;;
  esac
  shift
done
[ -n "$out" ] || refuse "no folder given" "sh collect.sh -o DIR"
case $snapshots in ''|*[!0-9]*|0) refuse "-n $snapshots is not a number from 1" "use -n 3" ;; esac
case $wait in ''|*[!0-9]*) refuse "-w $wait is not a number of seconds" "use -w 3" ;; esac
[ "$snapshots" -le 100 ] || refuse "-n $snapshots is more than 100" "use -n 3"
if [ -e "$out" ]; then
  [ -d "$out" ] || refuse "$out is not a folder" "give another name"
  for entry in "$out"/* "$out"/.[!.]*; do
    [ -e "$entry" ] && refuse "$out is not empty" "give a new folder"
  done
fi

part=$out.partial.$$
blind=$part/.blind
mkdir -p "$part" 2>/dev/null || refuse "$out cannot be made" "check rights and space: df -h"
# Nothing half-done is left behind, whatever ends us.
trap 'rm -rf "$part"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
: >"$blind" 2>/dev/null || refuse "$part cannot be written" "is the disk full? df -h ."

has() { command -v "$1" >/dev/null 2>&1; }
missing() { printf 'not seen: %s\n' "$*" >>"$blind"; }
# Old busybox has `timeout -t 20`, some systems have none.
if timeout 1 true 2>/dev/null; then bound="timeout $limit"
elif timeout -t 1 true 2>/dev/null; then bound="timeout -t $limit"
else bound=
fi

space() { # fails when the disk is full: checked after every group of files
  if dd if=/dev/zero of="$part/.space" bs=1024 count=64 2>/dev/null; then rm -f "$part/.space"
  else rm -f "$part/.space"; refuse "writing to $part failed" "is the disk full? df -h ."
  fi
}

run() { # run FILE PROGRAM ARGUMENT...: its output under a line that says what was run
  file=$part/$1; shift
  has "$1" || { missing "$*: no such program"; return 1; }
  { printf '$ %s\n' "$*"; $bound "$@" 2>"$part/.errors"; } >"$file"
  status=$?
  if [ $status -ne 0 ]; then
    why=; [ -s "$part/.errors" ] && read -r why <"$part/.errors"
    missing "$*: ${why:-ended with $status}"
    [ "$(wc -l <"$file")" -gt 1 ] || rm -f "$file"
  fi
  rm -f "$part/.errors"
  return $status
}

keep() { # keep FILE PATH: a copy, if it is there and may be read
  [ -r "$2" ] && cat "$2" >"$part/$1" 2>/dev/null && [ -s "$part/$1" ] && return 0
  rm -f "$part/$1"
  return 1
}

value() { # value NAME: one sysctl as `sysctl -a` prints it
  path=/proc/sys/$(printf '%s' "$1" | tr . /)
  # Not `read`: it takes a byte at a time, and /proc/sys gives only the first one that way.
  [ -r "$path" ] && line=$(cat "$path" 2>/dev/null) && printf '%s = %s\n' "$1" "$line"
}

sockets_count() {
  awk '/^TCP6?:/ { for (i = 2; i < NF; i += 2) if ($i == "inuse" || $i == "tw") n += $(i + 1) }
    END { print n + 0 }' /proc/net/sockstat /proc/net/sockstat6 2>/dev/null
}

sockets() { # sockets SNAPSHOT: ss; else /proc/net/tcp, which says more than netstat; else netstat
  if has ss; then
    count=$(sockets_count)
    if [ "${count:-0}" -gt $info_max ]; then run "$1/ss-tanoe.txt" ss -tanoe
    elif ss -tanoiep state listening >/dev/null 2>&1; then run "$1/ss-tanoiep.txt" ss -tanoiep
    else run "$1/ss-tan.txt" ss -tan
    fi
    if ss --help 2>&1 | grep -q bound-inactive; then
      run "$1/ss-bound.txt" ss -tnoep --bound-inactive
    elif [ "$1" = t0 ]; then
      missing "ports that are bound but not connected: this ss cannot list them"
    fi
  elif keep "$1/proc-net-tcp.txt" /proc/net/tcp; then
    keep "$1/proc-net-tcp6.txt" /proc/net/tcp6
    [ "$1" = t0 ] && missing "bound but unconnected ports, and backlogs: no program ss"
  else run "$1/netstat-tan.txt" netstat -tan
  fi
}

rules() { # rules SNAPSHOT: the packet filter with its counters, as root only
  if [ "$(id -u)" != 0 ]; then
    [ "$1" = t0 ] && missing "packet filter rules: not root"
    return
  fi
  has nft && run "$1/nft-ruleset.txt" nft list ruleset
  if ! has nft || [ -s /proc/net/ip_tables_names ] || [ -s /proc/net/ip6_tables_names ]; then
    has iptables-save && run "$1/iptables-save.txt" iptables-save -c
    has ip6tables-save && run "$1/ip6tables-save.txt" ip6tables-save -c
  fi
}

snapshot() { # snapshot NAME
  mkdir "$part/$1" || refuse "writing to $part failed" "is the disk full? df -h ."
  date -u +%Y-%m-%dT%H:%M:%SZ >"$part/$1/date.txt"
  for file in netstat snmp snmp6 sockstat sockstat6; do
    keep "$1/proc-net-$file.txt" /proc/net/$file
  done
  keep "$1/proc-net-stat-nf_conntrack.txt" /proc/net/stat/nf_conntrack ||
    { [ "$(id -u)" = 0 ] && has conntrack && run "$1/conntrack-S.txt" conntrack -S; }
  for name in net.netfilter.nf_conntrack_count fs.file-nr; do value $name; done \
    >"$part/$1/sysctl-counts.txt"
  sockets "$1"
  space
}

settings() {
  for name in ip_local_port_range ip_local_reserved_ports ip_unprivileged_port_start \
    ip_nonlocal_bind ip_autobind_reuse ip_forward icmp_ratelimit icmp_ratemask \
    tcp_tw_reuse tcp_tw_reuse_delay \
    tcp_tw_recycle tcp_max_tw_buckets tcp_fin_timeout tcp_timestamps tcp_syn_retries \
    tcp_syn_linear_timeouts tcp_synack_retries tcp_retries1 tcp_retries2 tcp_orphan_retries \
    tcp_rto_min_us tcp_rto_max_ms tcp_keepalive_time tcp_keepalive_intvl tcp_keepalive_probes \
    tcp_max_orphans tcp_mem tcp_rmem tcp_wmem tcp_max_syn_backlog tcp_syncookies \
    tcp_abort_on_overflow tcp_challenge_ack_limit tcp_invalid_ratelimit tcp_mtu_probing \
    tcp_base_mss tcp_min_snd_mss ip_no_pmtu_disc tcp_rfc1337 tcp_ecn tcp_sack \
    neigh.default.gc_thresh1 neigh.default.gc_thresh2 neigh.default.gc_thresh3 \
    conf.all.rp_filter conf.default.rp_filter; do
    value net.ipv4.$name
  done
  for name in net.core.somaxconn net.core.netdev_max_backlog net.core.rmem_max \
    net.core.wmem_max net.core.optmem_max \
    net.ipv6.ip_nonlocal_bind net.ipv6.conf.all.disable_ipv6 net.nf_conntrack_max \
    fs.file-max fs.nr_open kernel.threads-max kernel.pid_max kernel.osrelease vm.max_map_count; do
    value $name
  done
  for path in /proc/sys/net/netfilter/nf_conntrack_*; do
    case $path in
      *_max|*_buckets|*_tcp_*|*_generic_timeout|*_acct|*_events|*_checksum)
        value net.netfilter."${path##*/}" ;;
    esac
  done
}

processes() { # descriptors against their limit, in this network namespace; no forks inside
  table=$part/$1/process-descriptors.txt
  for dir in /proc/[0-9]*; do
    same=unknown
    if [ -e "$dir/ns/net" ]; then
      [ "$dir/ns/net" -ef /proc/self/ns/net ] || continue
      same=same
    fi
    fds=-
    if [ -r "$dir/fd" ] && [ -x "$dir/fd" ]; then
      set -- "$dir"/fd/*
      fds=$#
      [ "$fds" = 1 ] && [ ! -L "$1" ] && continue
    else
      # A kernel thread has no command line, and no descriptors to miss.
      command_line=
      IFS= read -r command_line 2>/dev/null <"$dir/cmdline"
      [ -n "$command_line" ] || continue
    fi
    name=
    { read -r name <"$dir/comm"; } 2>/dev/null || continue
    soft=- hard=-
    while read -r a b c d e rest; do
      [ "$a $b $c" = "Max open files" ] && soft=$d hard=$e
    done 2>/dev/null <"$dir/limits"
    # Names may hold blanks; the table is split at them.
    printf '%s %s %s %s %s %s\n' "${dir#/proc/}" "$fds" "$soft" "$hard" $same "$name"
  done >"$part/.processes"
  unseen=$(awk '$2 == "-"' "$part/.processes" | wc -l)
  [ "$unseen" -gt 0 ] && missing "descriptors of $((unseen)) processes: no right to count them"
  {
    echo "PID FDS NOFILE_SOFT NOFILE_HARD NAMESPACE NAME"
    {
      awk '$2 != "-"' "$part/.processes" | sort -k2,2nr | head -n 12
      awk '$2 != "-" && $3 + 0 > 0 { printf "%.6f %s\n", $2 / $3, $0 }' "$part/.processes" |
        sort -rn | head -n 12 | cut -d" " -f2-
    } | awk '!seen[$1]++ {
      name = $6
      for (i = 7; i <= NF; i++) name = name "_" $i
      print $1, $2, $3, $4, $5, name
    }'
  } >"$table"
  rm -f "$part/.processes"
}

kernel_log() { # the last ten minutes, by the time since boot that each line carries
  has dmesg || { missing "kernel log: no program dmesg"; return; }
  dmesg >"$part/.dmesg" 2>/dev/null || { missing "kernel log: dmesg is not permitted"; return; }
  read -r up idle </proc/uptime
  awk -v up="$up" '{
    if (match($0, /^(<[0-9]+>)?\[ *[0-9]+\.[0-9]+\]/)) {
      head = substr($0, RSTART, RLENGTH)
      gsub(/^<[0-9]+>|[][ ]/, "", head)
      if (head + 0 >= up - 600) print
    }
  }' "$part/.dmesg" | tail -n 5000 >"$part/dmesg.txt"
  [ -s "$part/dmesg.txt" ] || rm -f "$part/dmesg.txt"
  rm -f "$part/.dmesg"
}

redact_all() { # one awk over all files, so that the mapping is one
  names=$( (hostname 2>/dev/null || uname -n) | sed 's/[^A-Za-z0-9._-]//g')
  find "$part" -type f ! -name '.*' >"$part/.files"
  while IFS= read -r file; do printf '%s\n' "$file"; done <"$part/.files" >"$part/.list"
  awk -v host="$names" -v list="$part/.list" '
  function octet(prefix, old, low, high,   at, key) {
    key = prefix "." old
    if (key in map) return map[key]
    at = (prefix in next_of) ? next_of[prefix] : low
    while (prefix == "v4" && at ~ /^(10|100|127|169|172|192)$/) at++
    if (at > high) at = old
    next_of[prefix] = at + 1
    return map[key] = at
  }
  function v4(text,   p, kept, out, i) {
    split(text, p, ".")
    for (i = 1; i <= 4; i++) { if (p[i] > 255) return text; p[i] += 0 }
    if (p[1] == 0 || p[1] == 127 || p[1] >= 224) return text
    kept = 0
    if (p[1] == 10) kept = 1
    if (p[1] == 192 && p[2] == 168 || p[1] == 169 && p[2] == 254) kept = 2
    if (p[1] == 172 && p[2] >= 16 && p[2] < 32 || p[1] == 100 && p[2] >= 64 && p[2] < 128) kept = 2
    out = (kept >= 1) ? p[1] : octet("v4", p[1], 1, 223)
    out = out "." ((kept >= 2) ? p[2] : octet("v4." p[1], p[2], 0, 255))
    out = out "." octet("v4." p[1] "." p[2], p[3], 0, 255)
    # A host part of 0 or 255 names the net or everybody: it stays.
    if (p[4] == 0 || p[4] == 255) return out "." p[4]
    return out "." octet("v4." p[1] "." p[2] "." p[3], p[4], 1, 254)
  }
  function group(prefix, old,   key) {
    key = prefix ":" old
    if (!(key in map)) map[key] = sprintf("%x", ++groups[prefix])
    return map[key]
  }
  function v6(text,   n, p, i, prefix, out, low) {
    low = tolower(text)
    if (low == "::" || low == "::1" || low ~ /^ff/) return text
    n = split(low, p, ":")
    prefix = "v6"
    out = ""
    for (i = 1; i <= n; i++) {
      if (i > 1) out = out ":"
      if (p[i] == "" || p[i] == "0") out = out p[i]
      else if (i == 1 && p[i] ~ /^(fe80|f[cd]..|64)$/) out = out p[i]
      else if (i == 1) out = out "2" sprintf("%03x", group(prefix, p[i]) + 0)
      else out = out group(prefix, p[i])
      prefix = prefix ":" p[i]
    }
    return out
  }
  function hard(text) {
    if (text ~ /^(00:)+00$|^(ff:)+ff$/) return text
    if (!(text in macs)) macs[text] = sprintf("02:00:00:00:%02x:%02x", ++macn / 256, macn % 256)
    return macs[text]
  }
  function hex(text,   i, v) {
    v = 0
    text = tolower(text)
    for (i = 1; i <= length(text); i++)
      v = v * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return v
  }
  function hex4(word,   p, text) { # little-endian word of /proc/net/tcp
    text = hex(substr(word, 7, 2)) "." hex(substr(word, 5, 2))
    text = text "." hex(substr(word, 3, 2)) "." hex(substr(word, 1, 2))
    split(v4(text), p, ".")
    return sprintf("%02X%02X%02X%02X", p[4], p[3], p[2], p[1])
  }
  function hex6(words,   k, g, text, p, out, i) {
    if (words ~ /^0000000000000000FFFF0000/) return substr(words, 1, 24) hex4(substr(words, 25, 8))
    if (words ~ /^0+(01000000)?$/ || words ~ /^..0*FF/) return words
    text = ""
    for (k = 0; k < 4; k++) {
      i = k * 8
      g = sprintf("%x", hex(substr(words, i + 7, 2) substr(words, i + 5, 2)))
      g = g ":" sprintf("%x", hex(substr(words, i + 3, 2) substr(words, i + 1, 2)))
      text = text (k ? ":" : "") g
    }
    split(v6(text), p, ":")
    out = ""
    for (k = 0; k < 4; k++) {
      g = sprintf("%04X%04X", hex(p[2 * k + 1]), hex(p[2 * k + 2]))
      out = out substr(g, 7, 2) substr(g, 5, 2) substr(g, 3, 2) substr(g, 1, 2)
    }
    return out
  }
  function swap(line, pattern, kind,   out, found, before, after) {
    out = ""
    while (match(line, pattern)) {
      found = substr(line, RSTART, RLENGTH)
      before = (RSTART > 1) ? substr(line, RSTART - 1, 1) : substr(out, length(out), 1)
      after = substr(line, RSTART + RLENGTH, 1)
      out = out substr(line, 1, RSTART - 1)
      if (before ~ /[0-9A-Za-z_.]/ && kind == 4) out = out found
      else if ((before ~ /[0-9A-Za-z_:]/ || after ~ /[0-9A-Za-z_.]/) && kind != 4) out = out found
      else if (kind == 4) out = out v4(found)
      else if (kind == 1) out = out hard(found)
      else out = out ((found ~ /::/ || split(found, dummy, ":") == 8) ? v6(found) : found)
      line = substr(line, RSTART + RLENGTH)
    }
    return out line
  }
  function proc(line,   p, i, n) {
    n = split(line, p, " ")
    for (i = 2; i <= 3 && i <= n; i++) {
      if (p[i] ~ /^[0-9A-F]+:[0-9A-F][0-9A-F][0-9A-F][0-9A-F]$/) {
        addr = p[i]; sub(/:.*/, "", addr)
        port = p[i]; sub(/.*:/, "", port)
        new = (length(addr) == 8) ? hex4(addr) : (length(addr) == 32) ? hex6(addr) : addr
        sub(p[i], new ":" port, line)
      }
    }
    return line
  }
  BEGIN {
    two = "[0-9a-fA-F][0-9a-fA-F]"
    mac = two ":" two ":" two ":" two ":" two ":" two
    while ((getline file < list) > 0) {
      to = file ".redacted"
      isproc = (file ~ /proc-net-tcp6?\.txt$/)
      named = (file ~ /(uname|dmesg|manifest)\.txt$/)
      while ((getline line < file) > 0) {
        if (isproc) line = proc(line)
        else {
          line = swap(line, mac, 1)
          line = swap(line, "[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+", 4)
          line = swap(line, "[0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F:]*", 6)
        }
        if (named && host != "") {
          n = split(line, w, " ")
          line = (line ~ /^[ \t]/) ? " " : ""
          for (i = 1; i <= n; i++) line = line (i > 1 ? " " : "") (w[i] == host ? "host-1" : w[i])
        }
        print line > to
      }
      close(file); close(to)
    }
  }' </dev/null || return 1
  while IFS= read -r file; do
    [ -e "$file.redacted" ] && mv "$file.redacted" "$file"
  done <"$part/.list"
}

start=$(date -u +%Y-%m-%dT%H:%M:%SZ)
uname -a >"$part/uname.txt"
keep os-release.txt /etc/os-release
settings >"$part/sysctl.txt"
run ulimit.txt sh -c 'ulimit -a'
if has ip; then
  run ip-address.txt ip address
  run ip-route.txt ip route
  run ip-neighbour.txt ip neighbour
else
  has ifconfig && run ifconfig.txt ifconfig -a
  has netstat && run netstat-rn.txt netstat -rn
fi
space

n=0
while [ $n -lt "$snapshots" ]; do
  [ $n -gt 0 ] && sleep "$wait"
  say "snapshot t$n"
  snapshot t$n
  if [ $n -eq 0 ] || [ $n -eq $((snapshots - 1)) ]; then rules t$n; fi
  n=$((n + 1))
done
processes t$((snapshots - 1))
kernel_log
{
  echo "fourtuple bundle 1"
  echo "host: $(hostname 2>/dev/null || uname -n)"
  echo "system: $(uname -s) $(uname -r)"
  echo "collected by: collect.sh"
  echo "start: $start"
  echo "end: $(date -u +%Y-%m-%dT%H:%M:%SZ)"
  echo "snapshots: $snapshots"
  echo "user: $(id -u)"
  echo "redacted: $redact"
  sort -u "$blind"
} >"$part/manifest.txt"
space
if [ $redact = yes ]; then
  redact_all || refuse "redaction failed" "use fourtuple collect --redact where Node is"
  space
fi
rm -f "$part"/.[!.]*
[ -d "$out" ] && rmdir "$out"
mv "$part" "$out" || refuse "$out cannot be made" "check rights: ls -ld ."
trap - EXIT
say "wrote $out: read it with  fourtuple diagnose $out"
