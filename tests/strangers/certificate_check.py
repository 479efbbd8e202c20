#!/usr/bin/env python3
"""MSAL for Python signs in to a rehearsal tenant with a PFX that the built command line exported.

    certificate_check.py announcement.json path/to/footbridge

Makes a key and a certificate with `footbridge cert new … --export openssl`, adds the public part to the announced confidential
application beside what it has, signs in with the PFX, and expects that a key whose certificate was not added is refused. Prints one
line for each proof; exit 1 at the first that fails.
"""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from msal_check import GRAPH_TOOLS, control, proven


def made(footbridge, folder, name):
    """A PFX of the command line: its path, its passphrase, the public part in DER and the certificate's event."""
    passphrase = folder / f"{name}.passphrase"
    ended = subprocess.run(
        [footbridge, "cert", "new", "--name", name, "--export", "openssl", "--out", str(folder),
         "--passphrase-file", str(passphrase), "--json"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )
    proven(f"footbridge made the certificate {name}", ended.returncode == 0, ended.stdout + ended.stderr)
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    pfx = next(e["path"] for e in events if e["event"] == "certificate-file" and e["kind"] == "pfx")
    public = next(e["path"] for e in events if e["event"] == "certificate-file" and e["kind"] == "certificate")
    certificate = next(e for e in events if e["event"] == "certificate")
    return pfx, passphrase.read_text(encoding="utf-8").strip(), pathlib.Path(public).read_bytes(), certificate


def main():
    announced = json.loads(open(sys.argv[1], encoding="utf-8").readline())
    footbridge = sys.argv[2]
    # requests lets these win over Session.verify, so verify=CA alone fails.
    os.environ["REQUESTS_CA_BUNDLE"] = os.environ["CURL_CA_BUNDLE"] = announced["ca"]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1"
    import msal
    import requests

    authority = f"{announced['login']}/{announced['tenant']}"
    confidential = announced["confidential"]
    admin = msal.PublicClientApplication(
        GRAPH_TOOLS, authority=authority, instance_discovery=False, verify=announced["ca"]
    )
    flow = admin.initiate_device_flow(scopes=["Application.ReadWrite.All"])
    control(announced, "approve", {"user_code": flow["user_code"], "account": announced["accounts"][0]["upn"]})
    flow["interval"] = 0
    token = admin.acquire_token_by_device_flow(flow)
    proven("an admin is signed in", "access_token" in token, token)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token['access_token']}"

    def keys():
        filter_ = f"appId eq '{confidential['client_id']}'"
        found = session.get(f"{announced['graph']}/v1.0/applications", params={"$filter": filter_}, timeout=30)
        proven("the application is found", found.status_code == 200, found.text)
        address = f"{announced['graph']}/v1.0/applications/{found.json()['value'][0]['id']}"
        shown = session.get(address, params={"$select": "id,keyCredentials"}, timeout=30)
        proven("its certificates are read", shown.status_code == 200, shown.text)
        return address, shown.json()["keyCredentials"]

    def sign_in(pfx, passphrase):
        app = msal.ConfidentialClientApplication(
            confidential["client_id"],
            client_credential={"private_key_pfx_path": pfx, "passphrase": passphrase},
            authority=authority, instance_discovery=False, verify=announced["ca"],
        )
        return app.acquire_token_for_client(["https://graph.microsoft.com/.default"])

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pfx, passphrase, public, certificate = made(footbridge, folder, "minutes")
        foreign, foreign_passphrase, _, _ = made(footbridge, folder, "foreign")

        early = sign_in(pfx, passphrase)
        proven("before the upload the PFX is refused", early.get("error_codes") == [700027], early)

        address, before = keys()
        # What others put there goes back as it came, without its key, which Graph never tells (graph: key is null).
        added = {"type": "AsymmetricX509Cert", "usage": "Verify", "displayName": certificate["subject"],
                 "key": base64.b64encode(public).decode()}
        answer = session.patch(address, json={"keyCredentials": before + [added]}, timeout=30)
        proven("the public part is added", answer.status_code == 204, answer.text)
        _, after = keys()
        proven("what was there before is untouched", after[: len(before)] == before, after)
        identifier = after[-1]["customKeyIdentifier"]
        compared = subprocess.run(
            [footbridge, "cert", "inspect", str(folder / "minutes.public.cer"), "--compare", identifier, "--json"],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True,
        )
        found = [json.loads(line) for line in compared.stdout.splitlines()]
        seen = [one["compared"] for one in found if one["event"] == "certificate"]
        proven("customKeyIdentifier is the thumbprint of the file", seen == ["same"], (identifier, found))

        result = sign_in(pfx, passphrase)
        proven("MSAL signs in with the PFX", "access_token" in result, result)
        users = requests.get(
            f"{announced['graph']}/v1.0/users?$top=1&$select=id",
            headers={"Authorization": f"Bearer {result['access_token']}"}, timeout=30,
        )
        proven("Graph knows the application", users.status_code == 200, users.text)
        refused = sign_in(foreign, foreign_passphrase)
        proven("a foreign key is refused with 700027", refused.get("error_codes") == [700027], refused)


if __name__ == "__main__":
    main()
