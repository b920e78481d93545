"""Letters about an account, in the words and the brand of the site that they come from."""

from collections.abc import Mapping
from html import escape
from typing import Any

from flatrender.access import letters
from flatrender.core.mail import Mail

# purpose → (page, subject, sentence, button)
_WORDS: dict[str, dict[str, tuple[str, str, str, str]]] = {
    "en": {
        "verify": ("verify", "Confirm your address", "Confirm that this address is yours to sign in.", "Confirm"),
        "reset": ("reset", "Choose a new password", "Somebody asked for a new password of your account.", "Choose"),
        "invite": ("reset", "You are invited", "An account has been made for you. Choose its password.", "Begin"),
        "change_email": ("verify", "Confirm your new address", "Confirm your account's new address.", "Confirm"),
        "taken": (
            "reset",
            "You have an account already",
            "Somebody tried to make an account with your address. You have one: sign in, or choose a new password.",
            "Choose",
        ),
    },
    "fa": {
        "verify": ("verify", "تأیید نشانی", "برای ورود، تأیید کنید که این نشانی از آن شماست.", "تأیید"),
        "reset": ("reset", "انتخاب گذرواژهٔ تازه", "کسی برای حساب شما گذرواژهٔ تازه خواست.", "انتخاب"),
        "invite": ("reset", "دعوت شده‌اید", "حسابی برای شما ساخته شده است. گذرواژه‌اش را انتخاب کنید.", "آغاز"),
        "change_email": ("verify", "تأیید نشانی تازه", "نشانی تازهٔ حساب خود را تأیید کنید.", "تأیید"),
        "taken": (
            "reset",
            "از پیش حساب دارید",
            "کسی کوشید با نشانی شما حساب بسازد. شما حساب دارید: وارد شوید یا گذرواژهٔ تازه انتخاب کنید.",
            "انتخاب",
        ),
    },
}
_FRAME = {
    "en": (
        "Hello {name},",
        "If it was not you, do nothing: without this link nothing happens.",
        "Works once, for {time}.",
    ),
    "fa": (
        "سلام {name}،",
        "اگر شما نبودید، کاری نکنید: بدون این پیوند چیزی رخ نمی‌دهد.",
        "یک بار کار می‌کند، تا {time}.",
    ),
}
_TIMES = {
    "en": {1: "an hour", 24: "a day", 72: "3 days", 168: "a week"},
    "fa": {1: "یک ساعت", 24: "یک روز", 72: "۳ روز", 168: "یک هفته"},
}


def written(to: str, payload: Mapping[str, Any], key: str) -> Mail:
    """The message of a letter's payload (see `notifications.letters`)."""
    language = "fa" if payload["language"] == "fa" else "en"
    page, subject, sentence, button = _WORDS[language][payload["purpose"]]
    hello, not_you, once = _FRAME[language]
    hours = int(letters.HOLDS[letters.Purpose(payload["purpose"])].total_seconds() // 3600)
    link = f"{payload['address']}/{page}?token={letters.secret(payload['letter_id'])}"
    hello, once = hello.format(name=payload["name"]), once.format(time=_TIMES[language][hours])
    direction = "rtl" if language == "fa" else "ltr"
    text = f"{hello}\n\n{sentence}\n\n{link}\n\n{once}\n{not_you}\n\n{payload['site']}\n"
    html = (
        f'<!doctype html><html lang="{language}" dir="{direction}"><body style="margin:0;padding:32px 16px;'
        'font:16px/1.6 Inter,Vazirmatn,Tahoma,sans-serif;color:#161615;background:#ffffff">'
        f'<div style="max-width:520px;margin:0 auto"><p style="font-weight:700">{escape(payload["site"])}</p>'
        f"<p>{escape(hello)}</p><p>{escape(sentence)}</p>"
        f'<p><a href="{escape(link)}" style="display:inline-block;padding:10px 20px;border-radius:6px;text-decoration:'
        f'none;font-weight:700;background:{payload["solid"]};color:{payload["on_solid"]}">{escape(button)}</a></p>'
        f'<p style="color:#62625d;font-size:13px">{escape(once)} {escape(not_you)}</p></div></body></html>'
    )
    return Mail(to, f"{subject} · {payload['site']}", text, html, sender_name=payload["site"], key=key)
