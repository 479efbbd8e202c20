# Footbridge: application access policy for Microsoft Teams.
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

$overwritten = @()
$assigned = @()
$global = $null
$group = $null

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
    $before = @{}
    foreach ($user in $users) {
        $held = Get-PlainName (Get-CsOnlineUser -Identity $user).ApplicationAccessPolicy
        $before[$user] = $held
        if ($held -and ($held -ne $name)) { $overwritten += @{ 'user-id' = $user; policy = $held } }
    }
    if (($overwritten.Count -gt 0) -and $byHand) {
        $overwritten | ForEach-Object { Write-Host ($_['user-id'] + ' has the policy ' + $_['policy'] + ' and would lose it.') }
        if ((Read-Host -Prompt 'Type yes to go on') -ne 'yes') { throw 'Stopped before anything was changed.' }
    }
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
        $assigned += @{ 'user-id' = $user; policy = $held; before = $before[$user] }
    }
}

if ($wanted['action'] -eq 'undo') {
    foreach ($user in @($wanted['user-ids'])) { $null = Grant-CsApplicationAccessPolicy -Identity $user -PolicyName $null }
    $policy = Get-Policy
    if (($null -ne $policy) -and ($policy.AppIds -contains $application)) {
        $null = Set-CsApplicationAccessPolicy -Identity $name -AppIds @{ Remove = $application }
    }
}

$policy = Get-Policy
$ids = @()
if ($null -ne $policy) { $ids = @($policy.AppIds) }
$result = [ordered]@{
    format = 1; action = [string]$wanted['action']; 'application-id' = $application; 'policy-name' = $name
    'policy-app-ids' = $ids; assigned = $assigned; overwritten = $overwritten; global = $global; group = $group
    at = (Get-Date).ToUniversalTime().ToString('o')
} | ConvertTo-Json -Compress -Depth 6

if ($byHand) { Set-Content -LiteralPath (Join-Path -Path $PSScriptRoot -ChildPath 'result.json') -Value $result -Encoding utf8 }
$marker = [string]$wanted['marker']
Write-Output ($marker + $result + $marker)
