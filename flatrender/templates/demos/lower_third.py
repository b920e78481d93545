"""Clean lower third: a medallion opens a two-tone bar that carries name and role; everything folds back into it."""

from __future__ import annotations

from pathlib import Path

from flatrender.templates.demos import art
from flatrender.templates.demos.authoring import Project, Stage, TextStyle, toggle_expression, transform
from flatrender.templates.demos.catalog import ColorPreset, DemoTemplate
from flatrender.templates.demos.drawing import Group, circle_path, value
from flatrender.templates.demos.motion import DRIFT, LEAVE, OVERSHOOT, SETTLE, SWING, Key, animate

RATE = 30.0
SECONDS = 6.0
PLATE = "#5D6B7A"  # stands behind it in films without transparency
COLORS = {"primary": "#4B35E8", "secondary": "#A72FD6", "accent": "#FFB23E", "ink": "#FFFFFF"}
MEDALLION = (224.0, 872.0)
BAR_LEFT, BAR_WIDTH, BAR_HEIGHT = 224.0, 840.0, 148.0  # the bar begins behind the medallion
TEXT_LEFT = 352.0
OUT = 4.85  # the way back begins


def _bar(stage: Stage, group: Group, start: float, end: float) -> None:
    """A pill that grows out of the medallion to the right and, from ``OUT``, runs back into it."""
    width = BAR_WIDTH
    pill = group.rectangle((width, BAR_HEIGHT), (width / 2, 0), BAR_HEIGHT / 2)
    closed, opened = BAR_HEIGHT, width
    animate(
        value(pill, "Rect Size"),
        stage.frame_rate,
        Key(start, (closed, BAR_HEIGHT)),
        Key(start + 0.85, (opened, BAR_HEIGHT), SETTLE),
        Key(end, (opened, BAR_HEIGHT)),
        Key(end + 0.5, (closed, BAR_HEIGHT), SWING),
    )
    rest = -BAR_HEIGHT / 2
    animate(
        value(pill, "Rect Position"),
        stage.frame_rate,
        Key(start, (rest + closed / 2, 0)),
        Key(start + 0.85, (rest + opened / 2, 0), SETTLE),
        Key(end, (rest + opened / 2, 0)),
        Key(end + 0.5, (rest + closed / 2, 0), SWING),
    )


def build(out: Path) -> Path:
    """Write the bundle below ``out``."""
    project = Project("clean-lower-third", out / "clean-lower-third", RATE, COLORS)
    project.draw("logo.png", art.northway_mark())
    stage = project.stage("frfinal", (1920, 1080), SECONDS, background=PLATE)
    stage.data("show_topic", "1", "Show the topic")
    _topic(stage)
    _panel(stage)
    _medallion(stage)
    _words(stage)
    return project.save()


def _topic(stage: Stage) -> None:
    """A small tab that slides out from behind the bar; the toggle ``show_topic`` takes it away."""
    center, hidden, shown = TEXT_LEFT + 128, 850.0, 766.0
    tab = stage.shape("topic tab", (center, hidden))
    group = Group(stage, tab, "tab")
    group.rectangle((288, 68), radius=18)
    group.fill("accent")
    words = stage.text(
        "frl_topic",
        "LIVE FROM MALMÖ",
        TextStyle("Inter-Bold", 22, "#1C1433", tracking=60, align="center", fit=17),
        (center, hidden),
        label="Topic",
    )
    for layer, drop in ((tab, 0.0), (words, 5.0)):
        stage.move(
            layer,
            "position",
            Key(1.1, (center, hidden + drop, 0)),
            Key(1.75, (center, shown + drop, 0), SETTLE),
            Key(OUT - 0.1, (center, shown + drop, 0)),
            Key(OUT + 0.25, (center, hidden + drop, 0), LEAVE),
        )
        stage.move(layer, "opacity", Key(1.08, 0), Key(1.12, 100), Key(OUT + 0.22, 100), Key(OUT + 0.26, 0))
        transform(layer, "opacity").expression = toggle_expression("show_topic")


def _panel(stage: Stage) -> None:
    """The bar in the primary colour, the secondary one laid over it through a gradient matte, and a passing sheen."""
    at = (BAR_LEFT, MEDALLION[1])
    bar = stage.shape("bar", at)
    group = Group(stage, bar, "bar")
    _bar(stage, group, 0.36, OUT + 0.12)
    group.fill("primary")
    stage.span(bar, 0.3, OUT + 0.8)

    tone = stage.shape("second tone", at)
    paint = Group(stage, tone, "tone")
    paint.rectangle((BAR_WIDTH + 200, BAR_HEIGHT + 20), (BAR_WIDTH / 2, 0))
    paint.fill("secondary")
    matte = stage.shape("second tone matte", at)
    shade = Group(stage, matte, "matte")
    _bar(stage, shade, 0.36, OUT + 0.12)
    shade.gradient((90, 0), (760, 0), ((0, "#FFFFFF", 0), (1, "#FFFFFF", 1)))
    stage.matte(tone, matte)
    for layer in (tone, matte):
        stage.span(layer, 0.3, OUT + 0.8)

    gleam = stage.shape("gleam", at)
    light = Group(stage, gleam, "gleam")
    light.path([(0, -90), (70, -90), (20, 90), (-50, 90)])
    light.path([(96, -90), (112, -90), (62, 90), (46, 90)])
    light.fill("ink", 16)
    stage.move(
        gleam, "position", Key(2.3, (BAR_LEFT - 40, at[1], 0)), Key(3.5, (BAR_LEFT + BAR_WIDTH, at[1], 0), SWING)
    )
    edge = stage.shape("gleam matte", at)
    pill = Group(stage, edge, "matte")
    pill.rectangle((BAR_WIDTH, BAR_HEIGHT), (BAR_WIDTH / 2 - BAR_HEIGHT / 2, 0), BAR_HEIGHT / 2)
    pill.fill("#FFFFFF")
    stage.matte(gleam, edge)
    for layer in (gleam, edge):
        stage.span(layer, 2.3, 3.5)

    line = stage.shape("underline", (TEXT_LEFT + 2, 928))
    stroke = Group(stage, line, "underline")
    stroke.path([(0, 0), (96, 0)], closed=False)
    trim = stroke.trim(0, 0)
    stroke.stroke("accent", 5)
    animate(value(trim, "Trim End"), stage.frame_rate, Key(1.0, 0), Key(1.6, 100, SETTLE))
    animate(value(trim, "Trim Start"), stage.frame_rate, Key(OUT - 0.1, 0), Key(OUT + 0.25, 100, LEAVE))


def _words(stage: Stage) -> None:
    """Name and role rise behind a matte as high as the bar."""
    role = TextStyle("Inter-Medium", 30, "ink", fit=38)
    name_style = TextStyle("Inter-ExtraBold", 58, "ink", tracking=-18, fit=19)
    lines = (
        ("frl_role", "Role", "Head of Design, Northway", role, 909.0, 0.76, 60.0),
        ("frl_name", "Name", "Maya Lindqvist", name_style, 866.0, 0.62, 74.0),
    )
    for name, label, words, style, baseline, start, rise in lines:
        layer = stage.text(name, words, style, (TEXT_LEFT, baseline), label=label)
        leave = OUT + (0.0 if name == "frl_name" else -0.08)
        stage.move(
            layer,
            "position",
            Key(start, (TEXT_LEFT, baseline + rise, 0)),
            Key(start + 0.7, (TEXT_LEFT, baseline, 0), SETTLE),
            Key(leave, (TEXT_LEFT, baseline, 0)),
            Key(leave + 0.34, (TEXT_LEFT, baseline + rise, 0), LEAVE),
        )
        stage.move(
            layer, "opacity", Key(start, 0), Key(start + 0.3, 100, SWING), Key(leave, 100), Key(leave + 0.3, 0, LEAVE)
        )
        window = stage.shape(f"{name} window", (TEXT_LEFT + 330, baseline - style.size * 0.28))
        pane = Group(stage, window, "window")
        pane.rectangle((700, style.size * 1.34))
        pane.fill("#FFFFFF")
        stage.matte(layer, window)


def _medallion(stage: Stage) -> None:
    """The disc with the customer's picture and a ring that draws itself."""
    disc = stage.shape("medallion", MEDALLION)
    face = Group(stage, disc, "face")
    face.ellipse((176, 176))
    face.fill("accent")
    halo = Group(stage, disc, "halo")
    halo.ellipse((204, 204))
    halo.fill("ink")
    stage.move(
        disc,
        "scale",
        Key(0, (0, 0, 100)),
        Key(0.62, (100, 100, 100), OVERSHOOT),
        Key(OUT + 0.45, (100, 100, 100)),
        Key(OUT + 0.57, (107, 107, 100), SWING),
        Key(OUT + 0.92, (0, 0, 100), LEAVE),
    )

    logo = stage.picture("frl_logo", "logo.png", MEDALLION, 144, label="Logo or picture")
    full = 100 * 144 / logo.width
    stage.move(
        logo,
        "scale",
        Key(0.2, (0, 0, 100)),
        Key(0.85, (full, full, 100), OVERSHOOT),
        Key(OUT + 0.42, (full, full, 100)),
        Key(OUT + 0.8, (0, 0, 100), LEAVE),
    )
    stage.move(logo, "rotation", Key(0.2, -110), Key(1.25, 0, SETTLE), Key(OUT + 0.3, 0), Key(OUT + 0.8, 60, LEAVE))

    ring = stage.shape("ring", MEDALLION)
    group = Group(stage, ring, "ring")
    group.path(*_closed(circle_path(112)))
    trim = group.trim(0, 0)
    group.stroke("accent", 6)
    animate(value(trim, "Trim End"), stage.frame_rate, Key(0.3, 0), Key(1.2, 72, SETTLE))
    animate(value(trim, "Trim Start"), stage.frame_rate, Key(OUT + 0.1, 0), Key(OUT + 0.6, 72, LEAVE))
    stage.move(ring, "rotation", Key(0.3, -80), Key(OUT + 0.6, 215, DRIFT))


def _closed(
    circle: tuple[list[tuple[float, float]], list[tuple[float, float]], list[tuple[float, float]]],
) -> tuple[list[tuple[float, float]], bool, list[tuple[float, float]], list[tuple[float, float]]]:
    points, ins, outs = circle
    return points, True, ins, outs


TEMPLATE = DemoTemplate(
    slug="clean-lower-third",
    name="Clean lower third",
    name_fa="زیرنویس نام، ساده",
    description="A medallion with your logo opens a two-tone bar with name and role, then folds away. Transparent.",
    description_fa="نشان شما نواری دورنگ با نام و سمت باز می‌کند و در پایان جمع می‌شود. پس‌زمینهٔ شفاف.",
    category="Lower thirds",
    tags=("lower third", "name", "interview", "alpha", "broadcast"),
    kind="fixed",
    aspect="16:9",
    cover_composition="frfinal",
    cover_frame=84,
    presets=(
        ColorPreset("violet", "Violet hour", "ساعت بنفش", COLORS),
        ColorPreset(
            "harbour",
            "Harbour",
            "بندر",
            {"primary": "#0B5F6B", "secondary": "#0B8F7C", "accent": "#F5C84B", "ink": "#FFFFFF"},
        ),
        ColorPreset(
            "newsroom",
            "Newsroom",
            "اتاق خبر",
            {"primary": "#11203F", "secondary": "#1F3F7A", "accent": "#FF5A4F", "ink": "#FFFFFF"},
        ),
        ColorPreset(
            "paper",
            "Paper",
            "کاغذ",
            {"primary": "#F6F1E7", "secondary": "#E7DCC8", "accent": "#E0603C", "ink": "#1D1A16"},
        ),
    ),
    build=build,
)
