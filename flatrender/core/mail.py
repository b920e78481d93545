"""E-mail over SMTP: one message at a time, bounded in time."""

import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flatrender.core.errors import FlatRenderError, InvalidInput, Unavailable

SECONDS = 20.0


@dataclass(frozen=True)
class Mail:
    """A message. `sender_name` stands before the sender's address; `html` beside `text`, which every reader can show.
    `sender`: where it is not the house's; `logo`: a PNG that `html` shows as `cid:logo`."""

    to: str
    subject: str
    text: str
    html: str = ""
    sender_name: str = ""
    sender: str = ""
    reply_to: str = ""
    logo: bytes = b""
    key: str = ""  # of the message id: the same for every try


class NotTaken(FlatRenderError):
    """The mail server will not take this message, however often it comes."""

    code = "mail-refused"


class Mailer(Protocol):
    """Whoever sends mail."""

    def send(self, mail: Mail) -> None:
        """Raises Unavailable where another try may help, NotTaken where none will."""


class SmtpMailer:
    """A mail server: `smtp://user:password@host:587` (STARTTLS where it offers that), or `smtps://…` (TLS from the
    start). `sender`: the address that messages come from."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise InvalidInput("FLATRENDER_SMTP_URL begins with smtp:// or smtps:// and names a host.")
        self._secure = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._secure else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """See `Mailer`."""
        message = self._message(mail)
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()), (550, b""))[0]
            raise self._failure(code) from None
        except smtplib.SMTPResponseException as error:
            raise self._failure(error.smtp_code) from None
        except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
            raise Unavailable(f"The mail server did not answer ({type(error).__name__}).", code="mail") from None

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._secure:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=SECONDS, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
        if self._user:
            server.login(self._user, self._password)
        return server

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = _line(mail.subject)
        message["From"] = Address(_line(mail.sender_name), addr_spec=mail.sender or self._sender)
        message["To"] = mail.to
        if mail.reply_to:
            message["Reply-To"] = Address(addr_spec=mail.reply_to)
        domain = (mail.sender or self._sender).rpartition("@")[2]
        message["Message-ID"] = f"<{mail.key}@{domain}>" if mail.key else make_msgid(domain=domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        if mail.html:
            message.add_alternative(mail.html, subtype="html")
            if mail.logo:
                shown = next(part for part in message.iter_parts() if part.get_content_subtype() == "html")
                shown.add_related(mail.logo, "image", "png", cid="<logo>", disposition="inline", filename="logo.png")
        return message

    @staticmethod
    def _failure(code: int) -> FlatRenderError:
        if 400 <= code < 500:
            return Unavailable(f"The mail server asks for another try ({code}).", code="mail")
        return NotTaken(f"The mail server refused the message ({code}).")


def _line(text: str) -> str:
    """One line: a name or title can add no header."""
    return " ".join(text.split())
