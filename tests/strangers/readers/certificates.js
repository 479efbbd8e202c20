// Opens an exported file with node-forge and prints key and certificates as PEM.
//
//     PASS=passphrase NODE_PATH=home/node_modules node certificates.js pfx|encrypted-key|chain|certificate|pkcs7 FILE
//
// Exit 1 where it cannot be opened. Only for tests with throw-away keys: what it prints is not protected.
"use strict";

const fs = require("node:fs");
const forge = require("node-forge");

const [kind, path] = process.argv.slice(2);
const bytes = fs.readFileSync(path);
const passphrase = process.env.PASS;
const asn1 = () => forge.asn1.fromDer(bytes.toString("binary"));

function keyPem(key) {
  const plain = forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key));
  return forge.pki.privateKeyInfoToPem(plain);
}

function opened() {
  switch (kind) {
    case "pfx": {
      const file = forge.pkcs12.pkcs12FromAsn1(asn1(), passphrase);
      const bags = (type) => file.getBags({ bagType: type })[type] ?? [];
      const keys = bags(forge.pki.oids.pkcs8ShroudedKeyBag).map((bag) => keyPem(bag.key));
      const certificates = bags(forge.pki.oids.certBag).map((bag) => forge.pki.certificateToPem(bag.cert));
      return [...keys, ...certificates];
    }
    case "encrypted-key": {
      const sealed = forge.pki.encryptedPrivateKeyFromPem(bytes.toString());
      return [forge.pki.privateKeyInfoToPem(forge.pki.decryptPrivateKeyInfo(sealed, passphrase))];
    }
    case "chain":
      return [forge.pki.certificateToPem(forge.pki.certificateFromPem(bytes.toString()))];
    case "certificate":
      return [forge.pki.certificateToPem(forge.pki.certificateFromAsn1(asn1()))];
    case "pkcs7":
      return forge.pkcs7.messageFromAsn1(asn1()).certificates.map((one) => forge.pki.certificateToPem(one));
    default:
      throw new Error(`unknown kind ${kind}`);
  }
}

process.stdout.write(opened().join("\n"));
