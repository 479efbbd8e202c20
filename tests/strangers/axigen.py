#!/usr/bin/env python3
"""Talks to an Axigen command line as the protocol's page says, and knows nothing of this project.

Usage: axigen.py HOST PORT [--ca FILE]    the password in AXIGEN_PASSWORD, commands on standard input.
Prints one JSON line: version, banner, the answer to each command, and the server's last words.
Python's standard library only.
"""

import json
import os
import re
import socket
import ssl
import sys

PROMPT = re.compile(r"(?:^|\n)<([A-Za-z0-9_.-]*#?|login|password)> $")
STATUS = re.compile(r"^(\+OK|-ERR): (.*)$")


class Client:
    def __init__(self, host, port, ca):
        raw = socket.create_connection((host, port), timeout=20)
        if ca:
            raw = ssl.create_default_context(cafile=ca).wrap_socket(raw, server_hostname=host)
        self.socket = raw
        self.prompt = None
        self.banner = self.read(first=True)

    def read(self, first=False):
        """Everything up to the next prompt, which is taken off and kept."""
        text = b""
        while True:
            packet = self.socket.recv(4096)
            if not packet:
                self.prompt = None
                return text.decode("utf-8").replace("\r\n", "\n")
            text += packet
            plain = text.decode("utf-8", "replace").replace("\r\n", "\n")
            found = PROMPT.search(plain)
            before = plain[: found.start()].rstrip("\n").split("\n")[-1] if found else ""
            if found and (first or STATUS.match(before)):
                self.prompt = found.group(1)
                return plain[: found.start()]

    def command(self, line):
        """The lines of the answer, whether it was good, and what the status line says."""
        self.socket.sendall((line + "\r\n").encode("utf-8"))
        lines = [one for one in self.read().split("\n") if one.strip()]
        status = STATUS.match(lines[-1]) if lines else None
        assert status, f"no status line after {line.split()[0]}: {lines!r}"
        return {
            "lines": lines[:-1],
            "ok": status.group(1) == "+OK",
            "said": status.group(2),
            "prompt": self.prompt,
        }


def main():
    host, port = sys.argv[1], int(sys.argv[2])
    ca = sys.argv[sys.argv.index("--ca") + 1] if "--ca" in sys.argv else None
    client = Client(host, port, ca)
    assert client.prompt == "login", client.prompt
    version = client.command("GET VERSION")
    assert client.command("SET CONSOLE-CODES off")["ok"]
    assert client.command("SET QUIET on")["ok"]
    user = client.command("USER admin")
    assert user["prompt"] == "password", user
    signed_in = client.command(os.environ["AXIGEN_PASSWORD"])
    answers = []
    if signed_in["ok"]:
        assert signed_in["prompt"] == "#", signed_in
        answers = [client.command(line) for line in sys.stdin.read().splitlines() if line]
    client.socket.sendall(b"EXIT\r\n")
    last = client.read()
    print(json.dumps({
        "banner": client.banner,
        "version": version["lines"],
        "signed_in": signed_in["ok"],
        "answers": answers,
        "last": last.strip(),
    }))


main()
