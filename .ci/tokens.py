"""Is a partner's server: has a standard JWT library verify our tokens by the published keys alone.

    python .ci/tokens.py target/debug/local

Needs `.ci/requirements-tokens.txt`.
"""

import base64
import datetime
import json
import re
import sys

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from smoke import answered, equal, request, serving

TENANT = re.compile(r"A tenant's client app sends the header `(\S+): (basic \S+)`")
USER = {"username": "partner@example.com", "password": "tidy-otter-42"}
ALGORITHMS = ["RS256"]
REQUIRED = ["id", "username", "to", "iss", "aud", "iat", "exp", "jti"]


def part(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def unpacked(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Partner:
    """What a partner's server knows: who issues tokens, and what it is called itself."""

    def __init__(self, issuer, tenant):
        self.issuer = issuer
        self.tenant = tenant
        configuration = request(issuer, "GET", "/.well-known/openid-configuration", None, {})
        equal(configuration.status, 200, "status of the configuration")
        equal(configuration.body["issuer"], issuer, "issuer")
        self.keys = jwt.PyJWKClient(configuration.body["jwks_uri"])

    def verify(self, token, key=None, options=None, **changes):
        expected = {"issuer": self.issuer, "audience": self.tenant, "leeway": 0} | changes
        return jwt.decode(
            token,
            (key or self.keys.get_signing_key_from_jwt(token)).key,
            algorithms=ALGORITHMS,
            options={"require": REQUIRED} | (options or {}),
            **expected,
        )

    def refuses_expired(self, token, **changes):
        self.refuses("an expired one", jwt.ExpiredSignatureError, token, **changes)

    def refuses(self, what, error, token, **changes):
        try:
            self.verify(token, **changes)
        except error:
            print(f"refused: {what}")
            return
        raise AssertionError(f"accepted: {what}")


def check(server):
    header, credentials = TENANT.search(server.output()).groups()
    tenant, _ = base64.b64decode(credentials.split()[1]).decode().split(":")

    def ask(method, path, body=None, **more):
        headers = {"content-type": "application/json", header: credentials} | more
        return request(server.api, method, path, body, headers)

    reply = ask("POST", "/api/user/signup", USER)
    equal(reply.status, 200, f"status of {reply.body}")
    token, user = reply.body["data"]["token"], reply.body["data"]["id"]

    partner = Partner(server.api, tenant)
    claims = partner.verify(token)
    known = {"id": user, "username": USER["username"], "to": tenant}
    equal({name: claims[name] for name in known}, known, "claims")
    equal(claims["exp"] - claims["iat"], 14 * 24 * 60 * 60, "lifetime")
    print("accepted: the token, by the published keys alone")

    head, body, signature = token.split(".")
    key = partner.keys.get_signing_key_from_jwt(token)
    invalid = jwt.InvalidSignatureError
    forged = part(unpacked(body) | {"id": "1"})
    partner.refuses("another account's id", invalid, f"{head}.{forged}.{signature}")
    flipped = ("A" if signature[9] != "A" else "B").join([signature[:9], signature[10:]])
    partner.refuses("another signature", invalid, f"{head}.{body}.{flipped}")
    none = f"{part({'typ': 'JWT', 'alg': 'none'})}.{body}."
    partner.refuses("no signature", jwt.InvalidAlgorithmError, none, key=key)
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = jwt.encode(claims, stranger, "RS256", {"kid": unpacked(head)["kid"]})
    partner.refuses("a stranger's key under our key's name", invalid, own)
    own = jwt.encode(claims, stranger, "RS256", {"kid": "strangers"})
    partner.refuses("a stranger's key", jwt.PyJWKClientError, own)
    # A leeway below zero is a clock that is ahead: a fortnight from now, and just before that.
    for days, check in [(13, partner.verify), (14, partner.refuses_expired)]:
        check(token, leeway=-datetime.timedelta(days=days, minutes=1), options={"verify_iat": False})
    partner.refuses("another tenant's", jwt.InvalidAudienceError, token, audience="somebody-else")
    partner.refuses("another issuer's", jwt.InvalidIssuerError, token, issuer="https://a.example")

    bearer = {"authorization": f"bearer {token}"}
    out = {"data": {}, "message": "sign out successfully"}
    answered(ask("POST", "/api/user/signout", **bearer), 200, out)
    dead = {"code": 401, "message": "user unauthenticated"}
    answered(ask("POST", "/api/user/signout", **bearer), 401, dead)
    print("refused by Atrium: a token that was signed out")


def main():
    with serving(sys.argv[1]) as server:
        check(server)
        server.interrupt()


if __name__ == "__main__":
    main()
