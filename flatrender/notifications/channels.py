"""How a message is sent. Each raises an error of ours where it was not taken; another try is the courier's matter."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from flatrender.core import http
from flatrender.core.errors import FlatRenderError, NotFound, ProcessFailed, Unavailable
from flatrender.core.mail import NotTaken, SmtpMailer
from flatrender.core.storage import get_storage
from flatrender.notifications import mails
from flatrender.settings import Settings

SLACK_SECONDS = 10
WEBHOOK_SECONDS = 10.0
_LATER = {408, 425, 429}  # of the answers 4xx, those that ask for another try

Send = Callable[[Settings, str, Mapping[str, Any], str], None]


class Refused(FlatRenderError):
    """The other side will not take this message, however often it comes."""

    code = "refused"


def webhook(settings: Settings, target: str, payload: Mapping[str, Any], key: str) -> None:
    """Posts JSON to a client's address; `Idempotency-Key` is the same for every try."""
    answer = http.post_json(
        target,
        payload,
        headers={"Idempotency-Key": key},
        allowed=settings.manager.callback_networks,
        seconds=WEBHOOK_SECONDS,
    )
    if answer.fine:
        return
    if 400 <= answer.status < 500 and answer.status not in _LATER:
        raise Refused(f"The callback was answered with {answer.status}.")
    raise Unavailable(f"The callback was answered with {answer.status}.")


def endpoint(settings: Settings, target: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Posts a signed event to a webhook of a site. Whatever it answers, it is asked again: its programs are replaced
    while it runs; 410 alone says that nobody is there any more."""
    answer = http.post(
        target, body, headers=headers, allowed=settings.manager.callback_networks, seconds=WEBHOOK_SECONDS
    )
    if answer.status == 410:
        raise Refused("The webhook was answered with 410.")
    if not answer.fine:
        raise Unavailable(f"The webhook was answered with {answer.status}.")


def slack(settings: Settings, target: str, payload: Mapping[str, Any], key: str) -> None:
    """Posts to a user or channel over Slack's Web API."""
    client = WebClient(
        token=settings.manager.slack_token,
        base_url=settings.manager.slack_url,
        timeout=SLACK_SECONDS,
        retry_handlers=[],
        logger=_silent(),
    )
    try:
        client.chat_postMessage(channel=target, text=payload["text"], unfurl_links=False)
    except SlackClientError as error:
        said = getattr(error, "response", None)
        why = said.get("error") if said is not None and hasattr(said, "get") else type(error).__name__
        raise ProcessFailed(f"Slack did not take the message ({why}).", code="slack") from None
    except (OSError, ValueError) as error:
        raise Unavailable(f"Slack did not answer ({type(error).__name__}).", code="slack") from None


def email(settings: Settings, target: str, payload: Mapping[str, Any], key: str) -> None:
    """Sends a letter over SMTP; the same message id for every try, so that a reader shows it once."""
    assert settings.smtp_url is not None, "no letter is written without a mail server"
    try:
        letter = mails.written(target, payload, key, _logo(payload.get("logo", "")))
        SmtpMailer(settings.smtp_url, settings.mail_from).send(letter)
    except NotTaken as error:
        raise Refused(error.message) from None


CHANNELS: dict[str, Send] = {"webhook": webhook, "slack": slack, "email": email}


def _logo(key: str) -> bytes:
    """The picture of a site as it was when the letter was written; none where there is none, or it is gone since."""
    if not key:
        return b""
    try:
        with get_storage().open(key) as file:
            return file.read()
    except NotFound:
        return b""


def _silent() -> logging.Logger:
    """The SDK writes whole requests into its log at debug level, the token's header among them."""
    logger = logging.getLogger("flatrender.notifications.slack_sdk")
    logger.setLevel(logging.WARNING)
    return logger
