"""Which pages are our own: those of the visited host, as it is visited."""

from urllib.parse import urlsplit

from flatrender.settings import get_settings


def is_own(origin: str, host: str, scheme: str) -> bool:
    """Whether an `Origin` is that of the visited host.

    Where that is visited over TLS (`scheme`, or the public address says so), a page that came without is none of ours:
    anybody on the way may have written it. The other way round a proxy may have ended TLS without telling.
    """
    try:
        page, public = urlsplit(origin), urlsplit(get_settings().public_url or "")
    except ValueError:  # such as http://[
        return False
    if page.scheme not in {"http", "https"} or page.netloc.lower() != host.lower():
        return False
    secure = scheme in {"https", "wss"} or (public.scheme == "https" and public.netloc.lower() == host.lower())
    return page.scheme == "https" or not secure
