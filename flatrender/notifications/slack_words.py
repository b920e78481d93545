"""What direct messages over Slack say, in Slack's own markup."""

from collections.abc import Mapping
from typing import Any

from flatrender.notifications import mails

_RENDER = {
    "en": {
        "render.started": "Your render has started: {link}",
        "render.completed": "Your render is finished: {link}",
        "render.failed": "Your render failed: {link}. {error}",
    },
    "fa": {
        "render.started": "رندر شما آغاز شد: {link}",
        "render.completed": "رندر شما آماده است: {link}",
        "render.failed": "رندر شما نشد: {link}. {error}",
    },
}


def of_render(kind: str, told: Mapping[str, Any], base: str, language: str) -> str:
    """That a render began or ended, with a link to its page below `base`."""
    link = f"<{base}/jobs/{told['job_id']}|{escaped(told['title'])}>"
    return _RENDER[language][kind].format(link=link, error=escaped(told.get("error") or "")).strip()


def of_news(kind: str, about: Mapping[str, Any], address: str, language: str) -> str:
    """What else the bell tells, with a link to where it leads."""
    _, sentence, button = mails.news(kind, about, language)
    return f"{escaped(sentence)} <{address}|{button}>"


def escaped(text: str) -> str:
    """Slack's three signs escaped: a title can be neither a link nor call the whole channel."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "¦")[:500]
