"""A site's legal page: imprint, privacy or terms."""

import reflex as rx

from flatrender.tenants import pages
from flatrender.tenants.pages import Block
from flatrender.ui.state.session import Caller


class LegalState(Caller, rx.State):
    """The page of the address, in the visitor's language."""

    loaded: bool = False
    name: str = ""
    blocks: list[Block] = []

    @rx.event
    async def load(self) -> None:
        """Reads the page of the address; one that the site has not is empty."""
        page = self.router.url.path.rstrip("/").rsplit("/", 1)[-1]
        tenant = await self._site()
        self.name = page if page in pages.LEGAL else ""
        self.blocks = pages.blocks(pages.legal(tenant.legal, page, self._language(), tenant.language))
        self.loaded = True
