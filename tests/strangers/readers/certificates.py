#!/usr/bin/env python3
"""Opens an exported file with the Python package cryptography and prints key and certificates as PEM.

    PASS=passphrase certificates.py pfx|encrypted-key|chain|certificate|pkcs7 FILE

Exit 1 where it cannot be opened. Only for tests with throw-away keys: what it prints is not protected.
"""
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12


def opened(kind, content, passphrase):
    if kind == "pfx":
        found = pkcs12.load_pkcs12(content, passphrase)
        return found.key, [found.cert.certificate] + [more.certificate for more in found.additional_certs]
    if kind == "encrypted-key":
        return serialization.load_pem_private_key(content, passphrase), []
    if kind == "chain":
        return None, x509.load_pem_x509_certificates(content)
    if kind == "certificate":
        return None, [x509.load_der_x509_certificate(content)]
    if kind == "pkcs7":
        return None, pkcs7.load_der_pkcs7_certificates(content)
    raise SystemExit(f"unknown kind {kind}")


def main():
    kind, path = sys.argv[1:]
    with open(path, "rb") as file:
        key, certificates = opened(kind, file.read(), os.environ["PASS"].encode())
    text = b""
    if key is not None:
        text += key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    for certificate in certificates:
        text += certificate.public_bytes(serialization.Encoding.PEM)
    sys.stdout.buffer.write(text)


if __name__ == "__main__":
    main()
