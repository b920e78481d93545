"""The demo templates, put into a new database once: built by their scripts, scanned, described, published.

What an administrator deletes or changes afterwards stays deleted or changed. Posters and moving previews are made by a
node; until then a card shows its cover scene.
"""

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlmodel import Session, col, select

from flatrender.access.models import Role
from flatrender.access.permissions import Principal
from flatrender.aftereffects.text.packaged import install_fonts
from flatrender.core.db import DEFAULT_TENANT, Database
from flatrender.core.errors import FlatRenderError
from flatrender.settings import get_settings
from flatrender.templates import bundles, catalogue, definitions, fonts, pictures, review, service
from flatrender.templates.definition import Definition
from flatrender.templates.demos.catalog import DemoTemplate
from flatrender.templates.facts import FILM
from flatrender.templates.models import Category, FontState, SeededDemo, Template
from flatrender.templates.records import get_template

log = logging.getLogger(__name__)
STYLES = ("Regular", "Medium", "SemiBold", "Bold", "ExtraBold", "Black")  # that the demos are set in
OnProgress = Callable[[str, float], None]
# Shelves of the demos, in the gallery's order, with their Persian names.
SHELVES = {
    "Titles": "عنوان‌ها",
    "Promos": "تبلیغ",
    "Product": "محصول",
    "Stories": "استوری",
    "Lower thirds": "زیرنویس نام",
    "Quotes": "نقل قول",
    "News": "خبر",
    "Music": "موسیقی",
    "Persian": "فارسی",
}


def seed_demos(database: Database, tenant_id: str, on_progress: OnProgress | None = None) -> list[str]:
    """Adds the demos that this database has never had; the ids of the new templates.

    Slow (tens of seconds the first time) and in transactions of its own; when nothing is to be done it is one query.
    `on_progress(what, fraction)`: a line for people and how far it is, 0 to 1. A demo that fails is told and left out.
    """
    from flatrender.templates.demos import DEMOS

    tell = on_progress or _silent
    with database.tenant_session(tenant_id, read_only=True) as session:
        known = set(session.exec(select(SeededDemo.slug)).all())
    wanted = [demo for demo in DEMOS if demo.slug not in known]
    if not wanted:
        return []
    tell("fonts for the demo templates", 0.0)
    fonts_dir = _fonts()
    made = []
    for number, demo in enumerate(wanted):
        tell(demo.name, (number + 0.2) / (len(wanted) + 0.2))
        try:
            made.append(_seed(database, tenant_id, demo, fonts_dir))
        except FlatRenderError as error:
            log.exception("the demo %s was left out", demo.slug)
            tell(f"{demo.name} was left out: {error.message}", (number + 1) / (len(wanted) + 0.2))
    tell(f"{len(made)} demo template{'s' if len(made) != 1 else ''}", 1.0)
    return made


def _seed(database: Database, tenant_id: str, demo: DemoTemplate, fonts_dir: Path | None) -> str:
    from flatrender.templates.demos.fonts import add_fonts

    # The studio itself brings them; there is no person to name.
    maker = Principal("", tenant_id, Role.PLATFORM_ADMIN, "", "FlatRender")
    with database.tenant_session(tenant_id) as session:
        # What a seeding that broke off has left behind.
        for half_made in session.exec(select(Template).where(col(Template.demo) == demo.slug)).all():
            service.remove(session, maker, half_made.id)
    with tempfile.TemporaryDirectory(prefix="flatrender-demo-") as folder:
        bundle = demo.build(Path(folder))
        if fonts_dir is not None:
            add_fonts(bundle, fonts_dir)
        packed = Path(folder) / f"{demo.slug}.zip"
        bundles.pack_folder(bundle, packed)
        template_id = service.create(maker, packed, packed.name, name=demo.name, demo=demo.slug, draw=False)
    with database.tenant_session(tenant_id, read_only=True) as session:
        missing = [row for row in fonts.rows_of(session, template_id) if row.state == FontState.MISSING]
    for row in missing:
        # Without npm there are no further fonts; what stands in is a font of the installation.
        log.warning("%s: %s is drawn with %s", demo.slug, row.postscript_name, row.substitute)
        if row.substitute:
            fonts.replace(maker, template_id, row.id, row.substitute)
    with database.tenant_session(tenant_id) as session:
        definition = definitions.get(session, template_id)
        cover = definition.scene(FILM if definition.fixed else demo.cover_composition)
        if cover is not None:
            review.edit_scene(session, maker, template_id, cover.id, {"cover_frame": demo.cover_frame}, draw=False)
            value = {"scene": cover.key, "frame": demo.cover_frame}
            service.edit(session, maker, template_id, {"cover": value})
        _name_parts(session, maker, definition)
    pictures.make(tenant_id, template_id, most=1)
    with database.tenant_session(tenant_id) as session:
        category = session.exec(select(Category).where(col(Category.key) == catalogue.slug(demo.category))).first()
        if category is None:
            for name in (*SHELVES, demo.category):
                key = catalogue.slug(name)
                if session.exec(select(Category.id).where(col(Category.key) == key)).first() is None:
                    catalogue.add_category(session, maker, name, SHELVES.get(name, ""), key)
        service.edit(
            session,
            maker,
            template_id,
            {
                "name_fa": demo.name_fa,
                "description": demo.description,
                "description_fa": demo.description_fa,
                "language": "fa" if "persian" in demo.tags else "en",
                "category": catalogue.slug(demo.category),
                "tags": list(demo.tags),
            },
        )
        shared = {color.key for color in definition.colors}
        for preset in demo.presets:
            colors = {key: value for key, value in preset.colors.items() if key in shared}
            review.add_preset(session, maker, template_id, name=preset.name, name_fa=preset.name_fa, colors=colors)
        service.publish(session, maker, template_id)
        get_template(session, template_id).shared = tenant_id == DEFAULT_TENANT
        session.add(SeededDemo(slug=demo.slug, template_id=template_id))
    return template_id


def _name_parts(session: Session, maker: Principal, definition: Definition) -> None:
    """Gives scenes, elements and shared colours their names in both languages."""
    from flatrender.templates.demos.words import both

    for scene in definition.scenes:
        if changes := both(scene.name):
            review.edit_scene(session, maker, definition.id, scene.id, changes, draw=False)
        for element in scene.elements:
            if changes := both(element.name):
                review.edit_element(session, maker, definition.id, element.id, changes)
    for color in definition.colors:
        if changes := both(color.name):
            review.edit_color(session, maker, definition.id, color.id, changes)


def _fonts() -> Path | None:
    """The folder with the demos' fonts, fetched once; None where they cannot be had."""
    folder = get_settings().fonts_dir
    try:
        install_fonts(folder, styles=STYLES)
    except (FlatRenderError, OSError) as error:
        log.warning("the demos' fonts were not installed, others stand in for them: %s", error)
        return folder if folder.is_dir() else None
    return folder


def _silent(*_: object) -> None:
    return None
