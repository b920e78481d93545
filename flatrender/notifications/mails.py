"""Letters about an account or a site, in the words and the brand of the site that they come from."""

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
        "invite": (
            "join",
            "{by} invites you",
            "{by} invites you to {site}. Choose your name and a password; you sign in with {email}.",
            "Accept the invitation",
        ),
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
        "invite": (
            "join",
            "{by} شما را دعوت کرده است",
            "{by} شما را به {site} دعوت کرده است. نام و گذرواژهٔ خود را انتخاب کنید؛ با {email} وارد می‌شوید.",
            "پذیرفتن دعوت",
        ),
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
# In place of “if it was not you”: whoever is invited has asked for nothing.
_NOT_WANTED = {
    "en": "If you do not want it, do nothing: without this link nothing happens.",
    "fa": "اگر نمی‌خواهید، کاری نکنید: بدون این پیوند چیزی رخ نمی‌دهد.",
}
_TIMES = {
    "en": {1: "an hour", 24: "a day", 72: "3 days", 168: "a week"},
    "fa": {1: "یک ساعت", 24: "یک روز", 72: "۳ روز", 168: "یک هفته"},
}

# alert → (page, subject, sentence, button)
_ALERTS: dict[str, dict[str, tuple[str, str, str, str]]] = {
    "en": {
        "password": (
            "forgot",
            "Your password was changed",
            "The password of your account was changed. If it was not you, choose a new one at once.",
            "Choose a new password",
        ),
        "email": (
            "sign-in",
            "Your account has another address",
            "Your account has another e-mail address now, where its letters go. "
            "If it was not you, tell an administrator of {site}.",
            "Sign in",
        ),
        "factor_off": (
            "profile",
            "Your second factor was turned off",
            "Your account asks for no code of an app any more. "
            "If it was not you, choose a new password and turn the second factor on again.",
            "Your profile",
        ),
    },
    "fa": {
        "password": (
            "forgot",
            "گذرواژهٔ شما عوض شد",
            "گذرواژهٔ حساب شما عوض شد. اگر شما نبودید، بی‌درنگ گذرواژهٔ تازه‌ای انتخاب کنید.",
            "انتخاب گذرواژهٔ تازه",
        ),
        "email": (
            "sign-in",
            "نشانی حساب شما عوض شد",
            "حساب شما اکنون نشانی ایمیل دیگری دارد و نامه‌هایش به آنجا می‌رود. "
            "اگر شما نبودید، به یکی از مدیران {site} بگویید.",
            "ورود",
        ),
        "factor_off": (
            "profile",
            "عامل دوم شما خاموش شد",
            "حساب شما دیگر کد برنامه‌ای نمی‌خواهد. "
            "اگر شما نبودید، گذرواژهٔ تازه‌ای انتخاب کنید و عامل دوم را دوباره روشن کنید.",
            "پروفایل شما",
        ),
    },
}
# event → (subject, sentence, button)
_NEWS: dict[str, dict[str, tuple[str, str, str]]] = {
    "en": {
        "render.completed": ("Your film is finished", "“{title}” is rendered and can be downloaded.", "See the film"),
        "render.failed": (
            "A render failed",
            "“{title}” could not be rendered. Its page says why.",
            "See what happened",
        ),
        "template.published": ("A new template", "“{name}” is in the gallery.", "See the template"),
        "domain.lost": (
            "A domain leads elsewhere now",
            "{name} no longer leads to your site: another site has proven it, "
            "and the record with which yours did is gone.",
            "See the domains",
        ),
        "account.helped": (
            "An administrator helped you",
            "{name} acts in your name for a while. The reason: {reason}",
            "Your profile",
        ),
        "account.joined": ("An invitation was accepted", "{name} has accepted the invitation.", "See the people"),
        "quota.warning": (
            "Room for files runs out",
            "{percent} % of the room that your site has for files is used. "
            "When it is full, nobody can upload any more.",
            "See what is used",
        ),
        "quota.warning.films": (
            "Films of this month run out",
            "{percent} % of the films that your site may render this month are used. "
            "When they are used up, nobody can render films until the next month.",
            "See what is used",
        ),
        "quota.warning.film_minutes": (
            "Minutes of film run out",
            "{percent} % of the minutes of film that your site may render this month are used. "
            "When they are used up, nobody can render films until the next month.",
            "See what is used",
        ),
        "quota.warning.calls": (
            "Calls of programs run out",
            "{percent} % of the calls with API keys that your site may make this month are used. "
            "When they are used up, API keys do not work until the next month.",
            "See what is used",
        ),
        "quota.warning.full": (
            "The room for files is full",
            "All the room that your site has for files is used. "
            "Nobody can upload any more until files are deleted or those who run this service give more room.",
            "See what is used",
        ),
        "quota.warning.films.full": (
            "Films of this month are used up",
            "Your site has rendered all the films of this month. "
            "Nobody can render films until the next month, or until those who run this service raise the limit.",
            "See what is used",
        ),
        "quota.warning.film_minutes.full": (
            "Minutes of film are used up",
            "Your site has rendered all the minutes of film of this month. "
            "Nobody can render films until the next month, or until those who run this service raise the limit.",
            "See what is used",
        ),
        "quota.warning.calls.full": (
            "Calls of programs are used up",
            "Your site has made all the calls with API keys of this month. "
            "API keys do not work until the next month, or until those who run this service raise the limit.",
            "See what is used",
        ),
    },
    "fa": {
        "render.completed": ("فیلم شما آماده است", "«{title}» رندر شد و می‌توانید آن را بگیرید.", "دیدن فیلم"),
        "render.failed": ("یک رندر نشد", "«{title}» رندر نشد. صفحه‌اش می‌گوید چرا.", "دیدن علت"),
        "template.published": ("قالبی تازه", "«{name}» در گالری است.", "دیدن قالب"),
        "domain.lost": (
            "دامنه‌ای دیگر به سایت شما نمی‌رسد",
            "{name} دیگر به سایت شما نمی‌رسد: سایت دیگری آن را اثبات کرده "
            "و رکوردی که سایت شما با آن اثباتش کرده بود دیگر نیست.",
            "دیدن دامنه‌ها",
        ),
        "account.helped": (
            "مدیری به شما کمک کرد",
            "{name} چندی به نام شما کار می‌کند. دلیل: {reason}",
            "پروفایل شما",
        ),
        "account.joined": ("دعوتی پذیرفته شد", "{name} دعوت را پذیرفت.", "دیدن افراد"),
        "quota.warning": (
            "فضای فایل‌ها رو به پایان است",
            "{percent}٪ از فضای سایت شما برای فایل‌ها پر شده است. وقتی پر شود کسی نمی‌تواند چیزی بارگذاری کند.",
            "دیدن مصرف",
        ),
        "quota.warning.films": (
            "فیلم‌های این ماه رو به پایان است",
            "{percent}٪ از فیلم‌هایی که سایت شما این ماه می‌تواند رندر کند مصرف شده است. "
            "وقتی تمام شود تا ماه بعد کسی نمی‌تواند فیلمی رندر کند.",
            "دیدن مصرف",
        ),
        "quota.warning.film_minutes": (
            "دقیقه‌های فیلم رو به پایان است",
            "{percent}٪ از دقیقه‌های فیلمی که سایت شما این ماه می‌تواند رندر کند مصرف شده است. "
            "وقتی تمام شود تا ماه بعد کسی نمی‌تواند فیلمی رندر کند.",
            "دیدن مصرف",
        ),
        "quota.warning.calls": (
            "فراخوانی برنامه‌ها رو به پایان است",
            "{percent}٪ از فراخوانی‌هایی که سایت شما این ماه با کلید API می‌تواند داشته باشد مصرف شده است. "
            "وقتی تمام شود کلیدهای API تا ماه بعد کار نمی‌کنند.",
            "دیدن مصرف",
        ),
        "quota.warning.full": (
            "فضای فایل‌ها پر شد",
            "همهٔ فضای سایت شما برای فایل‌ها پر شده است. تا فایلی حذف نشود یا گردانندگان این سرویس "
            "فضای بیشتری ندهند کسی نمی‌تواند چیزی بارگذاری کند.",
            "دیدن مصرف",
        ),
        "quota.warning.films.full": (
            "فیلم‌های این ماه تمام شد",
            "سایت شما همهٔ فیلم‌های این ماه را رندر کرده است. تا ماه بعد، یا تا گردانندگان این سرویس سقف را بالا نبرند، "
            "کسی نمی‌تواند فیلمی رندر کند.",
            "دیدن مصرف",
        ),
        "quota.warning.film_minutes.full": (
            "دقیقه‌های فیلم تمام شد",
            "سایت شما همهٔ دقیقه‌های فیلم این ماه را رندر کرده است. "
            "تا ماه بعد، یا تا گردانندگان این سرویس سقف را بالا نبرند، کسی نمی‌تواند فیلمی رندر کند.",
            "دیدن مصرف",
        ),
        "quota.warning.calls.full": (
            "فراخوانی برنامه‌ها تمام شد",
            "سایت شما همهٔ فراخوانی‌های این ماه با کلید API را مصرف کرده است. "
            "تا ماه بعد، یا تا گردانندگان این سرویس سقف را بالا نبرند، کلیدهای API کار نمی‌کنند.",
            "دیدن مصرف",
        ),
    },
}
_CHOOSE = {
    "en": "You choose on your profile page what you are told by letter.",
    "fa": "در صفحهٔ پروفایل برمی‌گزینید که چه چیزهایی با نامه به شما گفته شود.",
}
_PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def written(to: str, payload: Mapping[str, Any], key: str, logo: bytes = b"") -> Mail:
    """The message of a letter's payload (see `notifications.letters`); `logo`: the site's, a PNG."""
    language = "fa" if payload["language"] == "fa" else "en"
    if alert := payload.get("alert"):
        place, subject, sentence, button = _ALERTS[language][alert]
        return _framed(to, payload, key, logo, subject, sentence.format(site=payload["site"]), button, place, ())
    if payload["purpose"] in _NEWS[language]:
        subject, said, button = news(payload["purpose"], payload["about"], language)
        return _framed(to, payload, key, logo, subject, said, button, payload["about"]["place"], (_CHOOSE[language],))
    page, subject, sentence, button = _WORDS[language][payload["purpose"]]
    _, not_you, once = _FRAME[language]
    if payload["purpose"] == letters.Purpose.INVITE:
        about = {"by": payload.get("by") or payload["site"], "site": payload["site"], "email": to}
        subject, sentence, not_you = subject.format(**about), sentence.format(**about), _NOT_WANTED[language]
    hours = int(letters.HOLDS[letters.Purpose(payload["purpose"])].total_seconds() // 3600)
    place = f"{page}?token={letters.secret(payload['letter_id'])}"
    notes = (once.format(time=_TIMES[language][hours]), not_you)
    return _framed(to, payload, key, logo, subject, sentence, button, place, notes)


def news(kind: str, about: Mapping[str, Any], language: str) -> tuple[str, str, str]:
    """Subject, sentence and the button's word of an event that people are told of (`inbox.Kind`)."""
    # A month's limit has words of its own, and what is used up, too.
    full = "full" if about.get("limit") is not None and about["used"] >= about["limit"] else ""
    subject, sentence, button = _NEWS[language][".".join(filter(None, (kind, about.get("of"), full)))]
    return subject, sentence.format(**about, percent=_percent(about, language)), button


def _percent(about: Mapping[str, Any], language: str) -> str:
    # 99.7 is not all, which has words of its own.
    digits = str(min(99, round(100 * about["used"] / about["limit"]))) if about.get("limit") else ""
    return digits.translate(_PERSIAN) if language == "fa" else digits


def _framed(
    to: str,
    payload: Mapping[str, Any],
    key: str,
    logo: bytes,
    subject: str,
    sentence: str,
    button: str,
    place: str,
    notes: tuple[str, ...],
) -> Mail:
    """A letter in the site's look; `place`: where its button leads on the site."""
    language = "fa" if payload["language"] == "fa" else "en"
    hello, link = _FRAME[language][0].format(name=payload["name"]), f"{payload['address']}/{place}"
    direction = "rtl" if language == "fa" else "ltr"
    text = "\n\n".join([hello, sentence, link, *(["\n".join(notes)] if notes else []), payload["site"]]) + "\n"
    site = escape(payload["site"])
    head = f'<img src="cid:logo" alt="{site}" style="max-width:240px;max-height:48px">' if logo else site
    # Readers that fetch nothing, most of them, show the bundled fonts where they have them.
    html = (
        f'<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        f'<style>{payload.get("fonts", "")}</style></head><body style="margin:0;padding:32px 16px;'
        "font:16px/1.6 'site-latin','site-persian',Inter,Vazirmatn,Tahoma,sans-serif;"
        'color:#161615;background:#ffffff">'
        f'<div style="max-width:520px;margin:0 auto"><p style="font-weight:700">{head}</p>'
        f"<p>{escape(hello)}</p><p>{escape(sentence)}</p>"
        f'<p><a href="{escape(link)}" style="display:inline-block;padding:10px 20px;border-radius:6px;text-decoration:'
        f'none;font-weight:700;background:{payload["solid"]};color:{payload["on_solid"]}">{escape(button)}</a></p>'
        f'<p style="color:#62625d;font-size:13px">{escape(" ".join(notes))}</p></div></body></html>'
    )
    sender = payload.get("sender") or {"name": payload["site"], "address": "", "reply_to": ""}  # one written before
    return Mail(
        to,
        f"{subject} · {payload['site']}",
        text,
        html,
        sender_name=sender["name"],
        sender=sender["address"],
        reply_to=sender["reply_to"],
        logo=logo,
        key=key,
    )
