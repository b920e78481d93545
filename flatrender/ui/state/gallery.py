"""The gallery: templates as asked for, and the visitor's own recent projects."""

import reflex as rx

from flatrender.core.errors import FlatRenderError
from flatrender.settings import get_settings
from flatrender.tenants import pages
from flatrender.ui.state import catalog, saved
from flatrender.ui.state.cards import CategoryCard, LandingCard, ProjectCard, TemplateCard
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
    landing: LandingCard = LandingCard()

    @rx.event
    async def load(self) -> None:
        """Reads the gallery, the recent projects, and for strangers the site's first page."""
        await self._read()
        visitor = await self._principal()
        if visitor is not None:
            self.recent = await self._ask(lambda session, user: saved.recent(session, user, RECENT), read_only=True)
        else:
            self.recent = []
        await self._greet(visitor is None)

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

    async def _greet(self, stranger: bool) -> None:
        tenant, language = await self._site(), self._language()
        said = pages.landing(tenant.landing, language, tenant.language) if stranger else None
        if said is None:
            self.landing = LandingCard()
            return
        chosen = await self._look(lambda session: catalog.chosen(session, said.templates, language))
        picture = f"/tenant-landing?v={tenant.landing_picture}" if tenant.landing_picture else ""
        link = said.link or ("/sign-up" if tenant.sign_up and get_settings().sign_up else "/sign-in")
        self.landing = LandingCard(said.headline, said.text, said.action, link, picture, chosen)

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
