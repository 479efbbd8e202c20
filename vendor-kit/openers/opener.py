# python3 opener.py BUNDLE KEY.jwk [RECEIPT]: Python 3.9 with `cryptography` (Debian: python3-cryptography). Prints the verified payload.
import base64, hashlib, hmac, json, sys, time
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
def need(good, what): good or sys.exit(f"refused: {what}")
def encoded(raw): return base64.urlsafe_b64encode(raw).decode().rstrip("=")
def raw(text): found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)); need(encoded(found) == text, "spelling"); return found
def coordinates(key): need(len(raw(key["x"])) == len(raw(key["y"])) == 32, "key"); return [int.from_bytes(raw(key[n]), "big") for n in "xy"]
def point(key): return ec.EllipticCurvePublicNumbers(*coordinates(key), ec.SECP256R1())
def jwk(key): return f'{{"kty":"EC","crv":"P-256","x":"{key["x"]}","y":"{key["y"]}"}}'
def thumb(key): return encoded(hashlib.sha256(f'{{"crv":"P-256","kty":"EC","x":"{key["x"]}","y":"{key["y"]}"}}'.encode()).digest())
text, own = open(sys.argv[1], "rb").read().decode("ascii"), json.load(open(sys.argv[2])); parts = text.split(".")
need(len(text) <= 262144 and len(parts) == 5 and parts[1] == "", "parts"); head, _, iv, ciphertext, tag = parts; epk = json.loads(raw(head))["epk"]
need(raw(head).decode() == f'{{"alg":"ECDH-ES","enc":"A256GCM","typ":"bundle+jwe","cty":"bundle+jws","kid":"{thumb(own)}","epk":{jwk(epk)}}}', "header")
need(len(raw(iv)) == 12 and len(raw(tag)) == 16, "lengths"); mine = ec.EllipticCurvePrivateNumbers(int.from_bytes(raw(own["d"]), "big"), point(own)).private_key()
other = b"\0\0\0\7A256GCM" + bytes(8) + (256).to_bytes(4, "big"); shared = mine.exchange(ec.ECDH(), point(epk).public_key())
jws = AESGCM(ConcatKDFHash(hashes.SHA256(), 32, other).derive(shared)).decrypt(raw(iv), raw(ciphertext) + raw(tag), head.encode())
inner = jws.decode().split("."); need(len(inner) == 3 and len(raw(inner[2])) == 64, "inner parts"); signer = json.loads(raw(inner[0]))["jwk"]
need(raw(inner[0]).decode() == f'{{"alg":"ES256","typ":"bundle+jws","jwk":{jwk(signer)}}}', "inner header")
r, s = (int.from_bytes(raw(inner[2])[n : n + 32], "big") for n in (0, 32)); signature = utils.encode_dss_signature(r, s)
point(signer).public_key().verify(signature, f"{inner[0]}.{inner[1]}".encode(), ec.ECDSA(hashes.SHA256()))
payload, taken = json.loads(raw(inner[1])), int(time.time()); need(type(payload["v"]) is int and payload["v"] == 1 and payload["aud"] == thumb(own), "version or audience")
sys.stdout.buffer.write(raw(inner[1])); len(sys.argv) > 3 and json.dump({"v": 1, "jti": payload["jti"], "taken": taken, "proof": encoded(hmac.digest(hashlib.sha256(jws).digest(), f'receipt/1.{payload["jti"]}.{taken}'.encode(), "sha256"))}, open(sys.argv[3], "w"))
