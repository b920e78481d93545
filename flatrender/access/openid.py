"""Signing in with an account of another house, such as Google (OpenID Connect Core 1.0, over Authlib).

The authorization code flow with PKCE (RFC 7636), a state and a nonce. What must be remembered between going there and
coming back is sealed into a cookie of the browser that left, so that a foreign browser cannot come back in its place.
All addresses come from a site's administrator: every request passes the gate of `core.http`.
"""

import hmac
import json
import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from flatrender.access.models import IdentityProvider
from flatrender.core import clock, http
from flatrender.core.errors import FlatRenderError, InvalidInput, NotSignedIn
from flatrender.core.sealing import seal, unseal
from flatrender.settings import get_settings

GOOGLE = "https://accounts.google.com"
SEALED = "openid client"  # purposes of sealing
JOURNEY = "openid journey"
LONGEST_JOURNEY = 600  # seconds between going and coming back
SECONDS = 10.0  # of one request
LEEWAY = 60  # seconds that clocks may differ
# Signatures by a public key alone: a token that says “none”, or signs with what is no secret, proves nothing.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_AUTH_METHODS = ("client_secret_basic", "client_secret_post")
Json = dict[str, Any]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Departure:
    """Where the browser goes, and what its cookie keeps."""

    address: str
    kept: str


@dataclass(frozen=True)
class Journey:
    """What a browser that comes back had kept."""

    provider_id: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    next: str


@dataclass(frozen=True)
class Arrival:
    """Who the provider says somebody is: its own name for them, an address that it has verified."""

    subject: str
    email: str
    name: str


def discover(issuer: str) -> Json:
    """What a provider says of itself (OpenID Connect Discovery 1.0). Raises InvalidInput beside `issuer`."""
    try:
        told = _get(issuer.rstrip("/") + "/.well-known/openid-configuration")
    except FlatRenderError as error:
        raise InvalidInput(
            f"No OpenID provider answers there: {error.message}", field="issuer", code="provider-unusable"
        ) from None
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if told.get("issuer") != issuer or not all(isinstance(told.get(name), str) for name in needed):
        raise InvalidInput(
            "What answers at this address is no OpenID provider of this name.", field="issuer", code="provider-unusable"
        )
    return told


def depart(provider: IdentityProvider, redirect_uri: str, next_page: str) -> Departure:
    """The way to the provider. Raises NotSignedIn when it cannot be reached."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with _client(provider, redirect_uri) as (client, told):
        more = {"hd": provider.domains[0]} if provider.issuer == GOOGLE and len(provider.domains) == 1 else {}
        address, _ = client.create_authorization_url(
            told["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier, **more
        )
    kept = [provider.id, state, nonce, verifier, redirect_uri, next_page]
    return Departure(str(address), seal(JOURNEY, json.dumps(kept)))


def journey(kept: str | None, state: str) -> Journey:
    """What the browser's cookie kept, when it is the one that left. Raises NotSignedIn."""
    text = unseal(JOURNEY, kept, seconds=LONGEST_JOURNEY) if kept else None
    found = Journey(*json.loads(text)) if text else None
    if found is None or not hmac.compare_digest(found.state.encode(), state.encode("utf-8", "replace")):
        raise NotSignedIn("This sign-in took too long or began elsewhere; try again.", code="provider-stale")
    return found


def arrive(provider: IdentityProvider, way: Journey, code: str) -> Arrival:
    """Changes the code for the proof of who came, and checks it. Raises NotSignedIn."""
    with _client(provider, way.redirect_uri) as (client, told):
        token = client.fetch_token(
            told["token_endpoint"], code=code, code_verifier=way.verifier, grant_type="authorization_code"
        )
        claims = _proven(provider, told, token, way.nonce)
        if "email" not in claims and isinstance(told.get("userinfo_endpoint"), str):
            said = _get(told["userinfo_endpoint"], {"Authorization": f"Bearer {token.get('access_token', '')}"})
            if said.get("sub") == claims["sub"]:
                claims = {**said, **claims}
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise NotSignedIn(f"{provider.name} has not verified your e-mail address.", code="provider-unverified")
    email = email.strip().lower()
    # Google: an address of a company does not make an account the company's; the claim `hd` does.
    company = claims.get("hd") if provider.issuer == GOOGLE else email.rpartition("@")[2]
    if provider.domains and (company not in provider.domains or email.rpartition("@")[2] not in provider.domains):
        raise NotSignedIn(
            f"Only people of {', '.join(provider.domains)} sign in here; choose your account there.",
            code="provider-domain",
        )
    name = claims.get("name")
    return Arrival(str(claims["sub"])[:255], email, name if isinstance(name, str) else "")


def _proven(provider: IdentityProvider, told: Json, token: Mapping[str, Any], nonce: str) -> Json:
    """The claims of the ID token (OpenID Connect Core 1.0, 3.1.3.7)."""
    # Its shape is what is being checked here.
    keys = KeySet.import_key_set(cast(KeySetSerialization, _get(told["jwks_uri"])))
    signed = jwt.decode(str(token["id_token"]), keys, algorithms=ALGORITHMS)
    claims = CodeIDToken(
        signed.claims,
        signed.header,
        {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True},
        },
        {"nonce": nonce, "client_id": provider.client_id, "access_token": token.get("access_token")},
    )
    claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY)
    return dict(claims)


@contextmanager
def _client(provider: IdentityProvider, redirect_uri: str) -> Iterator[tuple[OAuth2Client, Json]]:
    """Authlib's client, and what the provider says of itself; what goes wrong within leaves as NotSignedIn."""
    try:
        secret = unseal(SEALED, provider.secret)
        if secret is None:
            raise ValueError("sealed under another key")
        told = discover(provider.issuer)
        methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        client = OAuth2Client(
            _Gate(),
            provider.client_id,
            secret,
            token_endpoint_auth_method=next((each for each in _AUTH_METHODS if each in methods), _AUTH_METHODS[0]),
            scope="openid email profile",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )
        yield client, told
    except NotSignedIn:
        raise
    except (OAuth2Error, JoseError, FlatRenderError, KeyError, TypeError, ValueError) as error:
        log.warning("sign-in with %s: %s: %s", provider.name, type(error).__name__, error)
        raise NotSignedIn(
            f"Signing in with {provider.name} did not work; try again, or tell an administrator.",
            code="provider-failed",
        ) from None


class _Gate:
    """The one method of a session that Authlib's client calls, over `core.http`."""

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth) -> "_Answer":
        _, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Answer(_ask("POST", url, str(body).encode(), sent))


class _Answer:
    """An answer as Authlib reads it."""

    def __init__(self, answer: http.Answer) -> None:
        self._answer, self.status_code = answer, answer.status

    def json(self) -> Any:
        return json.loads(self._answer.body)

    def raise_for_status(self) -> None:
        if not self._answer.fine:
            raise ValueError(f"answered with {self.status_code}")


def _get(url: str, headers: Mapping[str, str] | None = None) -> Json:
    answer = _ask("GET", url, b"", headers or {})
    try:
        found = json.loads(answer.body) if answer.fine else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidInput("it answers with something else.")
    return found


def _ask(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> http.Answer:
    return http.request(
        method,
        url,
        body=body,
        headers=headers,
        allowed=get_settings().openid_networks,
        seconds=SECONDS,
        secure=True,
    )
