<#
.SYNOPSIS
Gathers evidence about TCP limits on a Windows host, for `fourtuple diagnose DIR`.

.DESCRIPTION
Reads only; changes nothing; works without administrator rights and says what it could not see
(manifest.txt). Windows PowerShell 3 or later. If scripts are not allowed to run:
  powershell -ExecutionPolicy Bypass -File collect.ps1 -Out C:\Temp\bundle

.PARAMETER Out
Folder to make; it must not exist, or be empty.

.PARAMETER Snapshots
How many, 3.

.PARAMETER WaitSeconds
Time between two of them, 3.

.PARAMETER Redact
Replaces IPv4 and IPv6 addresses, hardware addresses and this computer's name. Each octet (IPv6: each
group) is numbered anew behind the octets before it: equal addresses stay equal, equal /8, /16 and /24 stay
equal. Loopback, wildcard, multicast, netmasks and private ranges stay what they are; ports stay. The
mapping is not written down.
#>
param(
  [Parameter(Mandatory = $true)][string]$Out,
  [ValidateRange(1, 100)][int]$Snapshots = 3,
  [ValidateRange(0, 3600)][int]$WaitSeconds = 3,
  [switch]$Redact
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$limitSeconds = 30
$blind = New-Object System.Collections.Generic.List[string]
$started = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ')

function Stop-Refused([string]$Why, [string]$Hint) {
  [Console]::Error.WriteLine("Cannot collect: $Why")
  [Console]::Error.WriteLine("  $Hint")
  exit 2
}

if (Test-Path -LiteralPath $Out) {
  if (-not (Test-Path -LiteralPath $Out -PathType Container)) {
    Stop-Refused "$Out is not a folder" 'Give another name'
  }
  if (@(Get-ChildItem -LiteralPath $Out -Force).Count -gt 0) {
    Stop-Refused "$Out is not empty" 'Give a new folder'
  }
}
$full = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Out)
$part = "$full.partial.$PID"

function Write-Text([string]$Name, [string[]]$Lines) {
  $path = Join-Path $part $Name
  # UTF-8 without a mark, whatever the console's code page is.
  [IO.File]::WriteAllText($path, (($Lines -join "`r`n") + "`r`n"), (New-Object Text.UTF8Encoding $false))
}

# Runs a console program with a time limit; its output stands under a line that says what was run. The
# bytes are decoded with the console's own code page, so that localized words survive.
function Invoke-Tool([string]$Name, [string]$Program, [string]$Arguments) {
  $command = "$($Program -replace '\.exe$', '') $Arguments".Trim()
  $raw = Join-Path $part '.output'
  $rawErrors = Join-Path $part '.errors'
  try {
    $start = @{
      FilePath = $Program; PassThru = $true; NoNewWindow = $true
      RedirectStandardOutput = $raw; RedirectStandardError = $rawErrors
    }
    if ($Arguments) { $start.ArgumentList = $Arguments }
    $process = Start-Process @start
    # Without this the exit code is lost (PowerShell 3 to 5).
    $null = $process.Handle
    if (-not $process.WaitForExit($limitSeconds * 1000)) {
      $process.Kill()
      $process.WaitForExit()
      $blind.Add("$command`: no answer in $limitSeconds s")
    }
    elseif ($process.ExitCode -ne 0) {
      $why = ([IO.File]::ReadAllText($rawErrors, [Console]::OutputEncoding).Trim() -split "`r?`n")[0]
      if (-not $why) { $why = "ended with $($process.ExitCode)" }
      $blind.Add("$command`: $why")
    }
    $text = [IO.File]::ReadAllText($raw, [Console]::OutputEncoding).TrimEnd()
    if ($text) { Write-Text $Name @("C:\>$command", $text) }
  }
  catch { $blind.Add("$command`: $($_.Exception.Message)") }
  finally {
    foreach ($path in $raw, $rawErrors) {
      if (Test-Path -LiteralPath $path) { Remove-Item -LiteralPath $path -ErrorAction SilentlyContinue }
    }
  }
}

function Test-Command([string]$Name) { [bool](Get-Command $Name -ErrorAction SilentlyContinue) }

# One cmdlet's rows; a host that lacks it (before Windows 8) is not an error.
function Save-Rows([string]$Name, [string]$Cmdlet, [scriptblock]$Rows) {
  if (-not (Test-Command $Cmdlet)) { return }
  try {
    $lines = @(& $Rows)
    if ($lines.Count -gt 0) { Write-Text $Name $lines }
  }
  catch { $blind.Add("$Cmdlet`: $($_.Exception.Message)") }
}

$columns = 'LocalAddress', 'LocalPort', 'RemoteAddress', 'RemotePort', 'State', 'OwningProcess',
  'CreationTime', 'AppliedSetting'

function Save-Snapshot([string]$Name) {
  New-Item -ItemType Directory -Path (Join-Path $part $Name) | Out-Null
  Write-Text "$Name\date.txt" @([DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ'))
  # -q lists bound ports too, since Windows 10 1607; older systems print their usage instead.
  if ([Environment]::OSVersion.Version.Build -ge 14393) {
    Invoke-Tool "$Name\netstat-anoq.txt" 'netstat.exe' '-anoq'
  }
  else { Invoke-Tool "$Name\netstat-ano.txt" 'netstat.exe' '-ano' }
  Invoke-Tool "$Name\netstat-s.txt" 'netstat.exe' '-s'
  Save-Rows "$Name\tcp-connections.csv" 'Get-NetTCPConnection' {
    Get-NetTCPConnection | Select-Object $columns | ConvertTo-Csv -NoTypeInformation
  }
}

function Save-Settings {
  foreach ($family in 'ipv4', 'ipv6') {
    Invoke-Tool "netsh-dynamicport-$family.txt" 'netsh.exe' "int $family show dynamicport tcp"
    Invoke-Tool "netsh-excludedportrange-$family.txt" 'netsh.exe' "int $family show excludedportrange tcp"
  }
  Invoke-Tool 'netsh-tcp-global.txt' 'netsh.exe' 'int tcp show global'
  Invoke-Tool 'netsh-tcp-supplemental.txt' 'netsh.exe' 'int tcp show supplemental'
  Save-Rows 'nettcpsetting.txt' 'Get-NetTCPSetting' {
    ((Get-NetTCPSetting | Format-List * | Out-String -Width 200).Trim()) -split "`r?`n"
  }
  $services = 'HKLM\SYSTEM\CurrentControlSet\Services'
  foreach ($key in 'Tcpip', 'Tcpip6', 'AFD', 'LanmanServer', 'LanmanWorkstation', 'NetBT') {
    if (Test-Path "Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\$key\Parameters") {
      Invoke-Tool "reg-$key.txt" 'reg.exe' "query $services\$key\Parameters"
    }
  }
}

function Save-Host {
  Invoke-Tool 'ipconfig.txt' 'ipconfig.exe' '/all'
  Invoke-Tool 'route-print.txt' 'route.exe' 'print'
  Invoke-Tool 'ver.txt' 'cmd.exe' '/c ver'
  # It names the registered owner, in the system's language.
  if (-not $Redact) { Invoke-Tool 'systeminfo.txt' 'systeminfo.exe' '' }
  Invoke-Tool 'tasklist.txt' 'tasklist.exe' '/fo csv'
  $query = "*[System[Provider[@Name='Tcpip' or @Name='Tcpip6' or @Name='Srv' or @Name='Rdr'" +
    " or @Name='AFD' or @Name='Microsoft-Windows-TCPIP']]]"
  Invoke-Tool 'events-tcpip.txt' 'wevtutil.exe' "qe System /c:200 /rd:true /f:text `"/q:$query`""
}

# --- redaction: the mapping of collect.sh, in .NET ---
$map = @{}
$next = @{}
function Get-Part([string]$Prefix, [string]$Old, [int]$Low, [int]$High) {
  $key = "$Prefix|$Old"
  if ($map.ContainsKey($key)) { return $map[$key] }
  $at = $Low
  if ($next.ContainsKey($Prefix)) { $at = $next[$Prefix] }
  while ($Prefix -eq 'v4' -and (10, 100, 127, 169, 172, 192) -contains $at) { $at++ }
  if ($at -gt $High) { $at = [int]$Old }
  $next[$Prefix] = $at + 1
  $map[$key] = $at
  $at
}

function Get-V4([string]$Text) {
  $p = @($Text.Split('.') | ForEach-Object { [int]$_ })
  if (@($p | Where-Object { $_ -gt 255 }).Count -gt 0) { return $Text }
  if ($p[0] -eq 0 -or $p[0] -eq 127 -or $p[0] -ge 224) { return $Text }
  $kept = 0
  if ($p[0] -eq 10) { $kept = 1 }
  if (($p[0] -eq 192 -and $p[1] -eq 168) -or ($p[0] -eq 169 -and $p[1] -eq 254)) { $kept = 2 }
  if (($p[0] -eq 172 -and $p[1] -ge 16 -and $p[1] -lt 32) -or
    ($p[0] -eq 100 -and $p[1] -ge 64 -and $p[1] -lt 128)) { $kept = 2 }
  $a = $p[0]; if ($kept -lt 1) { $a = Get-Part 'v4' $p[0] 1 223 }
  $b = $p[1]; if ($kept -lt 2) { $b = Get-Part "v4.$($p[0])" $p[1] 0 255 }
  $c = Get-Part "v4.$($p[0]).$($p[1])" $p[2] 0 255
  $d = $p[3]
  # A host part of 0 or 255 names the net or everybody: it stays.
  if ($d -ne 0 -and $d -ne 255) { $d = Get-Part "v4.$($p[0]).$($p[1]).$($p[2])" $d 1 254 }
  "$a.$b.$c.$d"
}

function Get-V6([string]$Text) {
  $low = $Text.ToLowerInvariant()
  if ($low -eq '::' -or $low -eq '::1' -or $low.StartsWith('ff')) { return $Text }
  $parsed = $null
  if (-not [Net.IPAddress]::TryParse($low, [ref]$parsed)) { return $Text }
  $prefix = 'v6'
  $groups = @()
  $at = 0
  foreach ($group in $low.Split(':')) {
    $new = $group
    if ($group -ne '' -and $group -ne '0') {
      $isKept = $at -eq 0 -and $group -match '^(fe80|f[cd]..|64)$'
      if (-not $isKept) {
        $key = "$prefix|$group"
        if (-not $map.ContainsKey($key)) {
          $number = 1
          if ($next.ContainsKey($prefix)) { $number = $next[$prefix] }
          $next[$prefix] = $number + 1
          $map[$key] = if ($at -eq 0) { '2{0:x3}' -f $number } else { '{0:x}' -f $number }
        }
        $new = $map[$key]
      }
    }
    $groups += $new
    $prefix = "$prefix`:$group"
    $at++
  }
  $groups -join ':'
}

function Get-Hardware([string]$Text) {
  if ($Text -match '^(00-)+00$|^(FF-)+FF$') { return $Text }
  $key = "mac|$Text"
  if (-not $map.ContainsKey($key)) {
    $number = 1
    if ($next.ContainsKey('mac')) { $number = $next['mac'] }
    $next['mac'] = $number + 1
    $hex = '{0:X4}' -f ($number % 65536)
    $map[$key] = "02-00-00-00-$($hex.Substring(0, 2))-$($hex.Substring(2, 2))"
  }
  $map[$key]
}

function Protect-Bundle {
  $name = [Environment]::MachineName
  $v4 = [regex]'(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d+\.)'
  $v6 = [regex]'(?<![\w:.])(?=[0-9a-fA-F]*:)[0-9a-fA-F:]{2,39}(?![\w:.])'
  $mac = [regex]'\b(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}\b'
  $own = [regex]("(?i)(?<![\w-])" + [regex]::Escape($name) + "(?![\w-])")
  $domain = [Net.NetworkInformation.IPGlobalProperties]::GetIPGlobalProperties().DomainName
  foreach ($file in Get-ChildItem -LiteralPath $part -Recurse | Where-Object { -not $_.PSIsContainer }) {
    $text = [IO.File]::ReadAllText($file.FullName)
    $text = $v4.Replace($text, [Text.RegularExpressions.MatchEvaluator] { param($m) Get-V4 $m.Value })
    $text = $v6.Replace($text, [Text.RegularExpressions.MatchEvaluator] {
        param($m)
        if ($m.Value.Contains('::') -or $m.Value.Split(':').Length -eq 8) { Get-V6 $m.Value } else { $m.Value }
      })
    $text = $mac.Replace($text, [Text.RegularExpressions.MatchEvaluator] { param($m) Get-Hardware $m.Value })
    $text = $own.Replace($text, 'host-1')
    if ($domain) { $text = $text -ireplace [regex]::Escape($domain), 'domain-1' }
    [IO.File]::WriteAllText($file.FullName, $text, (New-Object Text.UTF8Encoding $false))
  }
}

$done = $false
try {
  New-Item -ItemType Directory -Path $part -Force | Out-Null
  Save-Settings
  Save-Host
  for ($index = 0; $index -lt $Snapshots; $index++) {
    if ($index -gt 0) { Start-Sleep -Seconds $WaitSeconds }
    Write-Host "snapshot t$index"
    Save-Snapshot "t$index"
  }
  $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
  $isAdministrator = (New-Object Security.Principal.WindowsPrincipal $identity).IsInRole(
    [Security.Principal.WindowsBuiltInRole]::Administrator)
  $lines = @(
    'fourtuple bundle 1'
    "host: $([Environment]::MachineName)"
    "system: Windows $([Environment]::OSVersion.Version)"
    'collected by: collect.ps1'
    "start: $started"
    "end: $([DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ'))"
    "snapshots: $Snapshots"
    "administrator: $isAdministrator"
    "redacted: $(if ($Redact) { 'yes' } else { 'no' })"
  ) + @($blind | Sort-Object -Unique | ForEach-Object { "not seen: $_" })
  Write-Text 'manifest.txt' $lines
  if ($Redact) { Protect-Bundle }
  if (Test-Path -LiteralPath $full) { Remove-Item -LiteralPath $full }
  Move-Item -LiteralPath $part -Destination $full
  $done = $true
  Write-Host "wrote $Out`: read it with  fourtuple diagnose $Out"
}
catch { Stop-Refused $_.Exception.Message 'Check rights and free space of that folder' }
finally {
  # Nothing half-done is left behind.
  if (-not $done -and (Test-Path -LiteralPath $part)) { Remove-Item -LiteralPath $part -Recurse -Force }
}
