<?php // php opener.php BUNDLE KEY.jwk [RECEIPT]: PHP 8 with its openssl extension and nothing else. Prints the verified payload.
function refuse($why) { fwrite(STDERR, "refused: $why\n"); exit(1); }
set_error_handler(fn($level, $why) => refuse($why)); // a warning is a refusal, too
function b64($bytes) { return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '='); }
function bytes($text) { return b64($bytes = base64_decode(strtr($text, '-_', '+/'), true)) === $text ? $bytes : refuse('spelling'); }
function pem($kind, $der) { return "-----BEGIN $kind-----\n" . base64_encode($der) . "\n-----END $kind-----\n"; }
function xy($k) { return strlen(bytes($k->x)) === 32 && strlen(bytes($k->y)) === 32 ? bytes($k->x) . bytes($k->y) : refuse('key'); }
function spki($xy) { return pem('PUBLIC KEY', hex2bin('3059301306072a8648ce3d020106082a8648ce3d03010703420004') . $xy); }
function jwk($k) { return "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"$k->x\",\"y\":\"$k->y\"}"; }
function thumb($k) { return b64(hash('sha256', "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"$k->x\",\"y\":\"$k->y\"}", true)); }
function der($tag, $bytes) { return chr($tag) . chr(strlen($bytes)) . $bytes; }
function int($n) { return der(2, ord(($n = ltrim($n, "\0") ?: "\0")[0]) < 128 ? $n : "\0$n"); }
$own = json_decode(file_get_contents($argv[2])); $parts = explode('.', $text = file_get_contents($argv[1]));
if (strlen($text) > 262144 || count($parts) !== 5 || $parts[1] !== '') refuse('parts');
[$head, , $iv, $ciphertext, $tag] = $parts; $epk = (json_decode(bytes($head)) ?? refuse('header'))->epk;
$want = '{"alg":"ECDH-ES","enc":"A256GCM","typ":"bundle+jwe","cty":"bundle+jws","kid":"' . thumb($own) . '","epk":' . jwk($epk) . '}';
if (bytes($head) !== $want || strlen(bytes($iv)) !== 12 || strlen(bytes($tag)) !== 16) refuse('header');
$mine = hex2bin('30770201010420') . bytes($own->d) . hex2bin('a00a06082a8648ce3d030107a14403420004') . xy($own);
$shared = openssl_pkey_derive(spki(xy($epk)), pem('EC PRIVATE KEY', $mine), 32) ?: refuse('point');
$key = hash('sha256', pack('N', 1) . $shared . pack('N', 7) . 'A256GCM' . pack('NNN', 0, 0, 256), true);
$jws = openssl_decrypt(bytes($ciphertext), 'aes-256-gcm', $key, OPENSSL_RAW_DATA, bytes($iv), bytes($tag), $head) ?: refuse('tag');
[$head, $load, $sig] = count($parts = explode('.', $jws)) === 3 ? $parts : refuse('inner parts'); $signer = json_decode(bytes($head))->jwk;
if (bytes($head) !== '{"alg":"ES256","typ":"bundle+jws","jwk":' . jwk($signer) . '}' || strlen(bytes($sig)) !== 64) refuse('inner header');
if (openssl_verify("$head.$load", der(48, int(substr(bytes($sig), 0, 32)) . int(substr(bytes($sig), 32))), spki(xy($signer)), 'sha256') !== 1) refuse('signature');
if (($p = json_decode(bytes($load)))->v !== 1 || $p->aud !== thumb($own)) refuse('version or audience'); echo bytes($load); if (isset($argv[3])) file_put_contents($argv[3], json_encode(['v' => 1, 'jti' => $p->jti, 'taken' => $at = time(), 'proof' => b64(hash_hmac('sha256', "receipt/1.$p->jti.$at", hash('sha256', $jws, true), true))]));
