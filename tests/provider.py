"""An organisation's identity provider for tests: a real HTTP server that speaks OpenID Connect and
signs with a key of its own."""

import base64
import hashlib
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "findings", "a secret between two"


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """Signs in whoever `person` says; `lie` changes the claims, the key and the header of its
    id_tokens."""

    def __init__(self):
        self.key = new_key()
        self.asked = {}  # what it was asked at its door, by the code that it gave for it
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.person, self.lies, self.told = {}, {}, {}
        self.signed_with, self.algorithm = self.key, "RS256"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def is_about(self, sub="s-1", **claims):
        self.person = {"sub": sub} | claims

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def environment(self, **more):
        return {
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
            "OIDC_NAME": "Made-up Police",
        } | more

    def consent(self, address):
        """What a browser does at the provider's door: says yes, and is sent back with a code."""
        door, query = urlsplit(address), dict(parse_qsl(urlsplit(address).query))
        assert f"{door.scheme}://{door.netloc}{door.path}" == f"{self.issuer}/authorize"
        assert (query["client_id"], query["response_type"], query["code_challenge_method"]) == (
            CLIENT,
            "code",
            "S256",
        )
        code = secrets.token_hex(8)
        self.asked[code] = query
        back = urlsplit(query["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': query['state']})}"

    def id_token(self, asked):
        now = int(time.time())
        claims = (
            {
                "iss": self.issuer,
                "aud": CLIENT,
                "iat": now,
                "exp": now + 60,
                "nonce": asked["nonce"],
            }
            | self.person
            | self.lies
        )
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.signed_with, self.algorithm, headers={"kid": "one"})

    def jwks(self):
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [public | {"kid": "one", "alg": "RS256", "use": "sig"}]}

    def configuration(self):
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        } | self.told

    def tokens(self, form):
        """A token for a code, once, to whom knows the client's secret and what the code was asked
        with."""
        asked = self.asked.pop(form.get("code"), None)
        challenge = (
            base64.urlsafe_b64encode(
                hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            )
            .rstrip(b"=")
            .decode()
        )
        if not asked or form.get("client_secret") != SECRET or challenge != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "of no further use",
            "token_type": "Bearer",
            "id_token": self.id_token(asked),
        }

    def _handler(provider):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                pages = {
                    "/.well-known/openid-configuration": provider.configuration,
                    "/jwks": provider.jwks,
                    "/userinfo": lambda: provider.person | provider.told.get("userinfo", {}),
                }
                self.answer(200, pages[self.path]())

            def do_POST(self):
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.answer(*provider.tokens({name: values[0] for name, values in form.items()}))

            def answer(self, status, content):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            def log_message(self, *parts):
                pass

        return Handler
