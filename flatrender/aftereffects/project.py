"""One opened project: report, Lottie, bakes of single values, and the values written back into a copy of the file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flatrender.aftereffects.bundle import Bundle, open_bundle
from flatrender.aftereffects.footage import resolve_footage
from flatrender.aftereffects.graph import Composition, Graph
from flatrender.aftereffects.lottie.document import write_document
from flatrender.aftereffects.parsing import parse
from flatrender.aftereffects.reading import read_project
from flatrender.aftereffects.report import ProjectReport
from flatrender.aftereffects.scan import build_report
from flatrender.aftereffects.scene import Scene
from flatrender.aftereffects.text import FontLibrary, default_library
from flatrender.aftereffects.values import read_values
from flatrender.core.errors import BadFile, NotFound

Patch = dict[str, Any]


class Project:
    """A parsed project with its files and fonts. Not thread-safe: one caller at a time."""

    def __init__(self, bundle: Bundle, graph: Graph, files: Mapping[int, Path | None], fonts: FontLibrary) -> None:
        self.bundle = bundle
        self.graph = graph
        self.files = files
        self.fonts = fonts

    def composition(self, comp_id: int) -> Composition:
        """The composition of that id.

        Raises:
            NotFound: there is none.
        """
        found = self.graph.compositions.get(int(comp_id))
        if found is None:
            raise NotFound(f"{self.bundle.name} has no composition with the id {comp_id}.")
        return found

    def report(self) -> ProjectReport:
        """What the project holds, for a scan."""
        return build_report(self)

    def scene(self, values: Mapping[str, Any]) -> Scene:
        """The project with these values (wire form or typed) laid over it."""
        return Scene(self.graph, read_values(values), self.fonts, self.files)

    def lottie(
        self, comp_id: int, values: Mapping[str, Any] | None = None, *, max_image_side: int | None = None
    ) -> dict[str, Any]:
        """A composition as Lottie: texts as outlines, pictures as data URIs, from its time 0 to its end.

        Args:
            comp_id: the composition's id.
            values: the customer's values by address.
            max_image_side: scales larger pictures down, for a preview.
        """
        return write_document(self.scene(values or {}), self.composition(comp_id), max_image_side)


def open_project(path: Path, fonts: FontLibrary | None = None, *, project: str | None = None) -> Project:
    """Opens an .aep, a .zip bundle or a folder.

    Args:
        path: the file or folder.
        fonts: where fonts are found; by default the bundle's own, the packaged and the system's.
        project: which .aep of a bundle with several.

    Raises:
        NotFound, BadFile, InvalidInput, TooLarge: one sentence each, see `bundle.py` and `parsing.py`.
    """
    bundle = open_bundle(Path(path), project)
    application = parse(bundle.project)
    try:
        graph = read_project(application)
    except Exception as error:
        raise BadFile(
            f"{bundle.name} cannot be understood ({type(error).__name__}: {str(error)[:120]}); "
            "open it in After Effects, save it again and retry."
        ) from error
    files = resolve_footage(bundle, graph.footage.values())
    return Project(bundle, graph, files, fonts if fonts is not None else default_library(bundle.fonts))
