"""The list of the user's projects."""

import reflex as rx
from reflex.event import EventSpec

from flatrender.core.errors import FlatRenderError
from flatrender.projects import service as projects
from flatrender.projects.models import ProjectState
from flatrender.ui.state import saved
from flatrender.ui.state.cards import Choice, ProjectCard
from flatrender.ui.state.session import Caller
from flatrender.ui.vars import as_vars

STEP = 60  # cards at first, and more at each "Show more"
MOST = 600


class ProjectsState(Caller, rx.State):
    """Projects as asked for, and the one whose name is being changed or that is about to be deleted."""

    loaded: bool = False
    query: str = ""
    archive: bool = False
    template: str = ""
    sort: str = "recent"
    limit: int = STEP
    cards: list[ProjectCard] = []
    total: int = 0
    active: int = 0
    archived: int = 0
    templates: list[Choice] = []
    renaming: str = ""
    name: str = ""
    name_error: str = ""
    deleting: str = ""
    deleting_name: str = ""

    @rx.var
    def narrowed(self) -> bool:
        """Whether words or a template narrow the list."""
        return bool(self.query.strip() or self.template)

    @rx.var
    def template_name(self) -> str:
        """The chosen template's name, or nothing."""
        return next((choice.name for choice in self.templates if choice.key == self.template), "")

    @rx.var
    def more(self) -> bool:
        """Whether there are more than are shown."""
        return len(self.cards) < self.total and self.limit < MOST

    @rx.event
    async def load(self) -> None:
        """Reads the projects; shows none without an account (the page then leads to the sign-in)."""
        if await self._principal() is not None:
            await self._read()

    @rx.event
    async def search(self, query: str) -> None:
        """Shows projects whose name holds these words."""
        self.query, self.limit = query, STEP
        await self._read()

    @rx.event
    async def show_archive(self, archive: bool) -> None:
        """Shows what was archived, or the rest."""
        self.archive, self.limit = archive, STEP
        await self._read()

    @rx.event
    async def choose_template(self, template: str) -> None:
        """Shows projects of one template; the empty key shows all."""
        self.template, self.limit = template, STEP
        await self._read()

    @rx.event
    async def choose_sort(self, sort: str) -> None:
        """Puts the projects in another order."""
        self.sort = sort
        await self._read()

    @rx.event
    async def show_more(self) -> None:
        """Shows the next cards as well."""
        self.limit = min(MOST, self.limit + STEP)
        await self._read()

    @rx.event
    async def show_all(self) -> None:
        """Takes back words and template."""
        self.query, self.template, self.limit = "", "", STEP
        await self._read()

    @rx.event
    def ask_name(self, project_id: str, name: str) -> None:
        """Opens the dialog for a new name."""
        self.renaming, self.name, self.name_error = project_id, name, ""

    @rx.event
    def set_name(self, name: str) -> None:
        """Follows the dialog's field."""
        self.name, self.name_error = name, ""

    @rx.event
    def ask_delete(self, project_id: str, name: str) -> None:
        """Asks before a project is deleted for good."""
        self.deleting, self.deleting_name = project_id, name

    @rx.event
    def close(self) -> None:
        """Closes the dialogs."""
        self.renaming = self.deleting = ""

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
    async def duplicate(self, project_id: str, name: str) -> EventSpec:
        """Makes a copy."""
        copied = self._say("projects.copy_name", name=name)
        await self._ask(lambda session, user: projects.duplicate(session, user, project_id, copied))
        await self._read()
        return rx.toast(self._say("projects.duplicated", name=copied))

    @rx.event
    async def put_away(self, project_id: str, name: str) -> EventSpec:
        """Takes the project out of sight; the toast brings it back."""
        await self._archive(project_id, True)
        return rx.toast(
            self._say("projects.put_away", name=name),
            duration=10_000,
            action={"label": self._say("projects.undo"), "on_click": as_vars(ProjectsState).undo(project_id)},
        )

    @rx.event
    async def undo(self, project_id: str) -> None:
        """Takes an archiving back."""
        await self._archive(project_id, False)

    @rx.event
    async def bring_back(self, project_id: str, name: str) -> EventSpec:
        """Brings an archived project back among the others."""
        await self._archive(project_id, False)
        return rx.toast(self._say("projects.brought_back", name=name))

    @rx.event
    async def delete(self) -> EventSpec:
        """Deletes the project that was asked about, for good."""
        project, name = self.deleting, self.deleting_name
        self.deleting = ""
        await self._ask(lambda session, user: projects.remove(session, user, project))
        await self._read()
        return rx.toast(self._say("projects.deleted", name=name))

    async def _archive(self, project_id: str, archived: bool) -> None:
        await self._ask(lambda session, user: projects.archive(session, user, project_id, archived=archived))
        await self._read()

    async def _read(self) -> None:
        query, template, sort, limit = self.query.strip(), self.template, self.sort, self.limit
        state = ProjectState.ARCHIVED if self.archive else ProjectState.ACTIVE
        language = self._language()
        found, self.templates = await self._ask(
            lambda session, user: (
                saved.browse(session, user, query=query, state=state, template=template, sort=sort, limit=limit),
                saved.templates(session, user, language),
            ),
            read_only=True,
        )
        self.cards, self.total, self.active, self.archived = found.cards, found.total, found.active, found.archived
        self.loaded = True
