// Opener BUNDLE KEY.jwk [RECEIPT]: .NET 8 or later, the platform's own classes alone. Prints the verified payload.
using System; using System.IO; using System.Linq; using System.Security.Cryptography; using System.Text; using System.Text.Json;
void Need(bool good, string what) { if (!good) { Console.Error.WriteLine("refused: " + what); Environment.Exit(1); } }
string E(byte[] raw) => Convert.ToBase64String(raw).TrimEnd('=').Replace('+', '-').Replace('/', '_');
byte[] B(string text) { var raw = Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/') + new string('=', (4 - text.Length % 4) % 4)); Need(E(raw) == text, "spelling"); return raw; }
byte[] Number(int n) => new[] { (byte)(n >> 24), (byte)(n >> 16), (byte)(n >> 8), (byte)n };
string M(JsonElement json, string name) => json.GetProperty(name).GetString()!;
JsonElement Json(byte[] text) => JsonDocument.Parse(text).RootElement;
ECPoint Point(JsonElement key) { Need(B(M(key, "x")).Length == 32 && B(M(key, "y")).Length == 32, "key"); return new ECPoint { X = B(M(key, "x")), Y = B(M(key, "y")) }; }
ECParameters Public(JsonElement key) => new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = Point(key) };
string Jwk(JsonElement key) => $"{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{M(key, "x")}\",\"y\":\"{M(key, "y")}\"}}";
string Thumb(JsonElement key) => E(SHA256.HashData(Encoding.ASCII.GetBytes($"{{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"{M(key, "x")}\",\"y\":\"{M(key, "y")}\"}}")));
string bundle = File.ReadAllText(args[0], Encoding.Latin1); string[] p = bundle.Split('.'); JsonElement own = Json(File.ReadAllBytes(args[1]));
Need(bundle.Length <= 262144 && p.Length == 5 && p[1] == "", "parts"); byte[] head = B(p[0]), iv = B(p[2]), sealedText = B(p[3]), tag = B(p[4]); JsonElement epk = Json(head).GetProperty("epk");
Need(Encoding.UTF8.GetString(head) == $"{{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\",\"typ\":\"bundle+jwe\",\"cty\":\"bundle+jws\",\"kid\":\"{Thumb(own)}\",\"epk\":{Jwk(epk)}}}" && iv.Length == 12 && tag.Length == 16, "header");
var mine = Public(own); mine.D = B(M(own, "d")); using var ours = ECDiffieHellman.Create(mine); using var theirs = ECDiffieHellman.Create(Public(epk));
byte[] after = Number(7).Concat(Encoding.ASCII.GetBytes("A256GCM")).Concat(Number(0)).Concat(Number(0)).Concat(Number(256)).ToArray();
byte[] contentKey = ours.DeriveKeyFromHash(theirs.PublicKey, HashAlgorithmName.SHA256, Number(1), after), jws = new byte[sealedText.Length];
using (var gcm = new AesGcm(contentKey, 16)) gcm.Decrypt(iv, sealedText, tag, jws, Encoding.ASCII.GetBytes(p[0])); // throws where the tag does not hold
string[] q = Encoding.ASCII.GetString(jws).Split('.'); Need(q.Length == 3, "inner parts"); JsonElement signer = Json(B(q[0])).GetProperty("jwk");
Need(Encoding.UTF8.GetString(B(q[0])) == $"{{\"alg\":\"ES256\",\"typ\":\"bundle+jws\",\"jwk\":{Jwk(signer)}}}", "inner header");
using var ecdsa = ECDsa.Create(Public(signer)); Need(ecdsa.VerifyData(Encoding.ASCII.GetBytes(q[0] + "." + q[1]), B(q[2]), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation), "signature");
JsonElement load = Json(B(q[1])); Need(load.GetProperty("v").GetInt32() == 1 && M(load, "aud") == Thumb(own), "version or audience"); using (var screen = Console.OpenStandardOutput()) screen.Write(B(q[1]));
if (args.Length > 2) { long at = DateTimeOffset.UtcNow.ToUnixTimeSeconds(); string jti = M(load, "jti"); byte[] proof = HMACSHA256.HashData(SHA256.HashData(jws), Encoding.ASCII.GetBytes($"receipt/1.{jti}.{at}"));
    File.WriteAllText(args[2], $"{{\"v\":1,\"jti\":\"{jti}\",\"taken\":{at},\"proof\":\"{E(proof)}\"}}"); } // only once everything is stored
