"""Big quote: a customer's words for the feed, 4:5. Lines are wiped in one by one; the end card carries the brand."""

from __future__ import annotations

from pathlib import Path

from flatrender.templates.demos import figure
from flatrender.templates.demos.authoring import Project, Stage, TextStyle, toggle_expression, transform
from flatrender.templates.demos.catalog import ColorPreset, DemoTemplate
from flatrender.templates.demos.drawing import Group, circle_path, star_path, value
from flatrender.templates.demos.motion import DRIFT, GLIDE, LEAVE, OVERSHOOT, SETTLE, SWING, Key, animate, stagger
from flatrender.templates.demos.reveals import Words, fill_stage, rise, slide

RATE = 30.0
SIZE = (1080, 1350)
SECONDS = 7.6
OUT = 5.35  # everything leaves, the end card floods in
COLORS = {"ground": "#1F252B", "shade": "#2B343C", "paper": "#F6F4EC", "accent": "#E3F26B"}
LEFT = 92.0
LEADING = 106.0
QUOTE_TOP = 372.0
LINES = 6


def build(out: Path) -> Path:
    """Write the bundle below ``out``."""
    names = {"ground": "Ground", "shade": "Soft shapes", "paper": "Text", "accent": "Accent"}
    project = Project("big-quote", out / "big-quote", RATE, COLORS, color_names=names)
    project.draw("portrait.jpg", figure.portrait())
    stage = project.stage("frfinal", SIZE, SECONDS)
    stage.data("show_stars", "1", "Show the stars")
    fill_stage(stage, "ground", "ground")
    _backdrop(stage)
    _marks(stage)
    _stars(stage)
    _portrait(stage)
    _end_card(stage)
    rest = TextStyle("Inter-Medium", 32, "paper", fit=38)
    role = Words("frl_role", "COO, Hisen Logistics", rest, (312, 1222), label="Role and company")
    slide(stage, role, 1.75, OUT - 0.1)
    name = TextStyle("Inter-Bold", 46, "paper", tracking=-14, fit=26)
    rise(stage, Words("frl_name", "Ida Bergström", name, (312, 1172), label="Name"), 1.6, OUT - 0.05)
    _quote(stage)
    return project.save()


def _backdrop(stage: Stage) -> None:
    """A soft disc that rolls in from the lower corner and a field of dots in the upper one."""
    disc = stage.shape("soft disc", (960, 1240))
    body = Group(stage, disc, "disc")
    body.ellipse((980, 980))
    body.fill("shade")
    stage.move(
        disc, "position", Key(0, (1500, 1900, 0)), Key(1.3, (960, 1240, 0), SETTLE), Key(OUT, (916, 1204, 0), DRIFT)
    )
    dots = stage.shape("dots", (742, 118))
    field = Group(stage, dots, "dots")
    for column in range(7):
        field.ellipse((9, 9), (42.0 * column, 0))
    field.repeat(5, (0, 42))
    field.fill("paper", 22)
    stage.move(
        dots, "position", Key(0.2, (842, 118, 0)), Key(1.4, (742, 118, 0), SETTLE), Key(OUT, (730, 118, 0), DRIFT)
    )
    stage.move(dots, "opacity", Key(0.2, 0), Key(0.9, 100, SWING))


def _marks(stage: Stage) -> None:
    """The opening quotation mark: two blocks that spring up one after the other."""
    outline = [(58.0, -178.0), (132.0, -178.0), (98.0, -104.0), (138.0, -104.0), (138.0, 0.0), (0.0, 0.0), (0.0, -88.0)]
    for index, start in enumerate(stagger(0.15, 0.13, 2)):
        mark = stage.shape(f"mark {index + 1}", (LEFT + 168 * index, 306))
        group = Group(stage, mark, "mark")
        group.path(outline)
        group.fill("accent")
        gone = OUT - 0.02 + 0.06 * index
        stage.move(
            mark,
            "scale",
            Key(start, (100, 0, 100)),
            Key(start + 0.7, (100, 100, 100), OVERSHOOT),
            Key(gone, (100, 100, 100)),
            Key(gone + 0.35, (100, 0, 100), LEAVE),
        )


def _quote(stage: Stage) -> None:
    """Every line of words shows behind a bar of its own; the bars open from the left and close to the right."""
    style = TextStyle("Inter-ExtraBold", 96, "paper", leading=LEADING, tracking=-36)
    words = "We stopped guessing and started filming our customers."
    box = (920.0, LEADING * LINES)
    text = stage.text("frl_quote", words, style, (LEFT, QUOTE_TOP), box=box, label="Quote")
    stage.move(
        text,
        "position",
        Key(0.5, (LEFT + 46, QUOTE_TOP, 0)),
        Key(1.9, (LEFT, QUOTE_TOP, 0), SETTLE),
        Key(OUT, (LEFT - 6, QUOTE_TOP, 0), DRIFT),
    )
    windows = stage.shape("frl_quote lines", (LEFT - 20, QUOTE_TOP))
    width = 960.0
    for line, start in enumerate(stagger(0.5, 0.13, LINES)):
        bars = Group(stage, windows, f"line {line + 1}")
        middle = (line + 0.5) * LEADING - 4
        bar = bars.rectangle((width, LEADING + 1), (width / 2, middle))
        gone = OUT - 0.1 + 0.05 * line
        animate(
            value(bar, "Rect Size"),
            stage.frame_rate,
            Key(start, (0, LEADING + 1)),
            Key(start + 0.85, (width, LEADING + 1), GLIDE),
            Key(gone, (width, LEADING + 1)),
            Key(gone + 0.4, (0, LEADING + 1), LEAVE),
        )
        animate(
            value(bar, "Rect Position"),
            stage.frame_rate,
            Key(start, (0, middle)),
            Key(start + 0.85, (width / 2, middle), GLIDE),
            Key(gone, (width / 2, middle)),
            Key(gone + 0.4, (width, middle), LEAVE),
        )
        bars.fill("#FFFFFF")
    stage.matte(text, windows)


def _stars(stage: Stage) -> None:
    """Five stars that turn in one by one; the toggle ``show_stars`` takes them away."""
    for index, start in enumerate(stagger(1.35, 0.09, 5)):
        star = stage.shape(f"star {index + 1}", (LEFT + 24 + 60 * index, 1028))
        group = Group(stage, star, "star")
        group.path(star_path(5, 25, 11.5))
        group.fill("accent")
        gone = OUT - 0.2 + 0.03 * index
        stage.move(
            star,
            "scale",
            Key(start, (0, 0, 100)),
            Key(start + 0.55, (100, 100, 100), OVERSHOOT),
            Key(gone, (100, 100, 100)),
            Key(gone + 0.3, (0, 0, 100), LEAVE),
        )
        stage.move(star, "rotation", Key(start, -80), Key(start + 0.8, 0, SETTLE))
        transform(star, "opacity").expression = toggle_expression("show_stars")


def _portrait(stage: Stage) -> None:
    """The speaker's picture in a circle with a ring that draws itself."""
    center, diameter = (184.0, 1178.0), 168.0
    photo = stage.picture("frl_photo", "portrait.jpg", center, diameter, label="Portrait")
    full = 100 * diameter / photo.width
    stage.move(
        photo, "scale", Key(1.35, (full * 1.5, full * 1.5, 100)), Key(2.5, (full * 1.06, full * 1.06, 100), SETTLE)
    )
    window = stage.shape("frl_photo frame", center)
    group = Group(stage, window, "frame")
    group.ellipse((diameter, diameter))
    group.fill("#FFFFFF")
    stage.move(
        window,
        "scale",
        Key(1.35, (0, 0, 100)),
        Key(2.0, (100, 100, 100), OVERSHOOT),
        Key(OUT - 0.05, (100, 100, 100)),
        Key(OUT + 0.3, (0, 0, 100), LEAVE),
    )
    stage.matte(photo, window)
    for part in (photo, window):
        stage.span(part, 1.35, OUT + 0.34)
    ring = stage.shape("ring", center)
    line = Group(stage, ring, "ring")
    points, ins, outs = circle_path(100)
    line.path(points, True, ins, outs)
    trim = line.trim(0, 0)
    line.stroke("accent", 5)
    animate(value(trim, "Trim End"), stage.frame_rate, Key(1.5, 0), Key(2.6, 100, SWING))
    animate(value(trim, "Trim Start"), stage.frame_rate, Key(OUT - 0.2, 0), Key(OUT + 0.25, 100, SWING))
    stage.move(ring, "rotation", Key(1.5, -70), Key(OUT + 0.25, 60, DRIFT))


def _end_card(stage: Stage) -> None:
    """The accent colour grows out of the quotation mark; the brand's name and a line below it come to rest."""
    flood = stage.shape("flood", (LEFT + 150, 220))
    group = Group(stage, flood, "flood")
    group.ellipse((2900, 2900))
    group.fill("accent")
    stage.move(flood, "scale", Key(OUT + 0.1, (0, 0, 100)), Key(OUT + 0.95, (100, 100, 100), SWING))
    stage.span(flood, OUT + 0.1, SECONDS)
    for index, (start, radius) in enumerate(zip(stagger(OUT + 0.55, 0.12, 3), (300.0, 440.0, 600.0), strict=True)):
        echo = stage.shape(f"echo {index + 1}", (540, 650))
        circle = Group(stage, echo, "echo")
        circle.ellipse((2 * radius, 2 * radius))
        circle.stroke("ground", 3, opacity=20 - 5 * index)
        stage.move(echo, "scale", Key(start, (40, 40, 100)), Key(SECONDS - 0.1, (100, 100, 100), SETTLE))
        stage.move(echo, "opacity", Key(start, 0), Key(start + 0.4, 100, SWING))
    line = TextStyle("Inter-Medium", 38, "ground", align="center", fit=44)
    slide(
        stage,
        Words("frl_call", "Stories from people like you", line, (540, 742), label="End card, line below"),
        OUT + 0.9,
        None,
    )
    brand = TextStyle("Inter-ExtraBold", 120, "ground", tracking=-40, align="center", fit=14)
    rise(stage, Words("frl_brand", "framewell", brand, (540, 672), label="End card, brand"), OUT + 0.65, None)


TEMPLATE = DemoTemplate(
    slug="big-quote",
    name="Big quote",
    name_fa="نقل‌قول بزرگ",
    description="A customer's words, line by line, with a portrait and stars; the end card floods in with your brand.",
    description_fa="سخن مشتری، سطر به سطر، با عکس و ستاره؛ در پایان نام برند شما صفحه را می‌پوشاند.",
    category="Quotes",
    tags=("quote", "testimonial", "review", "feed", "social"),
    kind="fixed",
    aspect="4:5",
    cover_composition="frfinal",
    cover_frame=108,
    presets=(
        ColorPreset("lime", "Lime on slate", "لیمویی", COLORS),
        ColorPreset(
            "clay", "Clay", "رس", {"ground": "#F3E9DD", "shade": "#E7D6C2", "paper": "#2A1C17", "accent": "#D8552F"}
        ),
        ColorPreset(
            "violet",
            "Violet",
            "بنفش",
            {"ground": "#231942", "shade": "#33265C", "paper": "#F7F3FF", "accent": "#FF9B71"},
        ),
        ColorPreset(
            "mint", "Mint", "نعنا", {"ground": "#E9F4EE", "shade": "#D3E8DC", "paper": "#10302A", "accent": "#12876B"}
        ),
    ),
    build=build,
)
