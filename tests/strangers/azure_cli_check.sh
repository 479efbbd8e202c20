#!/usr/bin/env bash
# The Azure CLI registers an application in a rehearsal tenant: device-code login to a custom cloud, then application, permission,
# service principal, secret and app role assignment. Needs az (azure-cli 2.91.0) and python3.
#
#   azure_cli_check.sh announcement.json     the JSON line of `footbridge rehearsal serve --tls`
#
# Prints one line for each proof; exit 1 at the first that fails.
set -euo pipefail

announcement=${1:?"usage: azure_cli_check.sh ANNOUNCEMENT"}
field() { python3 -c 'import functools,json,sys; print(functools.reduce(lambda at,k: at[int(k)] if k.isdigit() else at[k], sys.argv[2].split("."), json.load(open(sys.argv[1]))))' "$announcement" "$1"; }
proven() { echo "proven  $1"; }
failed() { echo "FAILED  $1" >&2; exit 1; }

L=$(field login); G=$(field graph); A=$L; TENANT=$(field tenant); CA=$(field ca)
ACCOUNT=$(field accounts.0.upn)
AZURE_CONFIG_DIR=$(mktemp -d)
trap 'rm -rf "$AZURE_CONFIG_DIR"' EXIT
export AZURE_CONFIG_DIR REQUESTS_CA_BUNDLE=$CA CURL_CA_BUNDLE=$CA NO_PROXY=localhost,127.0.0.1 no_proxy=localhost,127.0.0.1
export AZURE_CORE_INSTANCE_DISCOVERY=false AZURE_CORE_COLLECT_TELEMETRY=false AZURE_CORE_OUTPUT=json AZURE_CORE_ONLY_SHOW_ERRORS=true
export AZURE_CORE_NO_COLOR=true AZURE_CORE_LOGIN_EXPERIENCE_V2=off PYTHONWARNINGS=ignore

az cloud register -n Rehearsal --endpoint-active-directory "$L" --endpoint-active-directory-resource-id "$A/" \
    --endpoint-active-directory-graph-resource-id "$G/" --endpoint-microsoft-graph-resource-id "$G/" \
    --endpoint-resource-manager "$A/" --endpoint-management "$A/" --skip-endpoint-discovery >/dev/null
az cloud set -n Rehearsal >/dev/null
proven "a custom cloud is registered"

# az prints the code for a person; here the control address is asked which code is waiting.
control() { curl --silent --show-error --fail --noproxy '*' -H "Authorization: Bearer $(field control.token)" -H 'Content-Type: application/json' "$(field control.url)/$1" "${@:2}"; }
az login --use-device-code -t "$TENANT" --allow-no-subscriptions >"$AZURE_CONFIG_DIR/login.json" 2>"$AZURE_CONFIG_DIR/login.err" &
login=$!
for _ in $(seq 100); do
    code=$(control devices | python3 -c 'import json,sys; print((json.load(sys.stdin)["waiting"] or [""])[-1])')
    [ -n "$code" ] && break
    sleep 0.1
done
[ -n "${code:-}" ] || failed "az asked for no device code"
control approve -d "{\"user_code\":\"$code\",\"account\":\"$ACCOUNT\"}" >/dev/null
wait "$login" || { cat "$AZURE_CONFIG_DIR/login.err" >&2; failed "az login"; }
proven "az login by device code"

[ "$(az account get-access-token --resource "$G/" --query tenant -o tsv)" = "$TENANT" ] || failed "az account get-access-token"
proven "az account get-access-token names the tenant"

APP=$(az ad app create --display-name "Stranger from the Azure CLI" --query appId -o tsv)
[ -n "$APP" ] || failed "az ad app create"
proven "az ad app create: $APP"
az ad app permission add --id "$APP" --api 00000003-0000-0000-c000-000000000000 \
    --api-permissions df021288-bdef-4463-88db-98f22de89214=Role e1fe6dd8-ba31-4d61-89e7-88639da4683d=Scope >/dev/null
[ "$(az ad app permission list --id "$APP" --query 'length([0].resourceAccess)' -o tsv)" = 2 ] || failed "az ad app permission add"
proven "az ad app permission add"
SP=$(az ad sp create --id "$APP" --query id -o tsv)
[ "$(az ad sp show --id "$APP" --query id -o tsv)" = "$SP" ] || failed "az ad sp create"
proven "az ad sp create, seen by az ad sp show"
SECRET=$(az ad app credential reset --id "$APP" --append --display-name stranger --query password -o tsv)
[ -n "$SECRET" ] || failed "az ad app credential reset"
[ "$(az ad app credential list --id "$APP" --query 'length(@)' -o tsv)" = 1 ] || failed "az ad app credential list"
proven "az ad app credential reset --append"
az ad app permission grant --id "$APP" --api 00000003-0000-0000-c000-000000000000 --scope User.Read >/dev/null
proven "az ad app permission grant"
MSGRAPH=$(az ad sp show --id 00000003-0000-0000-c000-000000000000 --query id -o tsv)
az rest --method POST --url "$G/v1.0/servicePrincipals/$SP/appRoleAssignments" --resource "$G/" --headers Content-Type=application/json \
    --body "{\"principalId\":\"$SP\",\"resourceId\":\"$MSGRAPH\",\"appRoleId\":\"df021288-bdef-4463-88db-98f22de89214\"}" >/dev/null
[ "$(az rest --url "$G/v1.0/servicePrincipals/$SP/appRoleAssignments" --resource "$G/" --query 'length(value)' -o tsv)" = 1 ] || failed "az rest appRoleAssignments"
proven "az rest to appRoleAssignments"

az account clear >/dev/null
az login --service-principal -u "$APP" -p "$SECRET" -t "$TENANT" --allow-no-subscriptions >/dev/null
az rest --url "$G/v1.0/users?\$top=1&\$select=id" --resource "$G/" >/dev/null
proven "the new secret signs in and reads a user"
az account clear >/dev/null
if az login --service-principal -u "$APP" -p "not-the-secret" -t "$TENANT" --allow-no-subscriptions >/dev/null 2>"$AZURE_CONFIG_DIR/wrong.err"; then
    failed "a wrong secret was let in"
fi
grep -q AADSTS7000215 "$AZURE_CONFIG_DIR/wrong.err" || failed "a wrong secret was refused without AADSTS7000215"
proven "a wrong secret is refused with AADSTS7000215"
