"""A real OpenID provider over HTTP on a free port: discovery, a page that agrees at once, codes, tokens, keys.

It is strict where a client may be wrong: the code is used once, from the same address, with its PKCE verifier and the
client's secret. `says` are further claims about whoever comes; `spoil` changes a token's claims before they are signed,
`sign` makes the token. `tells` is what its endpoint about people says (none: it has no such endpoint).
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.http_server import Answering, LocalServer

Json = dict[str, Any]


class Provider(LocalServer):
    """`client`, `secret`: who may ask. `says`: what it says of whoever comes next. `more`: of itself. `asked`: what it
    was asked for, by path; `given`: the codes that were brought to it."""

    def __init__(self) -> None:
        self.client, self.secret = "studio", secrets.token_urlsafe(16)
        self.says: Json = {}
        self.spoil: Callable[[Json], Json] = dict
        self.key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
        self.sign: Callable[[Json], str] = self.signed
        self.tells: Json | None = None
        self.more: Json = {}
        self.codes: dict[str, Json] = {}
        self.tokens: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.given: list[str] = []
        outer = self

        class Handler(Answering):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                outer.asked[parts.path] += 1
                asked = dict(parse_qsl(parts.query))
                if parts.path == "/authorize":
                    self.answer(302, Location=outer.agree(asked))
                elif parts.path == "/keys":
                    self._say({"keys": [outer.key.as_dict(private=False)]})
                elif parts.path == "/people" and outer.tells is not None:
                    known = self.headers.get("Authorization", "").removeprefix("Bearer ") in outer.tokens
                    self._say(outer.tells if known else {}, 200 if known else 401)
                elif parts.path == "/.well-known/openid-configuration":
                    self._say(outer.describe())
                else:
                    self._say({}, 404)

            def do_POST(self) -> None:
                outer.asked[self.path] += 1
                form = dict(parse_qsl(self.body().decode()))
                self._say(*outer.change(form, self.headers.get("Authorization", "")))

            def _say(self, body: Json, status: int = 200) -> None:
                self.answer_json(status, body)

        super().__init__(Handler)
        self.issuer = self.url

    def describe(self) -> Json:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **({} if self.tells is None else {"userinfo_endpoint": f"{self.issuer}/people"}),
            **self.more,
        }

    def agree(self, asked: Json) -> str:
        """What a person's press on “Continue” does: the address that the browser goes back to."""
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256", asked
        assert set(asked["scope"].split()) == {"openid", "email", "profile"}
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def change(self, form: Json, authorization: str) -> tuple[Json, int]:
        """A code for a token."""
        user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if (unquote(user), unquote(password)) != (self.client, self.secret):
            return {"error": "invalid_client"}, 401
        self.given.append(form.get("code", ""))
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["redirect_uri"] != form["redirect_uri"] or asked["code_challenge"] != proof:
            return {"error": "invalid_grant"}, 400
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.client, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        token = secrets.token_urlsafe(8)
        self.tokens.add(token)
        signed = self.sign(self.spoil({**claims, **self.says}))
        return {"access_token": token, "token_type": "Bearer", "id_token": signed}, 200

    def signed(self, claims: Json, key: ECKey | None = None, kid: str = "one") -> str:
        """A token as it should be, unless another key is given."""
        return jwt.encode({"alg": "ES256", "kid": kid}, claims, key or self.key)

    @staticmethod
    def forged(claims: Json, algorithm: str, secret: bytes) -> str:
        """A token that anybody can make: unsigned (“none”), or signed (“HS256”) with what is no secret of its own."""
        parts = [json.dumps(part).encode() for part in ({"alg": algorithm, "kid": "one"}, claims)]
        head = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        sign = hmac.digest(secret, head.encode(), "sha256") if algorithm == "HS256" else b""
        return f"{head}.{base64.urlsafe_b64encode(sign).rstrip(b'=').decode()}"


@contextmanager
def openid_provider() -> Iterator[Provider]:
    with closing(Provider()) as provider:
        yield provider
