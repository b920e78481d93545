"""The sign-in and sign-up pages: whether accounts may be made, and frames for the wall."""

from dataclasses import dataclass

import reflex as rx

from flatrender.access import accounts, providers
from flatrender.core.errors import InvalidInput
from flatrender.settings import get_settings
from flatrender.tenants import features
from flatrender.ui.state import catalog
from flatrender.ui.state.session import Caller

FRAMES = 7


@dataclass(frozen=True)
class WallFrame:
    """A template's poster."""

    poster: str = ""
    name: str = ""
    ratio: float = 16 / 9
    color: str = ""


@dataclass(frozen=True)
class OtherDoor:
    """An identity provider that signs people in here."""

    href: str = ""
    name: str = ""


class DoorState(Caller, rx.State):
    """What a visitor without an account sees."""

    sign_up_open: bool = False
    sends_mail: bool = False
    others: list[OtherDoor] = []
    frames: list[WallFrame] = []
    total: int = 0
    invitation: str = ""  # "open" or "over"
    invited_by: str = ""
    invited_name: str = ""
    invited_email: str = ""

    @rx.event
    async def load_invitation(self) -> None:
        """Reads who invites whom, by the link of the letter."""
        token = self.router.url.query_parameters.get("token", "")
        tenant = await self._site()
        try:
            user, self.invited_by = await self._look(lambda session: accounts.invited(session, tenant.id, token))
        except InvalidInput:
            self.invitation = "over"
            return
        self.invitation, self.invited_email = "open", user.email
        # Whoever invited gave no name: the address stands in its place.
        self.invited_name = "" if user.name == user.email.split("@")[0] else user.name

    @rx.event
    async def load(self) -> None:
        """Reads the site's sign-up switch and its newest templates."""
        tenant = await self._site()
        offered = await self._look(lambda session: features.is_on(session, tenant.id, features.SIGN_UP))
        self.sign_up_open = offered and tenant.sign_up and get_settings().sign_up
        self.sends_mail = get_settings().smtp_url is not None
        language = self._language()
        self.others = await self._look(
            lambda session: [
                OtherDoor(f"/api/v1/auth/openid/{each.id}", each.name) for each in providers.offered(session)
            ]
        )
        found = await self._look(lambda session: catalog.gallery(session, language))
        self.total = found.total
        self.frames = [
            WallFrame(card.poster, card.name, card.ratio, card.color) for card in found.cards if card.poster
        ][:FRAMES]
