"""The gallery: templates as asked for, and the visitor's own recent projects."""

import reflex as rx

from flatrender.core.errors import FlatRenderError
from flatrender.ui.state import catalog, saved
from flatrender.ui.state.cards import CategoryCard, ProjectCard, TemplateCard
from flatrender.ui.state.session import Caller

RECENT = 4


class GalleryState(Caller, rx.State):
    """What the gallery shows and what it was asked for."""

    query: str = ""
    category: str = ""
    shape: str = ""
    loaded: bool = False
    error: str = ""
    total: int = 0
    cards: list[TemplateCard] = []
    categories: list[CategoryCard] = []
    recent: list[ProjectCard] = []

    @rx.event
    async def load(self) -> None:
        """Reads the gallery and the recent projects."""
        await self._read()
        if await self._principal() is not None:
            self.recent = await self._ask(lambda session, user: saved.recent(session, user, RECENT), read_only=True)
        else:
            self.recent = []

    @rx.event
    async def search(self, query: str) -> None:
        """Shows templates that match words."""
        self.query = query
        await self._read()

    @rx.event
    async def choose_category(self, key: str) -> None:
        """Shows one shelf; the empty key shows all."""
        self.category = key
        await self._read()

    @rx.event
    async def choose_shape(self, shape: str) -> None:
        """Shows frames of one shape; the empty one shows all."""
        self.shape = shape
        await self._read()

    @rx.event
    async def reset_filters(self) -> None:
        """Shows everything again."""
        self.query = self.category = self.shape = ""
        await self._read()

    async def _read(self) -> None:
        language, query, category, shape = self._language(), self.query.strip(), self.category, self.shape
        try:
            found = await self._look(
                lambda session: catalog.gallery(session, language, query=query, category=category, shape=shape)
            )
        except FlatRenderError as error:
            self.error = error.message
            return
        self.error = ""
        self.cards, self.categories, self.total = found.cards, found.categories, found.total
        self.loaded = True
