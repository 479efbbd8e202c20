# Footbridge: one mailbox for one application in Exchange Online (role based access control for applications).
#
# Reads one line of JSON from standard input, or the file parameters.json beside this script, and writes one line of
# JSON as its result (to result.json too, when it was started by hand). It holds no value of its own.
#   by hand:  pwsh -NoProfile -File footbridge-exchange.ps1
# Needs PowerShell 7 and the module ExchangeOnlineManagement (Install-Module -Name ExchangeOnlineManagement), and an
# Exchange administrator.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$file = Join-Path -Path $PSScriptRoot -ChildPath 'parameters.json'
$byHand = Test-Path -LiteralPath $file
if ($byHand) { $line = Get-Content -LiteralPath $file -Raw } else { $line = [Console]::In.ReadLine() }
$wanted = $line | ConvertFrom-Json -AsHashtable

Import-Module -Name ExchangeOnlineManagement
if ($wanted['environment']) { $null = Connect-ExchangeOnline -ShowBanner:$false -ExchangeEnvironmentName ([string]$wanted['environment']) }
else { $null = Connect-ExchangeOnline -ShowBanner:$false }

$application = [string]$wanted['application-id']
$object = [string]$wanted['service-principal-id']
$scopeName = [string]$wanted['scope-name']
$assignmentName = [string]$wanted['assignment-name']
$role = [string]$wanted['role']

function Get-Scope {
    return Get-ManagementScope | Where-Object { $_.Name -eq $scopeName } | Select-Object -First 1
}

function Get-Assignment {
    return Get-ManagementRoleAssignment -Role $role | Where-Object { $_.Name -eq $assignmentName } | Select-Object -First 1
}

$address = ''
$filter = ''
$authorizations = @()

if ($wanted['action'] -eq 'limit') {
    # The filter is built from the address as Exchange itself tells it; a quote in it is doubled and stays inside.
    $box = Get-Mailbox -Identity ([string]$wanted['mailbox'])
    $address = [string]$box.PrimarySmtpAddress
    $filter = "PrimarySmtpAddress -eq '" + $address.Replace("'", "''") + "'"

    $principal = Get-ServicePrincipal | Where-Object { $_.AppId -eq $application } | Select-Object -First 1
    if ($null -eq $principal) {
        $null = New-ServicePrincipal -AppId $application -ObjectId $object -DisplayName ([string]$wanted['display-name'])
    }
    elseif ([string]$principal.ObjectId -ne $object) {
        throw 'Exchange knows this application under another object ID. Remove that service principal in Exchange first.'
    }

    $scope = Get-Scope
    if ($null -eq $scope) { $null = New-ManagementScope -Name $scopeName -RecipientRestrictionFilter $filter }
    elseif ([string]$scope.RecipientFilter -ne $filter) {
        $null = Set-ManagementScope -Identity $scopeName -RecipientRestrictionFilter $filter
    }

    if ($null -eq (Get-Assignment)) {
        $null = New-ManagementRoleAssignment -Name $assignmentName -App $object -Role $role -CustomResourceScope $scopeName
    }

    foreach ($line in @(Test-ServicePrincipalAuthorization -Identity $object -Resource $address)) {
        $authorizations += @{
            role = [string]$line.RoleName; scope = [string]$line.AllowedResourceScope
            kind = [string]$line.ScopeType; 'in-scope' = ([string]$line.InScope -eq 'True')
        }
    }
}

if ($wanted['action'] -eq 'limit-undo') {
    # Exchange's pointer to the service principal stays: it gives nothing by itself, and others may use it.
    if ($null -ne (Get-Assignment)) { $null = Remove-ManagementRoleAssignment -Identity $assignmentName -Confirm:$false }
    if ($null -ne (Get-Scope)) { $null = Remove-ManagementScope -Identity $scopeName -Confirm:$false }
}

$result = [ordered]@{
    format = 1; action = [string]$wanted['action']; 'application-id' = $application; 'scope-name' = $scopeName
    role = $role; mailbox = $address; filter = $filter; authorizations = $authorizations
    at = (Get-Date).ToUniversalTime().ToString('o')
} | ConvertTo-Json -Compress -Depth 6

if ($byHand) { Set-Content -LiteralPath (Join-Path -Path $PSScriptRoot -ChildPath 'result.json') -Value $result -Encoding utf8 }
$marker = [string]$wanted['marker']
Write-Output ($marker + $result + $marker)
