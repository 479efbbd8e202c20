#!/usr/bin/env python3
"""MSAL for Python signs in to a rehearsal tenant.

    footbridge rehearsal serve --tls | python3 msal_check.py
    python3 msal_check.py announcement.json

Reads the announcement (one JSON line) and proves a device-code sign-in (approved through the control address), a silent renewal,
the browser flow with PKCE, and client credentials with secret and with certificate in both of MSAL's dresses. Prints one line for
each proof; exit 1 at the first that fails.
"""
import json
import os
import sys
import urllib.parse
import urllib.request

GRAPH_TOOLS = "14d82eec-204b-4c2f-b7e8-296a70dab67e"


def proven(what, condition, shown=None):
    if not condition:
        print(f"FAILED  {what}: {shown}", flush=True)
        raise SystemExit(1)
    print(f"proven  {what}", flush=True)


def control(announced, path, body):
    request = urllib.request.Request(
        f"{announced['control']['url']}/{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {announced['control']['token']}", "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return json.loads(answer.read())


def main():
    source = open(sys.argv[1], encoding="utf-8") if len(sys.argv) > 1 else sys.stdin
    announced = json.loads(source.readline())
    # requests lets these win over Session.verify, so verify=CA alone fails.
    os.environ["REQUESTS_CA_BUNDLE"] = os.environ["CURL_CA_BUNDLE"] = announced["ca"]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1"
    import msal
    import requests

    authority = f"{announced['login']}/{announced['tenant']}"
    account = announced["accounts"][0]["upn"]

    def public(client_id, **more):
        return msal.PublicClientApplication(
            client_id, authority=authority, instance_discovery=False, verify=announced["ca"], **more
        )

    def graph(token, path):
        return requests.get(
            f"{announced['graph']}/v1.0{path}", headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

    for name, client_id in (("Graph Command Line Tools", GRAPH_TOOLS), ("announced client", announced["client_id"])):
        app = public(client_id)
        flow = app.initiate_device_flow(scopes=["User.Read"])
        proven(f"device code handed out ({name})", "user_code" in flow, flow)
        control(announced, "approve", {"user_code": flow["user_code"], "account": account})
        flow["interval"] = 0
        result = app.acquire_token_by_device_flow(flow)
        proven(f"device code became tokens ({name})", "access_token" in result, result.get("error_description"))
        claims = result["id_token_claims"]
        proven("ID token names account and tenant",
               claims["preferred_username"] == account and claims["tid"] == announced["tenant"], claims)
        owner = app.get_accounts()[0]
        proven("home account id is object and tenant", owner["home_account_id"] == f"{claims['oid']}.{claims['tid']}", owner)
        proven("the cache knows the scope as it was spelled",
               app.acquire_token_silent(["User.Read"], account=owner)["token_source"] == "cache")
        renewed = app.acquire_token_silent(["User.Read"], account=owner, force_refresh=True)
        proven("a refresh token renews", renewed and renewed["token_source"] == "identity_provider", renewed)
        answer = graph(renewed["access_token"], "/me")
        proven("Graph knows the person", answer.status_code == 200, answer.text)

    app = public(GRAPH_TOOLS)
    flow = app.initiate_device_flow(scopes=["User.Read"])
    control(announced, "decline", {"user_code": flow["user_code"]})
    flow["interval"] = 0
    proven("a declined code is told", app.acquire_token_by_device_flow(flow).get("error") == "authorization_declined")

    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri="http://localhost:4711", response_mode="query")
    back = control(announced, "authorize", {"url": flow["auth_uri"], "account": account})["redirect"]
    members = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
    result = app.acquire_token_by_auth_code_flow(flow, members)
    proven("browser flow with PKCE and nonce", "access_token" in result, result.get("error_description"))

    confidential = announced["confidential"]
    pem = open(confidential["certificate"], encoding="utf-8").read()
    certificate = pem[pem.index("-----BEGIN CERTIFICATE"):]
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    parsed = x509.load_pem_x509_certificate(certificate.encode())
    thumbprint = parsed.fingerprint(hashes.SHA1()).hex().upper()
    credentials = {
        "secret": confidential["secret"],
        "certificate, PS256 and x5t#S256": {"private_key": pem, "public_certificate": certificate},
        "certificate, RS256 and x5t": {"private_key": pem, "thumbprint": thumbprint, "public_certificate": certificate},
    }
    for name, credential in credentials.items():
        app = msal.ConfidentialClientApplication(
            confidential["client_id"], client_credential=credential, authority=authority, instance_discovery=False,
            verify=announced["ca"],
        )
        for scope in ("https://graph.microsoft.com/.default", f"{announced['graph']}/.default"):
            result = app.acquire_token_for_client([scope])
            proven(f"client credentials ({name}) for {scope}", "access_token" in result, result.get("error_description"))
        answer = graph(result["access_token"], "/users?$top=1&$select=id")
        proven("Graph knows the application", answer.status_code == 200, answer.text)

    app = msal.ConfidentialClientApplication(
        confidential["client_id"], client_credential="not the secret", authority=authority, instance_discovery=False,
        verify=announced["ca"],
    )
    refused = app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    proven("a wrong secret is refused with 7000215", refused.get("error_codes") == [7000215], refused)
    oidc = msal.PublicClientApplication(GRAPH_TOOLS, oidc_authority=f"{authority}/v2.0", verify=announced["ca"])
    flow = oidc.initiate_device_flow(scopes=["User.Read"])
    control(announced, "approve", {"user_code": flow["user_code"], "account": account})
    flow["interval"] = 0
    proven("the OIDC authority checks the issuer and works", "access_token" in oidc.acquire_token_by_device_flow(flow))


if __name__ == "__main__":
    main()
