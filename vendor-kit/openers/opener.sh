#!/bin/bash
# opener.sh BUNDLE KEY.jwk [RECEIPT]: the `jose` command (latchset) alone, for a receipt `openssl`, too. Prints the verified payload.
set -euo pipefail
refuse() { echo "refused: $1" >&2; exit 1; }
LC_ALL=C; text=$(cat "$1"); [ ${#text} -eq "$(wc -c <"$1")" ] && [ ${#text} -le 262144 ] || refuse size
IFS=. read -r head empty iv ciphertext tag rest <<<"$text."
[ -z "$empty$rest" ] && [ "$text" = "$head..$iv.$ciphertext.$tag" ] && [ ${#iv} -eq 16 ] && [ ${#tag} -eq 22 ] || refuse parts
canonical() { printf %s "$1" | jose b64 dec -i- | jose b64 enc -I- | cmp -s - <(printf %s "$1") || refuse spelling; }
for part in "$head" "$iv" "$ciphertext" "$tag"; do canonical "$part"; done
# The header is compared with the constants. Only its one-time key is read out of it.
outer=$(jose b64 dec -i- <<<"$head"); own=$(jose jwk thp -i "$2" -a S256); epk=$(jose fmt -j "$outer" -O -g epk -O -o-)
point() { printf '{"kty":"EC","crv":"P-256","x":"%s","y":"%s"}' "$(jose fmt -j "$1" -g x -u-)" "$(jose fmt -j "$1" -g y -u-)"; }
[ "$outer" = '{"alg":"ECDH-ES","enc":"A256GCM","typ":"bundle+jwe","cty":"bundle+jws","kid":"'"$own"'","epk":'"$(point "$epk")}" ] || refuse header
# jose writes before it has checked the tag, so nothing counts before its exit status. No secret stands in an argument.
jws=$(jose jwe dec -i "$1" -k "$2") || refuse tag
IFS=. read -r head payload signature < <(printf '%s\n' "$jws") || refuse "inner parts"
canonical "$head"; canonical "$payload"; canonical "$signature"; inner=$(jose b64 dec -i- <<<"$head")
signer=$(point "$(jose fmt -j "$inner" -O -g jwk -O -o-)")
[ "$inner" = '{"alg":"ES256","typ":"bundle+jws","jwk":'"$signer}" ] || refuse "inner header"
json=$(printf %s "$jws" | jose jws ver -i- -k <(printf %s "$signer") -O-) || refuse signature
member() { printf %s "$json" | jose fmt -j- -g "$1" "$2"; }
[ "$(member v -o-)" = 1 ] && [ "$(member aud -u-)" = "$own" ] || refuse "version or audience"
printf %s "$json"; [ -n "${3:-}" ] || exit 0; at=$(date +%s); key=$(printf %s "$jws" | openssl dgst -sha256 -r); message="receipt/1.$(member jti -u-).$at"
proof=$(printf %s "$message" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:${key%% *}" -binary | jose b64 enc -I-)
printf '{"v":1,"jti":"%s","taken":%s,"proof":"%s"}' "$(member jti -u-)" "$at" "$proof" >"$3"
