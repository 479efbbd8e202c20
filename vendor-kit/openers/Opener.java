import java.math.BigInteger; import java.nio.file.*; import java.security.*; import java.security.spec.*; import java.util.*;
import javax.crypto.*; import javax.crypto.spec.*; // java Opener.java BUNDLE KEY.jwk [RECEIPT]: JDK 17 alone. Prints the verified payload.
public class Opener {
  static ECParameterSpec p256; static void need(boolean good, String what) { if (!good) throw new SecurityException("refused: " + what); }
  static byte[] b(String s) { byte[] d = Base64.getUrlDecoder().decode(s); need(e(d).equals(s), "spelling"); return d; }
  static String e(byte[] d) { return Base64.getUrlEncoder().withoutPadding().encodeToString(d); }
  static byte[] sha(byte[] d) throws Exception { return MessageDigest.getInstance("SHA-256").digest(d); }
  static String m(String j, String name) { return j.replaceFirst("(?s).*?\"" + name + "\"\\s*:\\s*\"([^\"\\\\]*)\".*", "$1"); }
  static String jwk(String j) { need(b(m(j, "x")).length == 32 && b(m(j, "y")).length == 32, "key"); return "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" + m(j, "x") + "\",\"y\":\"" + m(j, "y") + "\"}"; }
  static String thumb(String j) throws Exception { return e(sha(("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" + m(j, "x") + "\",\"y\":\"" + m(j, "y") + "\"}").getBytes())); }
  static PublicKey pub(String j) throws Exception { var w = new ECPoint(new BigInteger(1, b(m(j, "x"))), new BigInteger(1, b(m(j, "y")))); return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(w, p256)); }
  static String top(String j) { var o = new StringBuilder(); int d = 0; boolean s = false; for (int i = 0; i < j.length(); i++) { char c = j.charAt(i); if (c == '\\') { i++; continue; } if (c == '"') s = !s; if (!s && (c == '}' || c == ']')) d--; if (d == 1) o.append(c); if (!s && (c == '{' || c == '[')) d++; } return o.toString(); }
  public static void main(String[] a) throws Exception { var ps = AlgorithmParameters.getInstance("EC"); ps.init(new ECGenParameterSpec("secp256r1")); p256 = ps.getParameterSpec(ECParameterSpec.class);
    String own = Files.readString(Path.of(a[1])), t = Files.readString(Path.of(a[0])), p[] = t.split("\\.", -1), h = new String(b(p[0])); need(t.length() <= 262144 && p.length == 5 && p[1].isEmpty(), "parts");
    need(h.equals("{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\",\"typ\":\"bundle+jwe\",\"cty\":\"bundle+jws\",\"kid\":\"" + thumb(own) + "\",\"epk\":" + jwk(h) + "}") && b(p[2]).length == 12 && b(p[4]).length == 16, "header");
    var ka = KeyAgreement.getInstance("ECDH"); ka.init(KeyFactory.getInstance("EC").generatePrivate(new ECPrivateKeySpec(new BigInteger(1, b(m(own, "d"))), p256))); ka.doPhase(pub(h), true);
    var z = java.nio.ByteBuffer.allocate(59).putInt(1).put(ka.generateSecret()).putInt(7).put("A256GCM".getBytes()).putInt(0).putInt(0).putInt(256).array();
    var c = Cipher.getInstance("AES/GCM/NoPadding"); c.init(2, new SecretKeySpec(sha(z), "AES"), new GCMParameterSpec(128, b(p[2]))); c.updateAAD(p[0].getBytes()); c.update(b(p[3]));
    byte[] jws = c.doFinal(b(p[4])); String q[] = new String(jws).split("\\.", -1), i = new String(b(q[0])), load = top(new String(b(q[1]), "UTF-8"));
    need(q.length == 3 && i.equals("{\"alg\":\"ES256\",\"typ\":\"bundle+jws\",\"jwk\":" + jwk(i) + "}"), "inner header");
    var s = Signature.getInstance("SHA256withECDSAinP1363Format"); s.initVerify(pub(i)); s.update((q[0] + "." + q[1]).getBytes()); need(s.verify(b(q[2])), "signature");
    need(load.matches("(?s).*\"v\"\\s*:\\s*1\\s*[,}].*|(?s).*\"v\"\\s*:\\s*1\\s*") && m(load, "aud").equals(thumb(own)), "version or audience"); System.out.write(b(q[1])); System.out.flush();
    if (a.length > 2) { long at = System.currentTimeMillis() / 1000; var mac = Mac.getInstance("HmacSHA256"); mac.init(new SecretKeySpec(sha(jws), "HmacSHA256")); var proof = e(mac.doFinal(("receipt/1." + m(load, "jti") + "." + at).getBytes()));
      Files.writeString(Path.of(a[2]), "{\"v\":1,\"jti\":\"" + m(load, "jti") + "\",\"taken\":" + at + ",\"proof\":\"" + proof + "\"}"); } // only once everything is stored
}}
