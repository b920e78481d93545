"""One frozen Settings object, read from the environment. Production refuses to start on default secrets."""

import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from flatrender.core.errors import InvalidInput

MODES = ("development", "self-hosted", "production")
# Known from documentation or examples: whoever reads those could sign in.
DEFAULT_SECRETS = frozenset({"", "secret", "changeme", "change-me", "flatrender", "password", "admin"})
GB = 10**9  # sizes are decimal everywhere, as pages and browsers say them


@dataclass(frozen=True)
class RenderManager:
    """After Effects projects that lie in a Dropbox: where, who may send them, who is told. Its variables keep the names
    that they have in the render manager's own specification.

    `tokens`: client → SHA-256 of its token; the tokens themselves are kept nowhere. `callback_networks`: private
    networks that callbacks may reach all the same.
    """

    dropbox_path: str | None = None
    output_folder: str = "Renders"
    engine: str = "nexrender"
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    slack_token: str | None = field(default=None, repr=False)
    slack_channel: str | None = None
    slack_url: str = "https://slack.com/api/"
    callback_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    google: tuple[str, str] | None = field(default=None, repr=False)  # client id and secret of the sign-in with Google
    google_domains: tuple[str, ...] = ()  # companies whose people alone come in with it


@dataclass(frozen=True)
class Settings:
    """All that the environment may set. Sizes in bytes, times in seconds."""

    mode: str
    data_dir: Path
    database_url: str = field(repr=False)  # it may hold a password, as the next one
    redis_url: str | None = field(repr=False)
    storage: str | None  # s3://bucket/prefix; None: the folder below
    file_cache_bytes: int
    given_secret: str | None = field(repr=False)
    host: str
    port: int
    web_processes: int  # that serve the pages and the API together
    pages_redis_url: str | None = field(repr=False)  # where several of them keep open pages; no node may reach it
    public_url: str | None
    smtp_url: str | None = field(repr=False)  # it may hold a password
    mail_from: str
    any_sender: bool  # whether sites' letters may come from addresses of domains that nobody has proven
    hosts: tuple[str, ...]  # further names of the default site
    dns_servers: tuple[str, ...]
    admin_email: str | None
    admin_password: str | None = field(repr=False)
    sign_up: bool
    max_template_bytes: int
    max_media_bytes: int
    user_quota_bytes: int
    tenant_quota_bytes: int
    node_slots: int
    node_niceness: int  # how far a node here stands back behind the machine's other programs: 0 not at all, 19 most
    node_memory_bytes: int  # a node that holds more ends, and is started again by its service; 0: not looked at
    node_pools: tuple[str, ...]
    node_tags: tuple[str, ...]
    node_token: str | None = field(repr=False)
    house_services: bool  # whether nodes here tell people and clean the studio's database up, beside rendering
    no_node_seconds: float | None
    lease_seconds: float
    tick_seconds: float
    session_days: int
    metrics_token: str | None = field(repr=False)  # who has it may read the figures
    requests_per_minute: int  # of one key or session; 0: not counted
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    openid_networks: tuple[IPv4Network | IPv6Network, ...]  # private ones in which identity providers may lie
    manager: RenderManager

    @cached_property
    def secret_key(self) -> str:
        """The one that was given, else the data folder's own, made when it is first asked for."""
        return self.given_secret or _kept_secret(self.data_dir)

    @property
    def storage_dir(self) -> Path:
        """Where the local storage keeps its files."""
        return self.data_dir / "storage"

    @property
    def fonts_dir(self) -> Path:
        """Fonts that every template may fall back to."""
        return self.data_dir / "fonts"

    @property
    def cache_dir(self) -> Path:
        """What may be deleted at any time."""
        return self.data_dir / "cache"

    @property
    def secure_cookies(self) -> bool:
        """Cookies are sent over HTTPS alone where the public address is HTTPS."""
        return bool(self.public_url and self.public_url.startswith("https://"))


def default_data_dir(env: Mapping[str, str]) -> Path:
    """`FLATRENDER_DATA`, else the user's data folder (XDG Base Directory)."""
    if given := env.get("FLATRENDER_DATA"):
        return Path(given).expanduser().resolve()
    base = env.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "flatrender"


def read_settings(env: Mapping[str, str]) -> Settings:
    """Settings from `env`. Raises InvalidInput with one sentence for a value that cannot be used."""
    data_dir = default_data_dir(env)
    mode = env.get("FLATRENDER_MODE", "self-hosted")
    if mode not in MODES:
        raise InvalidInput(f"FLATRENDER_MODE is {mode!r}; use one of {', '.join(MODES)}.")
    secret = env.get("FLATRENDER_SECRET_KEY") or env.get("NEXTAUTH_SECRET", "")
    password = env.get("FLATRENDER_ADMIN_PASSWORD") or None
    if mode == "production":
        if secret.lower() in DEFAULT_SECRETS or len(secret) < 32:
            raise InvalidInput(
                "Production needs FLATRENDER_SECRET_KEY, 32 characters or more; make one with `openssl rand -hex 32`."
            )
        if password is not None and (password.lower() in DEFAULT_SECRETS or len(password) < 12):
            raise InvalidInput("Production needs a FLATRENDER_ADMIN_PASSWORD of 12 characters or more.")
    return Settings(
        mode=mode,
        data_dir=data_dir,
        database_url=env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'flatrender.db'}",
        redis_url=env.get("REDIS_URL") or None,
        storage=env.get("FLATRENDER_STORAGE") or None,
        file_cache_bytes=_integer(env, "FLATRENDER_FILE_CACHE_BYTES", 20 * GB, 0, 100_000 * GB),
        given_secret=secret or None,
        host=env.get("FLATRENDER_HOST", "127.0.0.1"),
        port=_integer(env, "FLATRENDER_PORT" if env.get("FLATRENDER_PORT") else "PORT", 8000, 1, 65535),
        web_processes=_integer(env, "FLATRENDER_WEB_PROCESSES", 1, 1, 64),
        pages_redis_url=env.get("FLATRENDER_PAGES_REDIS_URL") or None,
        public_url=env.get("FLATRENDER_PUBLIC_URL") or env.get("NEXTAUTH_URL") or None,
        smtp_url=env.get("FLATRENDER_SMTP_URL") or None,
        mail_from=_mail_from(env),
        any_sender=_any_sender(env),
        hosts=tuple(name.lower() for name in _names(env, "FLATRENDER_HOSTS")),
        dns_servers=_listed(env, "FLATRENDER_DNS_SERVERS"),
        admin_email=env.get("FLATRENDER_ADMIN_EMAIL") or None,
        admin_password=password,
        sign_up=_on(env, "FLATRENDER_SIGN_UP", True),
        max_template_bytes=_integer(env, "FLATRENDER_MAX_TEMPLATE_BYTES", GB, 1024, 100 * GB),
        max_media_bytes=_integer(env, "FLATRENDER_MAX_MEDIA_BYTES", 4 * GB, 1024, 100 * GB),
        user_quota_bytes=_integer(env, "FLATRENDER_USER_QUOTA_BYTES", 20 * GB, 0, 10**15),
        tenant_quota_bytes=_integer(env, "FLATRENDER_TENANT_QUOTA_BYTES", 500 * GB, 0, 10**15),
        node_slots=_integer(env, "FLATRENDER_NODE_SLOTS", max(1, (os.cpu_count() or 2) // 2), 1, 256),
        node_niceness=_integer(env, "FLATRENDER_NODE_NICENESS", 0, 0, 19),
        node_memory_bytes=_integer(env, "FLATRENDER_NODE_MEMORY_BYTES", 0, 0, 10**13),
        node_pools=_names(env, "FLATRENDER_NODE_POOLS"),
        node_tags=_names(env, "FLATRENDER_NODE_TAGS"),
        node_token=env.get("FLATRENDER_NODE_TOKEN") or None,
        # A node that shows a token is mostly another machine's, whose role may do neither.
        house_services=_on(env, "FLATRENDER_HOUSE_SERVICES", not env.get("FLATRENDER_NODE_TOKEN")),
        no_node_seconds=_number(env, "FLATRENDER_NO_NODE_SECONDS", 0.0, 0, 30 * 86400) or None,
        lease_seconds=_number(env, "FLATRENDER_LEASE_SECONDS", 30.0, 0.2, 3600),
        tick_seconds=_number(env, "FLATRENDER_TICK_SECONDS", 1.0, 0.05, 60),
        metrics_token=env.get("FLATRENDER_METRICS_TOKEN") or None,
        requests_per_minute=_integer(env, "FLATRENDER_REQUESTS_PER_MINUTE", 6000, 0, 10**7),
        session_days=_integer(env, "FLATRENDER_SESSION_DAYS", 30, 1, 365),
        trusted_proxies=_networks(env, "FLATRENDER_TRUSTED_PROXIES"),
        openid_networks=_networks(env, "FLATRENDER_OPENID_NETWORKS"),
        manager=_manager(env, mode),
    )


def _manager(env: Mapping[str, str], mode: str) -> RenderManager:
    engine = env.get("FLATRENDER_AE_ENGINE") or "nexrender"
    if engine not in {"nexrender", "aerender"}:
        raise InvalidInput(f"FLATRENDER_AE_ENGINE is {engine!r}; use nexrender or aerender.")
    slack = env.get("SLACK_API_URL") or "https://slack.com/api/"
    return RenderManager(
        dropbox_path=env.get("DROPBOX_PATH") or None,
        output_folder=env.get("DROPBOX_OUTPUT") or "Renders",
        engine=engine,
        tokens=_tokens(env, mode),
        slack_token=env.get("SLACK_BOT_TOKEN") or None,
        slack_channel=env.get("SLACK_ADMIN_CHANNEL") or None,
        slack_url=slack if slack.endswith("/") else f"{slack}/",
        callback_networks=_networks(env, "FLATRENDER_CALLBACK_NETWORKS"),
        google=_google(env),
        google_domains=_listed(env, "GOOGLE_DOMAINS"),
    )


def _google(env: Mapping[str, str]) -> tuple[str, str] | None:
    client, secret = (env.get(f"GOOGLE_CLIENT_{name}", "").strip() for name in ("ID", "SECRET"))
    if bool(client) != bool(secret):
        raise InvalidInput("Give both GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or neither.")
    return (client, secret) if client else None


def _tokens(env: Mapping[str, str], mode: str) -> dict[str, str]:
    """`API_TOKEN_<CLIENT>`: client in lower case → hash of its token. A message never holds the token."""
    found: dict[str, str] = {}
    for name, value in env.items():
        client, token = name.removeprefix("API_TOKEN_").lower(), value.strip()
        if not name.startswith("API_TOKEN_") or not client or not token:
            continue
        if mode == "production" and len(token) < 24:
            raise InvalidInput(f"Production needs a {name} of 24 characters or more; make one: `openssl rand -hex 24`.")
        digest = hashlib.sha256(token.encode()).hexdigest()
        if digest in found.values():
            raise InvalidInput(f"{name} is the token of another client as well; give each its own.")
        found[client] = digest
    return found


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once."""
    return read_settings(os.environ)


def _kept_secret(data_dir: Path) -> str:
    """A secret made once per data folder, readable by its owner alone."""
    path = data_dir / "secret-key"
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        data_dir.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_hex(32)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text("ascii").strip()
        with os.fdopen(handle, "w") as file:
            file.write(secret + "\n")
        return secret


def _on(env: Mapping[str, str], name: str, default: bool) -> bool:
    given = env.get(name)
    return default if given is None else given.lower() in {"on", "1", "true", "yes"}


def _mail_from(env: Mapping[str, str]) -> str:
    sender = env.get("FLATRENDER_MAIL_FROM", "")
    if env.get("FLATRENDER_SMTP_URL") and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", sender):
        raise InvalidInput("FLATRENDER_SMTP_URL needs FLATRENDER_MAIL_FROM, the address that messages come from.")
    return sender


def _any_sender(env: Mapping[str, str]) -> bool:
    who = env.get("FLATRENDER_MAIL_SENDERS") or "proven"
    if who not in {"proven", "any"}:
        raise InvalidInput(f"FLATRENDER_MAIL_SENDERS is {who!r}; use proven or any.")
    return who == "any"


def _listed(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in env.get(name, "").split(",") if text.strip())


def _names(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    names = tuple(sorted(set(_listed(env, name))))
    if wrong := next((one for one in names if not re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", one)), None):
        raise InvalidInput(f"{name}: {wrong!r} is no name; use 1 to 40 letters, digits, “_”, “.” and “-”.")
    return names


def _networks(env: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(text.strip()) for text in env.get(name, "").split(",") if text.strip())
    except ValueError as error:
        raise InvalidInput(f"{name}: {error}; give addresses or networks such as 127.0.0.1, 10.0.0.0/8.") from None


def _number(env: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    text = env.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise InvalidInput(f"{name} is {text!r}; give a number from {low:g} to {high:g}.") from None
    if not low <= value <= high:
        raise InvalidInput(f"{name} is {text}; give a number from {low:g} to {high:g}.")
    return value


def _integer(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    return int(_number(env, name, default, low, high))
