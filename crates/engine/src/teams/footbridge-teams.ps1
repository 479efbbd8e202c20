# Footbridge: application access policies and the lobby of meetings in Microsoft Teams.
#
# Reads one line of JSON from standard input, or the file parameters.json beside this script, and writes one line of
# JSON as its result (to result.json too, when it was started by hand). It holds no value of its own.
#   by hand:  pwsh -NoProfile -File footbridge-teams.ps1
# Needs PowerShell 7 and the module MicrosoftTeams (Install-Module -Name MicrosoftTeams), and a Teams administrator.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$file = Join-Path -Path $PSScriptRoot -ChildPath 'parameters.json'
$byHand = Test-Path -LiteralPath $file
if ($byHand) { $line = Get-Content -LiteralPath $file -Raw } else { $line = [Console]::In.ReadLine() }
$wanted = $line | ConvertFrom-Json -AsHashtable

Import-Module -Name MicrosoftTeams
if ($wanted['environment']) { $null = Connect-MicrosoftTeams -TeamsEnvironmentName $wanted['environment'] }
else { $null = Connect-MicrosoftTeams }

$application = [string]$wanted['application-id']
$name = [string]$wanted['policy-name']

# Teams shows names with the prefix "Tag:".
function Get-PlainName([object]$policy) {
    $text = [string]$policy
    if ($text.StartsWith('Tag:')) { return $text.Substring(4) }
    return $text
}

function Get-Policy {
    return Get-CsApplicationAccessPolicy | Where-Object { (Get-PlainName $_.Identity) -eq $name } | Select-Object -First 1
}

function Get-MeetingPolicy {
    return Get-CsTeamsMeetingPolicy | Where-Object { (Get-PlainName $_.Identity) -eq $name } | Select-Object -First 1
}

# Who would lose a policy is told before anything is granted; whoever started the script by hand is asked.
function Confirm-Loss([array]$losses) {
    if (($losses.Count -eq 0) -or (-not $byHand)) { return }
    $losses | ForEach-Object { Write-Host ($_['user-id'] + ' has the policy ' + $_['policy'] + ' and would lose it.') }
    if ((Read-Host -Prompt 'Type yes to go on') -ne 'yes') { throw 'Stopped before anything was changed.' }
}

$overwritten = @()
$assigned = @()
$global = $null
$group = $null
$admitted = $null
$before = $null

if ($wanted['action'] -eq 'policy') {
    $policy = Get-Policy
    if ($null -eq $policy) {
        $null = New-CsApplicationAccessPolicy -Identity $name -AppIds $application -Description ([string]$wanted['description'])
    }
    elseif ($policy.AppIds -notcontains $application) {
        $null = Set-CsApplicationAccessPolicy -Identity $name -AppIds @{ Add = $application }
    }
}

if ($wanted['action'] -eq 'assign') {
    $users = @($wanted['user-ids'])
    # Who would lose a policy is listed before anything is granted: a user has one such policy at most.
    $earlier = @{}
    foreach ($user in $users) {
        $held = Get-PlainName (Get-CsOnlineUser -Identity $user).ApplicationAccessPolicy
        $earlier[$user] = $held
        if ($held -and ($held -ne $name)) { $overwritten += @{ 'user-id' = $user; policy = $held } }
    }
    Confirm-Loss $overwritten
    if ($wanted['scope'] -eq 'everyone') { $null = Grant-CsApplicationAccessPolicy -PolicyName $name -Global; $global = $name }
    elseif ($wanted['scope'] -eq 'group') {
        $null = Grant-CsApplicationAccessPolicy -Group ([string]$wanted['group-id']) -PolicyName $name -Rank 1
        $group = $name
    }
    else {
        foreach ($user in $users) { $null = Grant-CsApplicationAccessPolicy -Identity $user -PolicyName $name }
    }
    foreach ($user in $users) {
        $held = Get-PlainName (Get-CsOnlineUser -Identity $user).ApplicationAccessPolicy
        $assigned += @{ 'user-id' = $user; policy = $held; before = $earlier[$user] }
    }
}

if ($wanted['action'] -eq 'undo') {
    foreach ($user in @($wanted['user-ids'])) { $null = Grant-CsApplicationAccessPolicy -Identity $user -PolicyName $null }
    $policy = Get-Policy
    if (($null -ne $policy) -and ($policy.AppIds -contains $application)) {
        $null = Set-CsApplicationAccessPolicy -Identity $name -AppIds @{ Remove = $application }
    }
}

if ($wanted['action'] -eq 'lobby-tenant') {
    # What applied before is noted first: only with it can the change be taken back.
    $before = [string](Get-CsTeamsMeetingPolicy -Identity Global).AutoAdmittedUsers
    if ($before -ne [string]$wanted['admitted']) {
        $null = Set-CsTeamsMeetingPolicy -Identity Global -AutoAdmittedUsers ([string]$wanted['admitted'])
    }
    $admitted = [string](Get-CsTeamsMeetingPolicy -Identity Global).AutoAdmittedUsers
}

if ($wanted['action'] -eq 'lobby-policy') {
    $users = @($wanted['user-ids'])
    $earlier = @{}
    foreach ($user in $users) {
        $held = Get-PlainName (Get-CsOnlineUser -Identity $user).TeamsMeetingPolicy
        $earlier[$user] = $held
        if ($held -and ($held -ne $name)) { $overwritten += @{ 'user-id' = $user; policy = $held } }
    }
    Confirm-Loss $overwritten
    $policy = Get-MeetingPolicy
    if ($null -eq $policy) {
        $null = New-CsTeamsMeetingPolicy -Identity $name -AutoAdmittedUsers ([string]$wanted['admitted'])
    }
    elseif ([string]$policy.AutoAdmittedUsers -ne [string]$wanted['admitted']) {
        $before = [string]$policy.AutoAdmittedUsers
        $null = Set-CsTeamsMeetingPolicy -Identity $name -AutoAdmittedUsers ([string]$wanted['admitted'])
    }
    if ($wanted['grant']) {
        foreach ($user in $users) { $null = Grant-CsTeamsMeetingPolicy -Identity $user -PolicyName $name }
    }
    foreach ($user in $users) {
        $held = Get-PlainName (Get-CsOnlineUser -Identity $user).TeamsMeetingPolicy
        $assigned += @{ 'user-id' = $user; policy = $held; before = $earlier[$user] }
    }
    $policy = Get-MeetingPolicy
    if ($null -ne $policy) { $admitted = [string]$policy.AutoAdmittedUsers }
}

if ($wanted['action'] -eq 'lobby-undo') {
    if ($name -eq 'Global') {
        $null = Set-CsTeamsMeetingPolicy -Identity Global -AutoAdmittedUsers ([string]$wanted['before'])
        $admitted = [string](Get-CsTeamsMeetingPolicy -Identity Global).AutoAdmittedUsers
    }
    else {
        # Whoever had a policy of its own gets it back; the one that was made for this stays, without anybody.
        foreach ($entry in @($wanted['restore'])) {
            $held = $null
            if ($entry['policy']) { $held = [string]$entry['policy'] }
            $null = Grant-CsTeamsMeetingPolicy -Identity ([string]$entry['user-id']) -PolicyName $held
        }
    }
}

$policy = $null
if (-not ([string]$wanted['action']).StartsWith('lobby')) { $policy = Get-Policy }
$ids = @()
if ($null -ne $policy) { $ids = @($policy.AppIds) }
$result = [ordered]@{
    format = 1; action = [string]$wanted['action']; 'application-id' = $application; 'policy-name' = $name
    'policy-app-ids' = $ids; assigned = $assigned; overwritten = $overwritten; global = $global; group = $group
    admitted = $admitted; before = $before
    at = (Get-Date).ToUniversalTime().ToString('o')
} | ConvertTo-Json -Compress -Depth 6

if ($byHand) { Set-Content -LiteralPath (Join-Path -Path $PSScriptRoot -ChildPath 'result.json') -Value $result -Encoding utf8 }
$marker = [string]$wanted['marker']
Write-Output ($marker + $result + $marker)
