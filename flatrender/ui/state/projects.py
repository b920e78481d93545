"""The list of the user's projects."""

import reflex as rx
from reflex.event import EventSpec

from flatrender.core.errors import FlatRenderError
from flatrender.projects import service as projects
from flatrender.ui.state import saved
from flatrender.ui.state.cards import ProjectCard
from flatrender.ui.state.session import Caller
from flatrender.ui.vars import as_vars


class ProjectsState(Caller, rx.State):
    """Projects as searched for, and the one whose name is being changed."""

    loaded: bool = False
    query: str = ""
    cards: list[ProjectCard] = []
    renaming: str = ""
    name: str = ""
    name_error: str = ""

    @rx.var
    def found(self) -> list[ProjectCard]:
        """The projects whose name holds the words asked for."""
        words = self.query.casefold().split()
        return [card for card in self.cards if all(word in card.name.casefold() for word in words)]

    @rx.event
    async def load(self) -> None:
        """Reads the projects; shows none without an account (the page then leads to the sign-in)."""
        if await self._principal() is not None:
            await self._read()

    @rx.event
    def search(self, query: str) -> None:
        """Keeps the words to search for."""
        self.query = query

    @rx.event
    def ask_name(self, project_id: str, name: str) -> None:
        """Opens the dialog for a new name."""
        self.renaming, self.name, self.name_error = project_id, name, ""

    @rx.event
    def set_name(self, name: str) -> None:
        """Follows the dialog's field."""
        self.name, self.name_error = name, ""

    @rx.event
    def close(self) -> None:
        """Closes the dialog."""
        self.renaming = ""

    @rx.event
    async def rename(self) -> None:
        """Gives the project its new name; an error stays beside the field."""
        project, name = self.renaming, self.name
        try:
            await self._ask(lambda session, user: projects.rename(session, user, project, name))
        except FlatRenderError as error:
            self.name_error = error.message
            return
        self.renaming = ""
        await self._read()

    @rx.event
    async def duplicate(self, project_id: str, name: str) -> None:
        """Makes a copy."""
        copied = self._say("projects.copy_name", name=name)
        await self._ask(lambda session, user: projects.duplicate(session, user, project_id, copied))
        await self._read()

    @rx.event
    async def delete(self, project_id: str, name: str) -> EventSpec:
        """Takes the project out of sight; the toast brings it back."""
        await self._ask(lambda session, user: projects.archive(session, user, project_id))
        await self._read()
        return rx.toast(
            self._say("projects.deleted", name=name),
            duration=10_000,
            action={"label": self._say("projects.undo"), "on_click": as_vars(ProjectsState).restore(project_id)},
        )

    @rx.event
    async def restore(self, project_id: str) -> None:
        """Brings a deleted project back."""
        await self._ask(lambda session, user: projects.archive(session, user, project_id, archived=False))
        await self._read()

    async def _read(self) -> None:
        self.cards = await self._ask(saved.cards, read_only=True)
        self.loaded = True
