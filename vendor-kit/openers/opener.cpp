// g++ -std=c++17 -o opener opener.cpp -lcrypto; ./opener BUNDLE KEY.jwk [RECEIPT]: OpenSSL 3's libcrypto alone. Prints the verified payload.
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <fstream>
#include <iostream>
#include <regex>
#include <vector>
using S = std::string; using U = const unsigned char*; U u(const S& s) { return (U)s.data(); }
S need(bool good, const char* what) { if (!good) { std::cerr << "refused: " << what << "\n"; exit(1); } return ""; }
S file(const char* name) { std::ifstream in(name, std::ios::binary); return S(std::istreambuf_iterator<char>(in), {}); }
const S A = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
S e(const S& d) { S o; unsigned v = 0; int n = 0; for (unsigned char c : d) for (v = v << 8 | c, n += 8; n >= 6; n -= 6) o += A[v >> (n - 6) & 63]; return n ? o + A[v << (6 - n) & 63] : o; }
S b(const S& s) { S o; unsigned v = 0; int n = 0; for (char c : s) { size_t i = A.find(c); need(i != S::npos, "alphabet"); v = v << 6 | i; if ((n += 6) >= 8) o += char(v >> (n -= 8)); } need(e(o) == s, "spelling"); return o; }
S sha(const S& d) { S o(32, 0); SHA256(u(d), d.size(), (unsigned char*)o.data()); return o; }
S m(const S& j, const S& name) { std::smatch f; need(std::regex_search(j, f, std::regex("\"" + name + "\"\\s*:\\s*\"([\\w.-]*)\"")), name.c_str()); return f[1]; }
S xy(const S& j, const S& x = "x", const S& y = "y") { need(b(m(j, x)).size() == 32 && b(m(j, y)).size() == 32, "key"); return b(m(j, x)) + b(m(j, y)); }
