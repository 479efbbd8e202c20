// g++ -std=c++17 -o opener opener.cpp -lcrypto && ./opener BUNDLE KEY.jwk [RECEIPT]: OpenSSL 3's libcrypto alone. Prints the verified payload.
#include <openssl/hmac.h>
#include <openssl/x509.h>
#include <fstream>
#include <iostream>
#include <regex>
using S = std::string; using U = unsigned char*; U u(const S& s) { return (U)s.data(); } const S A = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
void need(bool good, const char* what) { if (!good) { std::cerr << "refused: " << what << "\n"; exit(1); } }
S e(const S& d) { S o; unsigned v = 0; int n = 0; for (unsigned char c : d) for (v = v << 8 | c, n += 8; n >= 6; n -= 6) o += A[v >> (n - 6) & 63]; return n ? o + A[v << (6 - n) & 63] : o; }
S b(const S& s) { S o; unsigned v = 0; int n = 0; for (char c : s) { size_t i = A.find(c); need(i != S::npos, "alphabet"); v = v << 6 | unsigned(i); if ((n += 6) >= 8) o += char(v >> (n -= 8)); } need(e(o) == s, "spelling"); return o; }
std::vector<S> parts(const S& t) { std::vector<S> o(1); for (char c : t) if (c == '.') o.push_back(""); else o.back() += c; return o; }
S top(const S& j) { S o; int d = 0; bool s = false; for (size_t i = 0; i < j.size(); i++) { char c = j[i]; if (c == '\\') { i++; continue; } if (c == '"') s = !s; if (!s && (c == '}' || c == ']')) d--; if (d == 1) o += c; if (!s && (c == '{' || c == '[')) d++; } return o; }
S m(const S& j, const S& name) { std::smatch f; need(std::regex_search(j, f, std::regex("\"" + name + "\"\\s*:\\s*\"([\\w-]*)\"")), "member"); return f[1]; }
S be(int n) { return {char(n >> 24), char(n >> 16), char(n >> 8), char(n)}; } S sha(const S& d) { S o(32, 0); SHA256(u(d), d.size(), u(o)); return o; }
S xy(const S& j) { S x = b(m(j, "x")), y = b(m(j, "y")); need(x.size() == 32 && y.size() == 32, "key"); return x + y; }
S pair(const S& j) { return "\"x\":\"" + m(j, "x") + "\",\"y\":\"" + m(j, "y") + "\"}"; } S jwk(const S& j) { return "{\"kty\":\"EC\",\"crv\":\"P-256\"," + pair(j); } S thumb(const S& j) { return e(sha("{\"crv\":\"P-256\",\"kty\":\"EC\"," + pair(j))); }
EVP_PKEY* pub(const S& j) { S der = S("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04", 27) + xy(j); const unsigned char* p = u(der); auto k = d2i_PUBKEY(nullptr, &p, 91); need(k, "point"); return k; }
int main(int n, char** a) { auto file = [](const char* name) { std::ifstream in(name, std::ios::binary); return S(std::istreambuf_iterator<char>(in), {}); }; need(n > 2, "arguments"); S t = file(a[1]), own = file(a[2]); auto p = parts(t); need(t.size() <= 262144 && p.size() == 5 && p[1] == "", "parts");
  S h = b(p[0]), iv = b(p[2]), text = b(p[3]), tag = b(p[4]); need(h == "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\",\"typ\":\"bundle+jwe\",\"cty\":\"bundle+jws\",\"kid\":\"" + thumb(own) + "\",\"epk\":" + jwk(h) + "}" && iv.size() == 12 && tag.size() == 16, "header");
  S der = S("\x30\x77\x02\x01\x01\x04\x20", 7) + b(m(own, "d")) + S("\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\xa1\x44\x03\x42\x00\x04", 18) + xy(own), z(32, 0); const unsigned char* q = u(der); size_t zn = 32; auto ka = EVP_PKEY_CTX_new(d2i_AutoPrivateKey(nullptr, &q, long(der.size())), nullptr);
  need(EVP_PKEY_derive_init(ka) == 1 && EVP_PKEY_derive_set_peer(ka, pub(h)) == 1 && EVP_PKEY_derive(ka, u(z), &zn) == 1, "agreement"); S key = sha(be(1) + z + be(7) + "A256GCM" + be(0) + be(0) + be(256)), jws(text.size(), 0); int k = 0;
  auto c = EVP_CIPHER_CTX_new(); EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), nullptr, u(key), u(iv)); EVP_DecryptUpdate(c, nullptr, &k, u(p[0]), int(p[0].size())); EVP_DecryptUpdate(c, u(jws), &k, u(text), int(text.size())); EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, 16, u(tag)); need(EVP_DecryptFinal_ex(c, u(jws) + k, &k) == 1, "tag");
  auto i = parts(jws); need(i.size() == 3, "inner parts"); S ih = b(i[0]), json = b(i[1]), load = top(json), sig = b(i[2]), msg = i[0] + "." + i[1]; need(ih == "{\"alg\":\"ES256\",\"typ\":\"bundle+jws\",\"jwk\":" + jwk(ih) + "}" && sig.size() == 64, "inner header");
  auto rs = ECDSA_SIG_new(); ECDSA_SIG_set0(rs, BN_bin2bn(u(sig), 32, nullptr), BN_bin2bn(u(sig) + 32, 32, nullptr)); U ds = nullptr; int dn = i2d_ECDSA_SIG(rs, &ds); auto v = EVP_MD_CTX_new(); need(EVP_DigestVerifyInit(v, nullptr, EVP_sha256(), nullptr, pub(ih)) == 1 && EVP_DigestVerify(v, ds, size_t(dn), u(msg), msg.size()) == 1, "signature");
  need(std::regex_search(load, std::regex("\"v\"\\s*:\\s*1\\s*[,}]|\"v\"\\s*:\\s*1\\s*$")) && m(load, "aud") == thumb(own), "version or audience"); std::cout << json << std::flush; if (n < 4) return 0; S at = std::to_string(time(nullptr)), mac(32, 0), rk = sha(jws), rm = "receipt/1." + m(load, "jti") + "." + at; HMAC(EVP_sha256(), u(rk), 32, u(rm), rm.size(), u(mac), nullptr); std::ofstream(a[3]) << "{\"v\":1,\"jti\":\"" + m(load, "jti") + "\",\"taken\":" + at + ",\"proof\":\"" + e(mac) + "\"}"; }
