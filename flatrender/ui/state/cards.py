"""What pages show of templates and projects: small frozen records, made from the services' answers."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TemplateCard:
    """A template in the gallery. Times in seconds; `ratio` is width by height; `parts`: where scenes end, 0 to 1."""

    id: str = ""
    name: str = ""
    label: str = ""
    ratio: float = 16 / 9
    duration: float = 0.0
    parts: list[float] = field(default_factory=list)
    poster: str = ""
    preview: str = ""
    color: str = ""
    fresh: bool = False


@dataclass(frozen=True)
class CategoryCard:
    """A shelf of the gallery."""

    key: str = ""
    name: str = ""


@dataclass(frozen=True)
class LandingCard:
    """What strangers see first on a site; without a headline nothing. `link`: where the call to action leads."""

    headline: str = ""
    text: str = ""
    action: str = ""
    link: str = ""
    picture: str = ""
    cards: list[TemplateCard] = field(default_factory=list)


@dataclass(frozen=True)
class Choice:
    """Something to choose from a menu."""

    key: str = ""
    name: str = ""


@dataclass(frozen=True)
class ProjectCard:
    """A saved project. `edited` is an ISO instant; `state`: "", queued, rendering, ready or failed."""

    id: str = ""
    name: str = ""
    template: str = ""
    ratio: float = 16 / 9
    duration: float = 0.0
    scenes: int = 0
    poster: str = ""
    preview: str = ""
    color: str = ""
    edited: str = ""
    shape: str = ""
    pictures: list[str] = field(default_factory=list)
    state: str = ""
    percent: int = 0
    job: str = ""


def shape(width: int, height: int) -> str:
    """The named shape of a frame: 16:9, 9:16, 1:1, 4:5, else its own reduced ratio or pixels."""
    if not width or not height:
        return ""
    named = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0, "4:5": 4 / 5}
    for name, ratio in named.items():
        if abs(width / height - ratio) < 0.01:
            return name
    return f"{width} × {height}"


SHAPES: dict[str, tuple[int, int]] = {"16:9": (16, 10), "9:16": (9, 15), "1:1": (12, 12), "4:5": (11, 14)}


@dataclass(frozen=True)
class SceneCard:
    """A scene of a template: its picture, length in seconds and what there is to fill in."""

    key: str = ""
    name: str = ""
    picture: str = ""
    seconds: float = 0.0
    elements: int = 0


@dataclass(frozen=True)
class Swatch:
    """A colour with its name."""

    name: str = ""
    value: str = "#000000"


@dataclass(frozen=True)
class PresetCard:
    """A named set of colours."""

    name: str = ""
    colors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TemplatePage:
    """Everything that a template's page shows."""

    card: TemplateCard = field(default_factory=TemplateCard)
    description: str = ""
    shape: str = ""
    size: str = ""
    rate: float = 0.0
    kind: str = "free"
    titles: list[str] = field(default_factory=list)
    scenes: list[SceneCard] = field(default_factory=list)
    colors: list[Swatch] = field(default_factory=list)
    presets: list[PresetCard] = field(default_factory=list)
