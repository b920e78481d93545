"""Signing in with an account of another house, such as Google (OpenID Connect Core 1.0, over Authlib).

The authorization code flow with PKCE (RFC 7636), a state and a nonce. What must be remembered between going there and
coming back is sealed into a cookie of the browser that left, so that a foreign browser cannot come back in its place.
All addresses come from a site's administrator: every request passes the gate of `core.http`, all of one journey's end
have one deadline, and what a provider says of itself and its keys is kept for some minutes.
"""

import hmac
import json
import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any, cast
from urllib.parse import urlencode

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
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
SECONDS = 15.0  # of all requests of one departure or arrival together
KEPT = timedelta(minutes=5)  # what a provider says of itself, and its keys
MOST_KEPT = 100  # answers; each is as long as `core.http` lets it be
LEEWAY = 60  # seconds that clocks may differ
# Signatures by a public key alone: a token that says “none”, or signs with what is no secret, proves nothing.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_AUTH_METHODS = ("client_secret_basic", "client_secret_post")
Json = dict[str, Any]
log = logging.getLogger(__name__)
_kept: dict[str, tuple[datetime, Json]] = {}  # answers by address, the oldest first
_keeping = Lock()


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
    """What a provider says of itself now (OpenID Connect Discovery 1.0). Raises InvalidInput beside `issuer`."""
    return _discovered(_Gate(), issuer, anew=True)


def depart(provider: IdentityProvider, redirect_uri: str, next_page: str) -> Departure:
    """The way to the provider. Raises NotSignedIn when it cannot be reached."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with _client(provider, redirect_uri) as (client, told, _):
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


def arrive(provider: IdentityProvider, way: Journey, code: str, issuer: str = "") -> Arrival:
    """Changes the code for the proof of who came, and checks it. `issuer`: who the way back says has given the code
    (RFC 9207). Raises NotSignedIn."""
    with _client(provider, way.redirect_uri) as (client, told, gate):
        names_itself = told.get("authorization_response_iss_parameter_supported") is True
        if (issuer or names_itself) and issuer != provider.issuer:
            raise ValueError(f"the code is of another provider: {issuer[:200]!r}")
        token = client.fetch_token(
            told["token_endpoint"], code=code, code_verifier=way.verifier, grant_type="authorization_code"
        )
        proven = _proven(provider, gate, told, token, way.nonce)
        claims = proven
        if "email" not in proven and isinstance(told.get("userinfo_endpoint"), str):
            said = gate.get(told["userinfo_endpoint"], {"Authorization": f"Bearer {token.get('access_token', '')}"})
            if said.get("sub") == proven["sub"]:
                claims = said  # as a whole: who names the address says whether it is verified
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
    name = claims.get("name") or proven.get("name")
    return Arrival(str(proven["sub"])[:255], email, name if isinstance(name, str) else "")


def _discovered(gate: "_Gate", issuer: str, *, anew: bool = False) -> Json:
    try:
        told = gate.known(issuer.rstrip("/") + "/.well-known/openid-configuration", anew=anew)
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


def _proven(provider: IdentityProvider, gate: "_Gate", told: Json, token: Mapping[str, Any], nonce: str) -> Json:
    """The claims of the ID token (OpenID Connect Core 1.0, 3.1.3.7)."""
    try:
        signed = _signed(gate.known(told["jwks_uri"]), token)
    except (InvalidKeyIdError, BadSignatureError):  # its keys may have changed since they were kept
        signed = _signed(gate.known(told["jwks_uri"], anew=True), token)
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


def _signed(keys: Json, token: Mapping[str, Any]) -> jwt.Token:
    # The shape of the keys is what is being checked here.
    known = KeySet.import_key_set(cast(KeySetSerialization, keys))
    return jwt.decode(str(token["id_token"]), known, algorithms=ALGORITHMS)


@contextmanager
def _client(provider: IdentityProvider, redirect_uri: str) -> Iterator[tuple[OAuth2Client, Json, "_Gate"]]:
    """Authlib's client, what the provider says of itself, and the gate of all requests; what goes wrong within leaves
    as NotSignedIn."""
    gate = _Gate()
    try:
        secret = unseal(SEALED, provider.secret)
        if secret is None:
            raise ValueError("sealed under another key")
        told = _discovered(gate, provider.issuer)
        methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        client = OAuth2Client(
            gate,
            provider.client_id,
            secret,
            token_endpoint_auth_method=next((each for each in _AUTH_METHODS if each in methods), _AUTH_METHODS[0]),
            scope="openid email profile",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )
        yield client, told, gate
    except NotSignedIn:
        raise
    except (OAuth2Error, JoseError, FlatRenderError, KeyError, TypeError, ValueError) as error:
        log.warning("sign-in with %s: %s: %s", provider.name, type(error).__name__, error)
        raise NotSignedIn(
            f"Signing in with {provider.name} did not work; try again, or tell an administrator.",
            code="provider-failed",
        ) from None


class _Gate:
    """Requests over `core.http` that have one deadline together."""

    def __init__(self) -> None:
        self._ends = monotonic() + SECONDS

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth) -> "_Answer":
        """The one method of a session that Authlib's client calls."""
        _, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Answer(self._ask("POST", url, str(body).encode(), sent))

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Json:
        """A JSON object. Raises InvalidInput for anything else."""
        answer = self._ask("GET", url, b"", headers or {})
        try:
            found = json.loads(answer.body) if answer.fine else None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise InvalidInput("it answers with something else.")
        return found

    def known(self, url: str, *, anew: bool = False) -> Json:
        """As `get`, of what changes seldom: an answer is kept. `anew`: asked for all the same."""
        with _keeping:
            at, told = _kept.get(url, (None, None))
        if not anew and at is not None and told is not None and clock.now() - at < KEPT:
            return told
        found = self.get(url)
        with _keeping:
            _kept.pop(url, None)
            _kept[url] = clock.now(), found
            while len(_kept) > MOST_KEPT:
                del _kept[next(iter(_kept))]
        return found

    def _ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> http.Answer:
        return http.request(
            method,
            url,
            body=body,
            headers=headers,
            allowed=get_settings().openid_networks,
            seconds=self._ends - monotonic(),
            secure=True,
        )


class _Answer:
    """An answer as Authlib reads it."""

    def __init__(self, answer: http.Answer) -> None:
        self._answer, self.status_code = answer, answer.status

    def json(self) -> Any:
        return json.loads(self._answer.body)

    def raise_for_status(self) -> None:
        if not self._answer.fine:
            raise ValueError(f"answered with {self.status_code}")
