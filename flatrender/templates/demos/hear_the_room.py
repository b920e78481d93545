"""Hear the room: a product promo in three scenes (opening, feature, call to action), here in 16:9.

The scenes' choreography lives here once; a ``Layout`` says where everything stands, so that the portrait version is a
composition of its own and not a crop.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flatrender.templates.demos import art, product
from flatrender.templates.demos.authoring import Project, Stage, TextStyle, toggle_expression, transform
from flatrender.templates.demos.catalog import ColorPreset, DemoTemplate
from flatrender.templates.demos.drawing import Group, Point, value
from flatrender.templates.demos.motion import DRIFT, LEAVE, OVERSHOOT, SETTLE, SWING, Key, animate, stagger
from flatrender.templates.demos.reveals import (
    Words,
    fill_stage,
    framed_photo,
    outline,
    pill,
    pop,
    rings,
    rise,
    slide,
)

RATE = 30.0
COLORS = {"paper": "#EDE6DA", "ink": "#1C1A1D", "accent": "#D9583A", "glow": "#F3B765"}
COLOR_NAMES = {"paper": "Paper", "ink": "Ink", "accent": "Accent", "glow": "Highlight"}
PRESETS = (
    ColorPreset("terracotta", "Terracotta", "سفالی", COLORS),
    ColorPreset(
        "lagoon", "Lagoon", "مرداب", {"paper": "#E4ECE9", "ink": "#0F2A2E", "accent": "#1F8A82", "glow": "#F2C25B"}
    ),
    ColorPreset(
        "orchid",
        "Orchid night",
        "شب ارکیده",
        {"paper": "#F1EAF3", "ink": "#241236", "accent": "#8B45D6", "glow": "#FF9FB0"},
    ),
    ColorPreset(
        "graphite", "Graphite", "گرافیت", {"paper": "#ECECEA", "ink": "#17181A", "accent": "#3C4047", "glow": "#E8E15A"}
    ),
)


@dataclass(frozen=True)
class Layout:
    """Where things stand in one format: points are pixels; boxes are width and height."""

    slug: str
    size: tuple[int, int]
    # Opening
    disc: Point
    radius: float
    product: Point
    product_width: float
    eyebrow: Point
    title: Point
    title_box: Point
    title_size: float
    subtitle: Point
    price: Point
    # Feature
    photo: Point
    photo_size: Point
    kicker: Point
    claim: Point
    claim_box: Point
    claim_size: float
    body: Point
    body_box: Point
    meter: Point
    # Call to action
    logo: Point
    call: Point
    call_box: Point
    call_size: float
    offer: Point
    button: Point
    address: Point


LANDSCAPE = Layout(
    slug="hear-the-room",
    size=(1920, 1080),
    disc=(1352, 556),
    radius=408,
    product=(1356, 548),
    product_width=980,
    eyebrow=(146, 268),
    title=(138, 312),
    title_box=(850, 352),
    title_size=172,
    subtitle=(146, 722),
    price=(284, 822),
    photo=(540, 540),
    photo_size=(800, 800),
    kicker=(1056, 330),
    claim=(1050, 358),
    claim_box=(760, 250),
    claim_size=108,
    body=(1056, 638),
    body_box=(660, 150),
    meter=(1058, 830),
    logo=(960, 214),
    call=(260, 330),
    call_box=(1400, 220),
    call_size=190,
    offer=(960, 630),
    button=(960, 762),
    address=(960, 950),
)


def build_layout(out: Path, layout: Layout) -> Path:
    """Write the promo in one format below ``out``."""
    project = Project(layout.slug, out / layout.slug, RATE, COLORS, color_names=COLOR_NAMES)
    project.draw("headphones.png", product.headphones())
    project.draw("listening-room.jpg", product.listening_room())
    project.draw("logo.png", art.aurel_mark())
    final = project.stage("flatrender", layout.size, 13.0)
    scenes = ((_opening, "Opening", 4.2), (_feature, "Feature", 4.8), (_call, "Call to action", 4.0))
    start = 0.0
    for make, name, seconds in scenes:
        stage = project.stage(name, layout.size, seconds)
        make(stage, layout)
        final.nest(stage, start)
        start += seconds
    return project.save()


def _opening(stage: Stage, at: Layout) -> None:
    """The product drops onto a disc that opens; sound leaves it in rings; the title rises beside it."""
    leave = 3.45
    fill_stage(stage, "paper", "paper")
    rings(stage, at.disc, at.radius, "accent", [0.75, 1.0, 1.25, 2.3, 2.55])
    disc = stage.shape("disc", at.disc)
    group = Group(stage, disc, "disc")
    group.ellipse((2 * at.radius, 2 * at.radius))
    group.gradient(
        (-at.radius * 0.35, -at.radius * 0.45),
        (at.radius * 0.75, at.radius * 0.6),
        ((0, "#FFFFFF", 0.3), (1, "#FFFFFF", 0)),
        radial=True,
    )
    group.fill("accent")
    stage.move(
        disc,
        "scale",
        Key(0.05, (0, 0, 100)),
        Key(0.95, (100, 100, 100), SETTLE),
        Key(leave + 0.1, (100, 100, 100)),
        Key(leave + 0.7, (0, 0, 100), LEAVE),
    )
    _product(stage, at, leave)
    price = TextStyle("Inter-SemiBold", 32, "paper", align="center", fit=12)
    pill(stage, Words("frl_price", "From $249", price, at.price, label="Price"), (276, 84), "ink", 1.25, leave - 0.15)
    line = TextStyle("Inter-Medium", 38, "ink", fit=46)
    subtitle = "Headphones that listen before they play."
    rise(stage, Words("frl_subtitle", subtitle, line, at.subtitle, label="Line below"), 0.95, leave - 0.1)
    title = TextStyle("Inter-ExtraBold", at.title_size, "ink", leading=round(at.title_size * 0.98), tracking=-42)
    rise(stage, Words("frl_title", "Hear\rthe room.", title, at.title, at.title_box, "Headline"), 0.55, leave)
    eyebrow = TextStyle("Inter-SemiBold", 28, "accent", tracking=110, fit=34)
    slide(
        stage, Words("frl_eyebrow", "AUREL 2 WIRELESS", eyebrow, at.eyebrow, label="Product name"), 0.85, leave - 0.05
    )


def _product(stage: Stage, at: Layout, leave: float) -> None:
    """The picture that the customer replaces: it falls in, breathes, and is lifted away."""
    x, y = at.product
    height = stage.size[1]
    layer = stage.picture("frl_product", "headphones.png", at.product, at.product_width, label="Product, cut out")
    full = 100 * at.product_width / layer.width
    stage.move(
        layer,
        "position",
        Key(0.3, (x, y - height * 0.9, 0)),
        Key(1.25, (x, y, 0), SETTLE),
        Key(2.4, (x, y - 14, 0), SWING),
        Key(leave, (x, y + 6, 0), SWING),
        Key(leave + 0.55, (x, y - height * 0.95, 0), LEAVE),
    )
    stage.move(
        layer, "rotation", Key(0.3, -24), Key(1.5, 3, SETTLE), Key(leave, -2, SWING), Key(leave + 0.55, 14, LEAVE)
    )
    stage.move(layer, "scale", Key(0.3, (full * 0.86, full * 0.86, 100)), Key(1.3, (full, full, 100), SETTLE))


def _feature(stage: Stage, at: Layout) -> None:
    """Two panels wipe the stage dark; a photograph opens in its frame; the claim and a level meter come in."""
    width, height = stage.size
    leave = 3.95
    stage.data("show_meter", "1", "Show the level meter")
    fill_stage(stage, "paper", "paper")
    for name, paint, delay in (("leading panel", "accent", 0.0), ("dark panel", "ink", 0.12)):
        panel = stage.shape(name, (0, height / 2))
        group = Group(stage, panel, "panel")
        group.rectangle((width, height), (width / 2, 0))
        group.fill(paint)
        out = leave + 0.34 - delay  # the dark one leaves first, so that the accent shows behind it
        stage.move(
            panel,
            "position",
            Key(delay, (-width, height / 2, 0)),
            Key(delay + 0.75, (0, height / 2, 0), SWING),
            Key(out, (0, height / 2, 0)),
            Key(out + 0.5, (width, height / 2, 0), SWING),
        )
    frame = (at.photo_size[0] + 44, at.photo_size[1] + 44)
    outline(stage, at.photo, frame, 64, "glow", (0.9, leave - 0.1))
    framed_photo(stage, "frl_photo", "listening-room.jpg", at.photo, at.photo_size, 44, (0.5, leave), "Photo")
    _meter(stage, at.meter, 1.6, leave - 0.2)
    body = TextStyle("Inter-Regular", 36, "paper", leading=52)
    slide(
        stage,
        Words(
            "frl_body",
            "Six microphones map the room and tune every note to where you sit.",
            body,
            at.body,
            at.body_box,
            "Explanation",
        ),
        1.35,
        leave - 0.14,
    )
    claim = TextStyle("Inter-ExtraBold", at.claim_size, "paper", leading=round(at.claim_size * 1.02), tracking=-36)
    rise(
        stage,
        Words("frl_title", "Every seat,\rthe best seat.", claim, at.claim, at.claim_box, "Headline"),
        1.0,
        leave - 0.06,
    )
    kicker = TextStyle("Inter-SemiBold", 28, "glow", tracking=110, fit=30)
    slide(stage, Words("frl_kicker", "ADAPTIVE SILENCE", kicker, at.kicker, label="Feature"), 0.95, leave - 0.1)


def _meter(stage: Stage, at: Point, start: float, leave: float) -> None:
    """Level bars that dance and come to rest; the toggle ``show_meter`` takes them away."""
    heights = (0.35, 0.7, 0.5, 1.0, 0.62, 0.85, 0.4, 0.95, 0.55, 0.75, 0.3, 0.6, 0.9, 0.45, 0.7, 0.38)
    tall = 84.0
    layer = stage.shape("level meter", at)
    for index, (peak, begin) in enumerate(zip(heights, stagger(start, 0.035, len(heights)), strict=True)):
        group = Group(stage, layer, f"bar {index + 1}")
        bar = group.rectangle((12, 12), (6 + index * 27, 0), 6)
        keys = [Key(begin, (12, 0)), Key(begin + 0.35, (12, tall * peak), OVERSHOOT)]
        for beat in range(1, 5):
            level = heights[(index * 5 + beat * 3) % len(heights)] * (1 - 0.12 * beat)
            keys.append(Key(begin + 0.35 + beat * 0.33, (12, max(14, tall * level)), SWING))
        keys += [Key(leave + index * 0.012, (12, 14), SWING), Key(leave + 0.25 + index * 0.012, (12, 0), LEAVE)]
        animate(value(bar, "Rect Size"), stage.frame_rate, *keys)
        group.fill("glow")
    stage.span(layer, start - 0.03, leave + 0.6)
    transform(layer, "opacity").expression = toggle_expression("show_meter")


def _call(stage: Stage, at: Layout) -> None:
    """The accent colour floods the stage from its middle; logo, call, button; then all of it comes to rest."""
    width, height = stage.size
    middle = (width / 2, height / 2)
    fill_stage(stage, "paper", "paper")
    flood = stage.shape("flood", middle)
    group = Group(stage, flood, "flood")
    group.ellipse((2400, 2400))
    group.fill("accent")
    stage.move(flood, "scale", Key(0, (0, 0, 100)), Key(0.85, (100, 100, 100), SWING))
    for index, (start, reach) in enumerate(zip(stagger(0.3, 0.1, 4), (0.34, 0.52, 0.72, 0.94), strict=True)):
        ring = stage.shape(f"echo {index + 1}", middle)
        circle = Group(stage, ring, "echo")
        diameter = reach * max(width, height)
        circle.ellipse((diameter, diameter))
        circle.stroke("paper", 3, opacity=26 - 5 * index)
        stage.move(
            ring,
            "scale",
            Key(start, (20, 20, 100)),
            Key(start + 1.1, (96, 96, 100), SETTLE),
            Key(3.9, (104, 104, 100), DRIFT),
        )
        stage.move(ring, "opacity", Key(start, 0), Key(start + 0.4, 100, SWING))
    logo = stage.picture("frl_logo", "logo.png", at.logo, 128, label="Logo")
    pop(stage, logo, 0.5, None, full=100 * 128 / logo.width)
    stage.move(logo, "rotation", Key(0.5, -90), Key(1.5, 0, SETTLE))
    address = TextStyle("Inter-SemiBold", 34, "paper", align="center", fit=44)
    slide(stage, Words("frl_url", "aurel.audio", address, at.address, label="Address"), 1.5, None)
    _press_wave(stage, at.button)
    button = TextStyle("Inter-Bold", 40, "ink", align="center", fit=12)
    parts = pill(
        stage, Words("frl_button", "Order now", button, at.button, label="Button"), (340, 112), "paper", 1.15, None
    )
    for part in parts:
        stage.move(
            part,
            "scale",
            Key(2.35, (100, 100, 100)),
            Key(2.5, (93, 93, 100), SWING),
            Key(2.95, (100, 100, 100), OVERSHOOT),
        )
    offer = TextStyle("Inter-Medium", 40, "paper", align="center", fit=44)
    slide(
        stage,
        Words("frl_offer", "Thirty nights at home. Free returns.", offer, at.offer, label="Line below"),
        0.95,
        None,
    )
    call = TextStyle(
        "Inter-ExtraBold", at.call_size, "paper", leading=round(at.call_size * 1.02), tracking=-42, align="center"
    )
    rise(stage, Words("frl_title", "Listen first.", call, at.call, at.call_box, "Headline"), 0.6, None)


def _press_wave(stage: Stage, at: Point) -> None:
    """A ripple that leaves the button when it is pressed."""
    wave = stage.shape("button wave", at)
    group = Group(stage, wave, "wave")
    shape = group.rectangle((340, 112), radius=56)
    stroke = group.stroke("paper", 4)
    animate(value(shape, "Rect Size"), stage.frame_rate, Key(2.48, (330, 102)), Key(3.4, (460, 232), SETTLE))
    animate(value(shape, "Rect Roundness"), stage.frame_rate, Key(2.48, 51), Key(3.4, 116, SETTLE))
    animate(value(stroke, "Stroke Opacity"), stage.frame_rate, Key(2.46, 0), Key(2.54, 80), Key(3.35, 0, SWING))
    stage.span(wave, 2.4, 3.5)


def build(out: Path) -> Path:
    """Write the 16:9 bundle below ``out``."""
    return build_layout(out, LANDSCAPE)


TEMPLATE = DemoTemplate(
    slug=LANDSCAPE.slug,
    name="Hear the room",
    name_fa="اتاق را بشنو",
    description="A product promo in three scenes: a product lands on sound, a feature with a photo, a call to act.",
    description_fa="معرفی محصول در سه صحنه: فرود روی دایرهٔ صدا، ویژگی همراه با عکس، و دعوت به خرید.",
    category="Product",
    tags=("promo", "product", "launch", "sound", "shop"),
    kind="flexible",
    aspect="16:9",
    cover_composition="Opening",
    cover_frame=66,
    presets=PRESETS,
    build=build,
)
