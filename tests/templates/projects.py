"""Small After Effects projects for tests, authored as the demos are: half a second of 320 × 180."""

from pathlib import Path

from PIL import Image

from flatrender.templates.demos.authoring import Project, Stage, TextStyle
from flatrender.templates.demos.drawing import Group

SIZE = (320, 180)
SECONDS = 0.48  # 12 frames at 25
COLORS = {"accent": "#E8634A", "paper": "#F4E9D8"}


def author(name: str, folder: Path) -> Path:
    """Writes the project `name` below `folder`; the .aep."""
    return folder / name / f"{_MADE[name](folder / name).slug}.aep"


def _text(
    stage: Stage, name: str, words: str, y: float, *, size: float = 24, font: str = "Inter-Bold", **style
) -> None:
    stage.text(name, words, TextStyle(font, size, "#FFFFFF", **style), (20, y))


def _disc(stage: Stage, color: str) -> None:
    disc = Group(stage, stage.shape("disc", (250, 90)), "disc")
    disc.ellipse((80, 80))
    disc.fill(color)


def _assemble(project: Project, *scenes: Stage) -> None:
    film = project.stage("flatrender", SIZE, SECONDS * len(scenes))
    for number, scene in enumerate(scenes):
        film.nest(scene, SECONDS * number)


def _promo(folder: Path) -> Project:
    project = Project("promo", folder, 25.0, COLORS)
    project.draw("photo.png", Image.new("RGB", (64, 64), (40, 90, 200)))
    opening = project.stage("Opening", SIZE, SECONDS)
    _disc(opening, "accent")
    _text(opening, "frl_title", "Hello", 60)
    _text(opening, "frl_subtitle", "Second line", 90, size=14)
    opening.picture("frl_photo", "photo.png", (120, 140), 40)
    opening.data("show_note", "1", "Show the note")
    closing = project.stage("Closing", SIZE, SECONDS)
    _text(closing, "frl_title", "پایان", 100, rtl=True)
    _assemble(project, opening, closing)
    project.save()
    return project


def _promo_2(folder: Path) -> Project:
    """The next version of `promo`: a larger title, no subtitle, a note, another scene and other colours."""
    project = Project("promo", folder, 25.0, {"accent": "#112233", "night": "#101430"})
    project.draw("photo.png", Image.new("RGB", (64, 64), (40, 90, 200)))
    extra = project.stage("Extra", SIZE, SECONDS)
    _text(extra, "frl_title", "Extra", 60)
    opening = project.stage("Opening", SIZE, SECONDS)
    _disc(opening, "accent")
    _text(opening, "frl_note", "A note", 120, size=12)
    _text(opening, "frl_title", "Hello again", 60, size=30)
    opening.picture("frl_photo", "photo.png", (120, 140), 40)
    opening.data("show_note", "1", "Show the note")
    closing = project.stage("Closing", SIZE, SECONDS)
    _text(closing, "frl_title", "پایان", 100, rtl=True)
    _assemble(project, opening, extra, closing)
    project.save()
    return project


def _plain(folder: Path) -> Project:
    project = Project("plain", folder, 25.0, {})
    part = project.stage("Part", SIZE, SECONDS)
    _text(part, "Words", "Inside", 60)
    main = project.stage("Main", SIZE, SECONDS)
    main.nest(part)
    _text(main, "Headline", "Plain", 140)
    project.save()
    return project


def _fixed(folder: Path) -> Project:
    project = Project("fixed", folder, 25.0, COLORS)
    film = project.stage("frfinal", SIZE, SECONDS)
    _disc(film, "accent")
    _text(film, "frl_c1t1", "One", 50)
    _text(film, "frl_c2t1", "Two", 120)
    project.save()
    return project


def _fontless(folder: Path) -> Project:
    project = Project("fontless", folder, 25.0, {})
    scene = project.stage("Scene", SIZE, SECONDS)
    _text(scene, "frl_title", "Fontless", 100, font="Gilroy-ExtraBold", size=40)
    project.save()
    return project


def _promo_larger(folder: Path) -> Project:
    """`promo` as large again and a quarter shorter, with its opening alone."""
    project = Project("promo", folder, 25.0, COLORS)
    film = project.stage("flatrender", (640, 360), SECONDS * 0.75)
    opening = project.stage("Opening", (640, 360), SECONDS * 0.75)
    _disc(opening, "accent")
    _text(opening, "frl_title", "Hello", 120, size=48)
    film.nest(opening)
    project.save()
    return project


_MADE = {
    "promo": _promo,
    "promo_2": _promo_2,
    "promo_larger": _promo_larger,
    "plain": _plain,
    "fixed": _fixed,
    "fontless": _fontless,
}


def author_solids(folder: Path) -> Path:
    """A project without the convention: a text over two solids."""
    project = Project("solids", folder / "solids", 25.0, {})
    scene = project.stage("Scene", SIZE, SECONDS)
    for name in ("Left ground", "Right ground"):
        scene.comp.add_solid(name=name, color=[0.2, 0.4, 0.6], width=160, height=180)
    _text(scene, "Headline", "Over solids", 60)
    project.save()
    return folder / "solids" / "solids.aep"
