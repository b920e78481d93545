"""One template's page."""

import reflex as rx

from flatrender.core.errors import NotFound
from flatrender.ui.state import catalog
from flatrender.ui.state.cards import TemplatePage
from flatrender.ui.state.session import Caller


class TemplateState(Caller, rx.State):
    """The template of the address."""

    loaded: bool = False
    missing: bool = False
    page: TemplatePage = TemplatePage()

    @rx.event
    async def load(self) -> None:
        """Reads the template of the address."""
        template_id = self.router.url.path.rstrip("/").rsplit("/", 1)[-1]
        language = self._language()
        if self.page.card.id != template_id:
            self.loaded = False
        try:
            self.page = await self._look(lambda session: catalog.template(session, template_id, language))
            self.missing = False
        except NotFound:
            self.missing = True
        self.loaded = True
