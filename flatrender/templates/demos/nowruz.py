"""Nowruz greeting, 1:1: a tiled wall, an arch that opens on the new year's table, tulips that grow on both sides."""

from __future__ import annotations

from pathlib import Path

from flatrender.templates.demos import still_life
from flatrender.templates.demos.authoring import Project, Stage, TextStyle, toggle_expression, transform
from flatrender.templates.demos.catalog import ColorPreset, DemoTemplate
from flatrender.templates.demos.drawing import Group, Point, star_path, value
from flatrender.templates.demos.motion import DRIFT, GLIDE, OVERSHOOT, SETTLE, SWING, Key, animate, stagger
from flatrender.templates.demos.reveals import Words, fill_stage, rise, slide

RATE = 30.0
SIZE = (1080, 1080)
SECONDS = 7.0
COLORS = {"tile": "#0E5A57", "gold": "#E8C06A", "tulip": "#EE6A4C", "leaf": "#7CC08A", "paper": "#FFF5DC"}
ARCH = (540.0, 404.0)  # the middle of the arch's opening
ARCH_SIZE = (440.0, 560.0)


def build(out: Path) -> Path:
    """Write the bundle below ``out``."""
    names = {"tile": "کاشی", "gold": "زر", "tulip": "لاله", "leaf": "برگ", "paper": "نوشته"}
    project = Project("nowruz-greeting", out / "nowruz-greeting", RATE, COLORS, "Vazirmatn-Regular", names)
    project.draw("new-year-table.jpg", still_life.new_year_table())
    stage = project.stage("frfinal", SIZE, SECONDS, "تبریک نوروز")
    stage.data("show_tulips", "1", "نمایش لاله‌ها")
    fill_stage(stage, "tile", "tile")
    _tiles(stage)
    _arch(stage)
    for side, (x, height, start, bloom) in enumerate(
        (
            (112.0, 540.0, 1.15, "tulip"),
            (202.0, 372.0, 1.35, "gold"),
            (968.0, 540.0, 1.25, "tulip"),
            (878.0, 372.0, 1.45, "gold"),
        )
    ):
        _tulip(stage, (x, 1120.0), height, start, bloom, lean=-18.0 if side < 2 else 18.0)
    small = TextStyle("Vazirmatn-Medium", 34, "paper", align="center", rtl=True, fit=34)
    slide(stage, Words("frl_sender", "با مهر، خانوادهٔ کتاب‌فروشی ترنج", small, (540, 1004), label="فرستنده"), 2.5, None)
    line = TextStyle("Vazirmatn-SemiBold", 46, "gold", align="center", rtl=True, fit=26)
    slide(stage, Words("frl_wish", "سال نو، روزی نو", line, (540, 924), label="آرزو"), 2.15, None)
    title = TextStyle("Vazirmatn-Black", 124, "paper", leading=176, align="center", rtl=True, fit=12)
    rise(stage, Words("frl_title", "نوروز مبارک", title, (540, 836), label="عنوان"), 1.7, None, 1.1)
    return project.save()


def _tiles(stage: Stage) -> None:
    """Stars and crosses of tile work as thin lines; they come up from the middle and drift to rest."""
    for name, points, delay in (
        ("stars", star_path(8, 89, 68), 0.0),
        ("hearts of the stars", star_path(8, 40, 30.6), 0.25),
    ):
        layer = stage.shape(name, (540, 540))
        group = Group(stage, layer, name)
        for column in range(8):
            group.path([(x + 180.0 * column, y) for x, y in points])
        group.repeat(8, (0, 180))
        group.stroke("gold", 2.5, opacity=17)
        group.transform("Position").value = [-630.0, -630.0]
        stage.move(
            layer,
            "scale",
            Key(delay, (112, 112, 100)),
            Key(delay + 2.2, (102, 102, 100), SETTLE),
            Key(SECONDS - 0.2, (100, 100, 100), DRIFT),
        )
        stage.move(layer, "opacity", Key(delay, 0), Key(delay + 1.2, 100, SWING))


def arch_path(width: float, height: float) -> tuple[list[Point], list[Point], list[Point]]:
    """A pointed arch around the middle, from its tip clockwise: points, in and out tangents."""
    x, top, bottom = width / 2, -height / 2, height / 2
    shoulder = top + width * 0.62
    points = [(0.0, top), (x, shoulder), (x, bottom), (-x, bottom), (-x, shoulder)]
    ins = [(-x * 0.3, width * 0.12), (0.0, -width * 0.3), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)]
    outs = [(x * 0.3, width * 0.12), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, -width * 0.3)]
    return points, ins, outs


def _arch(stage: Stage) -> None:
    """Two golden lines draw the arch; the picture behind it rises and settles."""
    back = stage.shape("arch ground", ARCH)
    ground = Group(stage, back, "ground")
    points, ins, outs = arch_path(ARCH_SIZE[0] + 84, ARCH_SIZE[1] + 84)
    ground.path(points, True, ins, outs)
    ground.fill("tile")
    stage.move(back, "opacity", Key(0.2, 0), Key(0.9, 100, SWING))
    for index, (grow, start, width) in enumerate(((84.0, 0.2, 3.0), (44.0, 0.45, 7.0))):
        line = stage.shape(f"arch line {index + 1}", ARCH)
        group = Group(stage, line, "line")
        points, ins, outs = arch_path(ARCH_SIZE[0] + grow, ARCH_SIZE[1] + grow)
        group.path(points, True, ins, outs)
        trim = group.trim(50, 50)
        group.stroke("gold", width)
        animate(value(trim, "Trim Start"), stage.frame_rate, Key(start, 50), Key(start + 1.5, 0, GLIDE))
        animate(value(trim, "Trim End"), stage.frame_rate, Key(start, 50), Key(start + 1.5, 100, GLIDE))
    photo = stage.picture("frl_photo", "new-year-table.jpg", ARCH, ARCH_SIZE[1], label="عکس")
    fit = 100 * ARCH_SIZE[1] / photo.width
    stage.move(
        photo,
        "scale",
        Key(0.6, (fit * 1.4, fit * 1.4, 100)),
        Key(2.2, (fit * 1.1, fit * 1.1, 100), SETTLE),
        Key(SECONDS - 0.2, (fit * 1.02, fit * 1.02, 100), DRIFT),
    )
    stage.move(photo, "position", Key(0.6, (ARCH[0], ARCH[1] + 90, 0)), Key(2.0, (*ARCH, 0), SETTLE))
    window = stage.shape("frl_photo arch", (ARCH[0], ARCH[1] + ARCH_SIZE[1] / 2))
    group = Group(stage, window, "arch")
    points, ins, outs = arch_path(*ARCH_SIZE)
    group.path(points, True, ins, outs)
    group.fill("#FFFFFF")
    group.transform("Position").value = [0, -ARCH_SIZE[1] / 2]
    stage.move(window, "scale", Key(0.6, (100, 0, 100)), Key(1.7, (100, 100, 100), SETTLE))
    stage.matte(photo, window)
    for part in (photo, window):
        stage.span(part, 0.6, SECONDS)


def _tulip(stage: Stage, base: Point, height: float, start: float, bloom: str, lean: float) -> None:
    """A tulip that grows from ``base``: the stem draws itself, leaves unfold, the bloom springs open and sways."""
    stem = stage.shape("stem", base)
    line = Group(stage, stem, "stem")
    line.path([(0, 0), (lean, -height)], False, [(0, 0), (0, height * 0.45)], [(-lean * 0.8, -height * 0.4), (0, 0)])
    trim = line.trim(0, 0)
    line.stroke("leaf", 11)
    animate(value(trim, "Trim End"), stage.frame_rate, Key(start, 0), Key(start + 1.1, 100, GLIDE))
    side = 1.0 if lean > 0 else -1.0
    for index, (turn, size, delay) in enumerate(((-side * 24, 1.0, 0.3), (side * 30, 0.78, 0.45))):
        leaf = stage.shape(f"leaf {index + 1}", (base[0], base[1] - 30 - 40 * index))
        blade = Group(stage, leaf, "leaf")
        long = height * 0.58 * size
        blade.path(
            [(0, 0), (0, -long)], True, [(30, -long * 0.2), (-34, long * 0.35)], [(-30, -long * 0.2), (34, long * 0.35)]
        )
        blade.fill("leaf")
        grown = start + delay
        stage.move(leaf, "scale", Key(grown, (20, 0, 100)), Key(grown + 0.9, (100, 100, 100), OVERSHOOT))
        stage.move(leaf, "rotation", Key(grown, turn * 2.2), Key(grown + 1.2, turn, SETTLE))
        transform(leaf, "opacity").expression = toggle_expression("show_tulips")
    head = stage.shape("bloom", (base[0] + lean, base[1] - height + 8))
    petals = Group(stage, head, "bloom")
    petals.path(
        [(0, 0), (-54, -58), (-50, -138), (-21, -96), (0, -150), (21, -96), (50, -138), (54, -58)],
        True,
        [(30, 0), (0, 34), (-4, 28), (-10, -14), (-7, 20), (-4, -14), (-8, 12), (0, -30)],
        [(-30, 0), (0, -30), (8, 12), (4, -14), (7, 20), (10, -14), (4, 28), (0, 34)],
    )
    petals.gradient((0, -150), (0, 0), ((0, "#FFFFFF", 0.22), (1, "#000000", 0.16)))
    petals.fill(bloom)
    opened = start + 0.75
    stage.move(head, "scale", Key(opened, (0, 0, 100)), Key(opened + 0.75, (100, 100, 100), OVERSHOOT))
    sway = [Key(opened, -side * 22, SETTLE)]
    for beat, angle in zip(stagger(opened + 0.9, 1.0, 4), (8.0, -5.0, 3.0, 0.0), strict=True):
        sway.append(Key(min(beat, SECONDS - 0.2), side * angle, SWING))
    stage.move(head, "rotation", *sway)
    for part in (stem, head):
        transform(part, "opacity").expression = toggle_expression("show_tulips")


TEMPLATE = DemoTemplate(
    slug="nowruz-greeting",
    name="Nowruz, tile and tulip",
    name_fa="نوروز، کاشی و لاله",
    description="A new year's greeting: an arch opens on your picture while tulips grow beside it. Persian, square.",
    description_fa="تبریک سال نو: طاقی روی عکس شما باز می‌شود و لاله‌ها در دو سو می‌رویند. چهارگوش.",
    category="Persian",
    tags=("persian", "nowruz", "greeting", "spring", "square", "rtl"),
    kind="fixed",
    aspect="1:1",
    cover_composition="frfinal",
    cover_frame=130,
    presets=(
        ColorPreset("turquoise", "Turquoise", "فیروزه", COLORS),
        ColorPreset(
            "lapis",
            "Lapis",
            "لاجورد",
            {"tile": "#1B2A6B", "gold": "#F0C97A", "tulip": "#F0637A", "leaf": "#6FB9A6", "paper": "#FDF6E6"},
        ),
        ColorPreset(
            "pomegranate",
            "Pomegranate",
            "انار",
            {"tile": "#6E1530", "gold": "#F2C48D", "tulip": "#F7855C", "leaf": "#9CC08B", "paper": "#FFF1E4"},
        ),
        ColorPreset(
            "blossom",
            "Blossom",
            "شکوفه",
            {"tile": "#FBEFE9", "gold": "#C98A4B", "tulip": "#E85D75", "leaf": "#5E9E74", "paper": "#4A1F33"},
        ),
    ),
    build=build,
)
