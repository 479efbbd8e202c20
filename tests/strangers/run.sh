#!/usr/bin/env bash
# Lets the strangers try the rehearsal tenant of the built command line, each on a fresh one.
#
#   FOOTBRIDGE=path/to/footbridge PYTHON=path/to/python [AZURE=folder/with/az] run.sh
#
# Exit 1 at the first proof that fails; a stranger that is not here is named as left out.
set -euo pipefail
cd "$(dirname "$0")"
: "${FOOTBRIDGE:?"path of the built footbridge"}" "${PYTHON:?"a python with the pinned packages"}"

room=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
    server=
}
trap 'finish; rm -rf "$room"' EXIT

fresh_tenant() {
    finish
    "$FOOTBRIDGE" rehearsal serve --tls --ca-out "$room/ca.pem" >"$room/announcement.json" &
    server=$!
    for _ in $(seq 200); do
        [ "$(wc -l <"$room/announcement.json")" -ge 1 ] && return
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    echo "FAILED  the rehearsal tenant announced nothing" >&2
    exit 1
}

echo "== MSAL for Python"
fresh_tenant
"$PYTHON" msal_check.py "$room/announcement.json"

echo "== MSAL for Python with an exported PFX"
fresh_tenant
"$PYTHON" certificate_check.py "$room/announcement.json" "$FOOTBRIDGE"

echo "== Azure CLI"
if [ -n "${AZURE:-}" ] && [ -x "$AZURE/az" ]; then
    fresh_tenant
    PATH="$AZURE:$PATH" bash azure_cli_check.sh "$room/announcement.json"
else
    echo "left out: the Azure CLI is not installed here"
fi
