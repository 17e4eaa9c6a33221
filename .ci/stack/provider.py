"""An OpenID provider behind TLS, on loopback, which signs in whoever comes.

Deployed functions talk to no provider without TLS, and MiniStack has none that hands out codes.
"""

import base64
import contextlib
import datetime
import hashlib
import http.server
import ipaddress
import json
import pathlib
import secrets
import ssl
import threading
import time
import urllib.parse

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

CLIENT = "atrium"
SUBJECT = "248289761001"
HOST = "127.0.0.1"


class Provider:
    def __init__(self, folder):
        self.secret = secrets.token_urlsafe(32)
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        # What each code was given out for.
        self.codes = {}
        self.certificate = make_certificate(pathlib.Path(folder))
        self.server = http.server.ThreadingHTTPServer((HOST, 0), handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.issuer = f"https://{HOST}:{self.server.server_port}"

    def entry(self, name):
        """What Atrium has to know of it."""
        known = {"client_id": CLIENT, "client_secret": self.secret}
        return {"name": name, "issuer": self.issuer} | known

    def configuration(self):
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self):
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [public | {"kid": "only", "use": "sig", "alg": "RS256"}]}

    def authorize(self, url):
        """Where a browser is sent on to that was sent to `url`: the person has said yes."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, strict_parsing=True))
        expected = {"client_id": CLIENT, "response_type": "code", "code_challenge_method": "S256"}
        differing = expected.items() - asked.items()
        assert not differing, f"a browser was sent here without {differing}"
        assert "openid" in asked["scope"].split(), asked["scope"]
        code = secrets.token_urlsafe(32)
        self.codes[code] = asked
        back = urllib.parse.urlencode({"code": code, "state": asked["state"]})
        return f"{asked['redirect_uri']}?{back}"

    def redeem(self, authorization, form):
        """The tokens for a code; `None` for a code or a client that is not as it has to be."""
        client = base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
        asked = self.codes.pop(form.get("code"), None)
        if asked is None or not secrets.compare_digest(authorization, f"Basic {client}"):
            return None
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (challenge, form["redirect_uri"]) != (asked["code_challenge"], asked["redirect_uri"]):
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": SUBJECT,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        token = jwt.encode(claims, self.key, "RS256", {"kid": "only"})
        return {"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "id_token": token}


def handler(provider):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            documents = {
                "/.well-known/openid-configuration": provider.configuration,
                "/keys": provider.keys,
            }
            if self.path in documents:
                self.answer(200, documents[self.path]())
            else:
                self.answer(404, {})

        def do_POST(self):
            content = self.rfile.read(int(self.headers["content-length"])).decode()
            form = dict(urllib.parse.parse_qsl(content))
            tokens = provider.redeem(self.headers["authorization"] or "", form)
            if self.path == "/token" and tokens:
                self.answer(200, tokens)
            else:
                self.answer(400, {"error": "invalid_grant"})

        def answer(self, status, document):
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler


def make_certificate(folder):
    """A file with a certificate for this machine alone, and its key. It vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a provider to try")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "provider.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    path.chmod(0o600)
    return path


@contextlib.contextmanager
def serving(folder):
    provider = Provider(folder)
    thread = threading.Thread(target=provider.server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        thread.join()
        provider.server.server_close()
