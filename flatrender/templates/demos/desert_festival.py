"""Lut desert festival: a Persian, right-to-left promo in four scenes, with dunes drawn in the shared colours."""

from __future__ import annotations

from pathlib import Path

from py_aep import Layer

from flatrender.templates.demos import art, landscape
from flatrender.templates.demos.authoring import Project, Stage, TextStyle, toggle_expression, transform
from flatrender.templates.demos.catalog import ColorPreset, DemoTemplate
from flatrender.templates.demos.drawing import Group, Point
from flatrender.templates.demos.motion import DRIFT, GLIDE, LEAVE, OVERSHOOT, SETTLE, SWING, Key, stagger
from flatrender.templates.demos.reveals import Words, fill_stage, framed_photo, outline, pill, pop, rise, slide

RATE = 25.0
SIZE = (1920, 1080)
COLORS = {"coral": "#EB6449", "teal": "#2BBFAD", "sun": "#FFB54A", "night": "#14172F", "paper": "#FFF6E8"}


def _fa(
    weight: str, size: float, color: str, align: str = "right", *, leading: float | None = None, fit: int = 0
) -> TextStyle:
    return TextStyle(f"Vazirmatn-{weight}", size, color, leading=leading, align=align, rtl=True, fit=fit)


def build(out: Path) -> Path:
    """Write the bundle below ``out``."""
    project = Project(
        "lut-desert-festival",
        out / "lut-desert-festival",
        RATE,
        COLORS,
        "Vazirmatn-Regular",
        {
            "coral": "مرجانی",
            "teal": "فیروزه‌ای",
            "sun": "خورشید",
            "night": "شب",
            "paper": "کاغذ",
        },
    )
    project.draw("dunes-at-dusk.jpg", landscape.dunes(760, 820))
    project.draw("festival-mark.png", art.festival_mark())
    final = project.stage("flatrender", SIZE, 17.6)
    start = 0.0
    for make, name, seconds in (
        (_opening, ("Opening", "آغاز"), 4.8),
        (_photo, ("Photo", "عنوان و عکس"), 4.8),
        (_facts, ("Programme", "برنامه"), 4.0),
        (_invitation, ("Invitation", "دعوت"), 4.0),
    ):
        stage = project.stage(name[0], SIZE, seconds, label=name[1])
        make(stage)
        final.nest(stage, start)
        start += seconds
    return project.save()


def _dune(stage: Stage, name: str, crest: list[Point], shade: float) -> Layer:
    """A hill of sand: the sky's colour under ``shade`` per cent of the night, with light on its crest."""
    points = [*crest, (2300.0, 2800.0), (-380.0, 2800.0)]
    ease = 210.0
    flat = [(0.0, 0.0)] * 2
    layer = stage.shape(name, (0, 0))
    group = Group(stage, layer, name)
    group.path(points, True, [*[(-ease, 0.0) for _ in crest], *flat], [*[(ease, 0.0) for _ in crest], *flat])
    top = min(y for _, y in crest)
    group.gradient((0, top), (0, top + 260), ((0, "#FFFFFF", 0.09), (1, "#FFFFFF", 0)))
    group.fill("night", shade)
    group.fill("coral")
    return layer


def _opening(stage: Stage) -> None:
    """Night; the sky takes colour, the sun rises, dunes slide in at three speeds; at the end the nearest covers all."""
    leave = 4.05
    fill_stage(stage, "night", "night")
    sky = stage.shape("sky", (960, 540))
    paint = Group(stage, sky, "sky")
    paint.rectangle((1920, 1080))
    paint.fill("coral")
    fade = stage.shape("sky fade", (960, 540))
    shade = Group(stage, fade, "fade")
    shade.rectangle((1920, 1080))
    shade.gradient(
        (0, -500), (0, 330), [(at, "#FFFFFF", alpha) for at, alpha in ((0, 0), (0.3, 0.36), (0.72, 0.95), (1, 1))]
    )
    stage.move(
        fade,
        "position",
        Key(0, (960, 1240, 0)),
        Key(1.6, (960, 540, 0), GLIDE),
        Key(leave, (960, 540, 0)),
        Key(4.6, (960, 900, 0), LEAVE),
    )
    stage.matte(sky, fade)
    glow = stage.shape("horizon", (960, 690))
    warm = Group(stage, glow, "horizon")
    warm.rectangle((1920, 700))
    warm.fill("sun")
    veil = stage.shape("horizon fade", (960, 690))
    soft = Group(stage, veil, "fade")
    soft.rectangle((1920, 700))
    soft.gradient((0, -350), (0, 120), ((0, "#FFFFFF", 0), (1, "#FFFFFF", 0.62)))
    for part in (glow, veil):
        stage.move(
            part,
            "position",
            Key(0.2, (960, 1300, 0)),
            Key(1.9, (960, 690, 0), GLIDE),
            Key(leave, (960, 690, 0)),
            Key(4.6, (960, 1200, 0), LEAVE),
        )
    stage.matte(glow, veil)
    _stars(stage)
    sun = (476.0, 446.0)
    for index, (reach, start) in enumerate(zip((312.0, 276.0, 240.0), stagger(0.5, 0.12, 3), strict=True)):
        halo = stage.shape(f"halo {index + 1}", sun)
        ring = Group(stage, halo, "halo")
        ring.ellipse((2 * reach, 2 * reach))
        ring.fill("sun", 13)
        stage.move(
            halo,
            "position",
            Key(start, (sun[0], 1360, 0)),
            Key(start + 1.5, (*sun, 0), SETTLE),
            Key(leave, (*sun, 0)),
            Key(leave + 0.6, (sun[0], 1400, 0), LEAVE),
        )
        stage.move(halo, "scale", Key(start + 0.3, (70, 70, 100)), Key(start + 2.2, (100, 100, 100), SETTLE))
    disc = stage.shape("sun", sun)
    body = Group(stage, disc, "sun")
    body.ellipse((400, 400))
    body.fill("sun")
    stage.move(
        disc,
        "position",
        Key(0.3, (sun[0], 1360, 0)),
        Key(1.85, (*sun, 0), SETTLE),
        Key(leave, (sun[0], sun[1] - 14, 0), SWING),
        Key(leave + 0.6, (sun[0], 1400, 0), LEAVE),
    )

    hills: tuple[tuple[str, tuple[float, ...], float, float, float], ...] = (
        ("far dunes", (800, 742, 792, 716, 770, 706, 760), 38, 0.1, 46),
        ("middle dunes", (842, 904, 816, 892, 800, 880), 58, 0.22, 92),
        ("near dunes", (1010, 936, 1010, 922, 982, 930), 100, 0.34, 150),
    )
    for name, heights, strength, start, travel in hills:
        crest = [(-380 + 2680 * index / (len(heights) - 1), height) for index, height in enumerate(heights)]
        layer = _dune(stage, name, crest, strength)
        keys = [Key(start, (travel * 0.6, 420, 0)), Key(start + 1.3, (travel * 0.2, 0, 0), SETTLE)]
        if name == "near dunes":
            keys += [Key(leave + 0.05, (-travel * 0.3, 0, 0), SWING), Key(4.7, (-travel * 0.3, -1300, 0), SWING)]
        else:
            keys += [Key(4.6, (-travel * 0.5, 0, 0), DRIFT)]
        stage.move(layer, "position", *keys)

    right = 1790.0
    slide(
        stage,
        Words(
            "frl_subtitle",
            "جشنوارهٔ فیلم و موسیقی لوت",
            _fa("Medium", 54, "paper", fit=36),
            (right, 566),
            label="زیر عنوان",
        ),
        1.35,
        leave - 0.1,
    )
    rise(
        stage,
        Words(
            "frl_title", "شب‌های کویر", _fa("ExtraBold", 176, "paper", leading=236, fit=12), (right, 452), label="عنوان"
        ),
        0.9,
        leave - 0.05,
        1.0,
    )
    edition = _fa("SemiBold", 44, "sun", fit=40)
    slide(stage, Words("frl_kicker", "نهمین دوره", edition, (right, 258), label="بالای عنوان"), 1.15, leave - 0.12)


def _stars(stage: Stage) -> None:
    """A few stars that come up one by one and twinkle once."""
    places: tuple[tuple[float, float, float], ...] = (
        (210, 120, 4),
        (430, 70, 3),
        (700, 160, 3),
        (905, 88, 4),
        (1120, 190, 3),
        (1260, 76, 5),
        (1420, 150, 3),
        (1600, 92, 4),
        (1750, 170, 3),
        (1840, 60, 3),
        (120, 260, 3),
        (1010, 270, 3),
    )
    for index, (x, y, radius) in enumerate(places):
        layer = stage.shape(f"star {index + 1}", (x, y))
        group = Group(stage, layer, "star")
        group.ellipse((2 * radius, 2 * radius))
        group.fill("paper")
        start = 0.3 + (index * 7 % 12) * 0.09
        stage.move(
            layer,
            "opacity",
            Key(start, 0),
            Key(start + 0.5, 90, SWING),
            Key(start + 1.6, 35, SWING),
            Key(start + 2.4, 85, SWING),
            Key(4.5, 0, SWING),
        )


def _corners(stage: Stage, leave: float | None) -> None:
    """The coral and the teal disc that look in from two corners."""
    for name, at, radius, start in (("coral", (1856.0, 8.0), 270.0, 0.0), ("teal", (64.0, 1080.0), 310.0, 0.14)):
        layer = stage.shape(f"{name} disc", at)
        group = Group(stage, layer, "disc")
        group.ellipse((2 * radius, 2 * radius))
        group.fill(name)
        end = stage.comp.duration
        keys = [Key(start, (0, 0, 100)), Key(start + 1.1, (100, 100, 100), SETTLE)]
        if leave is None:
            keys += [Key(end - 0.1, (106, 106, 100), DRIFT)]
        else:
            keys += [Key(leave, (105, 105, 100), SWING), Key(leave + 0.55, (0, 0, 100), LEAVE)]
        stage.move(layer, "scale", *keys)


def _photo(stage: Stage) -> None:
    """A photograph in a double line, the film's title to its right, a date that opens like a ticket."""
    leave = 4.05
    fill_stage(stage, "night", "night")
    _corners(stage, leave + 0.05)
    center, size = (560.0, 540.0), (700.0, 756.0)
    outline(stage, center, (size[0] + 44, size[1] + 44), 78, "teal", (0.55, leave - 0.05))
    second = outline(stage, center, (size[0] + 76, size[1] + 76), 94, "coral", (0.75, leave - 0.15))
    transform(second, "opacity").value = 55
    framed_photo(stage, "frl_photo", "dunes-at-dusk.jpg", center, size, 58, (0.25, leave), "عکس")
    right = 1790.0
    date = _fa("Bold", 38, "night", align="center", fit=15)
    pill(
        stage,
        Words("frl_date", "۱۸ تا ۲۱ آبان", date, (right - 160, 918), label="تاریخ"),
        (320, 92),
        "sun",
        1.4,
        leave - 0.15,
    )
    body = _fa("Regular", 40, "paper", leading=64)
    slide(
        stage,
        Words(
            "frl_body",
            "دوازده فیلم از نه کشور، همراه با موسیقی زنده\rدر کلوت‌های شهداد",
            body,
            (1010, 714),
            (780, 140),
            "توضیح",
        ),
        1.15,
        leave - 0.1,
    )
    rise(
        stage,
        Words(
            "frl_title",
            "چهار شب زیر آسمان باز",
            _fa("ExtraBold", 118, "paper", leading=162),
            (1016, 368),
            (774, 330),
            "عنوان",
        ),
        0.75,
        leave - 0.05,
        1.0,
    )
    above = _fa("SemiBold", 42, "sun", fit=36)
    slide(stage, Words("frl_kicker", "فیلم افتتاحیه", above, (right, 326), label="بالای عنوان"), 0.8, leave - 0.1)


def _facts(stage: Stage) -> None:
    """Three figures on cards, right to left; the toggle ``show_note`` keeps or drops the line below them."""
    leave = 3.3
    stage.data("show_note", "1", "نمایش یادداشت")
    fill_stage(stage, "night", "night")
    _corners(stage, leave + 0.1)
    small = _fa("Regular", 38, "paper", align="center")
    note = slide(
        stage,
        Words("frl_note", "بلیت هر شب از گیشه و سایت جشنواره", small, (960, 900), label="یادداشت"),
        1.3,
        leave - 0.1,
    )
    transform(note, "opacity").expression = toggle_expression("show_note")
    facts = (("۱۲", "فیلم بلند", "teal", "یک"), ("۹", "اجرای زنده", "sun", "دو"), ("۴", "شب پرستاره", "coral", "سه"))
    for index, (number, label, color, which) in reversed(list(enumerate(facts))):
        x, y = 1440.0 - 480.0 * index, 570.0
        start = 0.5 + 0.14 * index
        card = stage.shape(f"card {index + 1}", (x, y))
        back = Group(stage, card, "card")
        back.rectangle((420, 400), radius=44)
        back.fill("paper", 9)
        gone = leave - 0.05 + 0.06 * index
        stage.move(
            card,
            "position",
            Key(start, (x, y + 130, 0)),
            Key(start + 0.9, (x, y, 0), SETTLE),
            Key(gone, (x, y, 0)),
            Key(gone + 0.45, (x, y - 90, 0), LEAVE),
        )
        stage.move(
            card, "opacity", Key(start, 0), Key(start + 0.4, 100, SWING), Key(gone, 100), Key(gone + 0.4, 0, LEAVE)
        )
        what = _fa("Medium", 46, "paper", align="center", fit=16)
        slide(
            stage,
            Words(f"frl_label{index + 1}", label, what, (x, y + 144), label=f"نام عدد {which}"),
            start + 0.45,
            gone,
            by=(0, 26),
        )
        figure = _fa("Black", 176, color, align="center", leading=210, fit=4)
        rise(
            stage, Words(f"frl_number{index + 1}", number, figure, (x, y + 46), label=f"عدد {which}"), start + 0.2, gone
        )
    heading = _fa("ExtraBold", 92, "paper", align="center", leading=132, fit=26)
    rise(stage, Words("frl_title", "در یک نگاه", heading, (960, 268), label="عنوان"), 0.3, leave)


def _invitation(stage: Stage) -> None:
    """The sun comes up as bands from the lower edge; mark, call, button and address; it all comes to rest."""
    fill_stage(stage, "night", "night")
    center = (960.0, 1312.0)
    disc = stage.shape("big sun", center)
    body = Group(stage, disc, "sun")
    body.ellipse((1080, 1080))
    body.fill("coral")
    bands = stage.shape("bands", (960, 1080))
    bars = Group(stage, bands, "bands")
    top = -370.0
    for height, gap in ((150, 14), (62, 20), (46, 26), (40, 0)):
        bars.rectangle((1300, height), (0, top + height / 2))
        top += height + gap
    bars.fill("#FFFFFF")
    stage.move(
        disc, "position", Key(0, (960, 1830, 0)), Key(1.3, (*center, 0), SETTLE), Key(3.9, (960, 1302, 0), DRIFT)
    )
    stage.move(
        bands, "position", Key(0.1, (960, 1380, 0)), Key(1.7, (960, 1080, 0), SETTLE), Key(3.9, (960, 1068, 0), DRIFT)
    )
    stage.matte(disc, bands)
    mark = stage.picture("frl_logo", "festival-mark.png", (960, 158), 132, label="نشان")
    pop(stage, mark, 0.4, None, full=100 * 132 / mark.width)
    stage.move(mark, "rotation", Key(0.4, -120), Key(1.6, 0, SETTLE))
    slide(
        stage,
        Words(
            "frl_url", "lutfest.ir", TextStyle("Inter-SemiBold", 36, "paper", align="center"), (960, 706), label="نشانی"
        ),
        1.4,
        None,
    )
    button = _fa("Bold", 44, "night", align="center", fit=13)
    buy = Words("frl_button", "خرید بلیت", button, (960, 588), label="دکمه")
    for part in pill(stage, buy, (340, 112), "sun", 1.1, None):
        stage.move(
            part,
            "scale",
            Key(2.3, (100, 100, 100)),
            Key(2.45, (93, 93, 100), SWING),
            Key(2.9, (100, 100, 100), OVERSHOOT),
        )
    slide(
        stage,
        Words(
            "frl_subtitle",
            "ظرفیت هر شب: سیصد نفر",
            _fa("Medium", 46, "paper", align="center"),
            (960, 468),
            label="زیر عنوان",
        ),
        0.9,
        None,
    )
    call = _fa("ExtraBold", 118, "paper", align="center", leading=166, fit=28)
    rise(stage, Words("frl_title", "همین حالا ثبت‌نام کنید", call, (960, 372), label="عنوان"), 0.55, None, 1.0)


TEMPLATE = DemoTemplate(
    slug="lut-desert-festival",
    name="Lut desert festival",
    name_fa="شب‌های کویر",
    description="A Persian festival promo: sunrise over dunes, a photograph, three figures, an invitation.",
    description_fa="معرفی جشنواره در چهار صحنه: طلوع بر فراز تپه‌های شنی، عکس و عنوان، سه عدد، و دعوت به ثبت‌نام.",
    category="Persian",
    tags=("persian", "festival", "event", "film", "music", "rtl"),
    kind="flexible",
    aspect="16:9",
    cover_composition="Opening",
    cover_frame=66,
    presets=(
        ColorPreset("dusk", "Dusk", "غروب", COLORS),
        ColorPreset(
            "oasis",
            "Oasis",
            "واحه",
            {"coral": "#1F9C86", "teal": "#F2B544", "sun": "#FFD98A", "night": "#0C2B2A", "paper": "#F4FBF2"},
        ),
        ColorPreset(
            "salt-flat",
            "Salt flat",
            "نمکزار",
            {"coral": "#4A8FB8", "teal": "#E79A5B", "sun": "#F4D9B4", "night": "#16283A", "paper": "#F7FAFB"},
        ),
        ColorPreset(
            "saffron",
            "Saffron",
            "زعفران",
            {"coral": "#D9482F", "teal": "#F08A24", "sun": "#FFC53D", "night": "#2A0F1E", "paper": "#FFF3DF"},
        ),
    ),
    build=build,
)
