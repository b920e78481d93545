"""Tables of the catalogue.

A scene, element or shared colour holds `facts` (what the scan found) and `manual` (the designer's edits by field). What
people see is `manual` over `facts`; a later scan writes facts alone.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, String, Text, UniqueConstraint
from sqlmodel import Field

from flatrender.core import clock
from flatrender.core.db import JsonDict, TenantOwned, UtcDateTime
from flatrender.core.ids import new_id

Json = dict[str, Any]


class TemplateState(StrEnum):
    """Only published templates are in the gallery; archived ones still serve the projects made from them."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class FontState(StrEnum):
    """What the designer decided about a font that was not found."""

    MISSING = "missing"
    UPLOADED = "uploaded"
    REPLACED = "replaced"


class Category(TenantOwned, table=True):
    """A shelf of the gallery."""

    __tablename__ = "template_category"
    __table_args__ = (UniqueConstraint("tenant_id", "key", name="uq_template_category_key"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    key: str = Field(max_length=60)
    name: str = Field(max_length=120)
    name_fa: str = Field(default="", max_length=120)
    position: int = 0


class Tag(TenantOwned, table=True):
    """A word that templates share."""

    __tablename__ = "template_tag"
    __table_args__ = (UniqueConstraint("tenant_id", "key", name="uq_template_tag_key"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    key: str = Field(max_length=60)  # case-folded name: what is compared
    name: str = Field(max_length=60)


class TemplateTag(TenantOwned, table=True):
    """A template's tag."""

    __tablename__ = "template_tag_link"

    template_id: str = Field(foreign_key="template.id", ondelete="CASCADE", primary_key=True, max_length=32)
    tag_id: str = Field(foreign_key="template_tag.id", ondelete="CASCADE", primary_key=True, max_length=32)


class Bundle(TenantOwned, table=True):
    """The files of an After Effects project, stored once per content hash and tenant."""

    __tablename__ = "template_bundle"
    __table_args__ = (UniqueConstraint("tenant_id", "sha256", name="uq_template_bundle_sha256"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    sha256: str = Field(max_length=64)
    md5: str = Field(max_length=32, index=True)
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str = Field(max_length=8)  # aep | zip
    key: str = Field(max_length=200)  # in the storage
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class Template(TenantOwned, table=True):
    """A template. `revision` counts the designer's changes: what is cached by it is never stale.

    `shared`: the house offers it to its sites. A copy of such a one names it in `taken_from`; `taken`: what was copied
    (see `templates.copies`).
    """

    __tablename__ = "template"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    name: str = Field(max_length=160)
    name_fa: str = Field(default="", max_length=160)
    description: str = Field(default="", sa_column=Column(Text, nullable=False))
    description_fa: str = Field(default="", sa_column=Column(Text, nullable=False))
    state: str = Field(default=TemplateState.DRAFT, sa_column=Column(String(16), nullable=False, index=True))
    kind: str = Field(default="free", max_length=16)  # fixed | flexible | free
    language: str = Field(default="", max_length=8)  # of its default texts: "fa", "en", or not told
    category_id: str | None = Field(default=None, foreign_key="template_category.id", max_length=32)
    created_by: str = Field(default="", max_length=32)
    demo: str | None = Field(default=None, max_length=60, index=True)  # key of the demo it was made from
    revision: int = 1
    shared: bool = Field(default=False)
    taken_from: str = Field(default="", max_length=32)
    taken: Json | None = Field(default=None, sa_type=JsonDict)

    file_name: str = Field(default="", max_length=255)
    scan_id: str | None = Field(default=None, max_length=32)  # the scan that is merged
    bundle_id: str = Field(foreign_key="template_bundle.id", max_length=32)  # what the engine is given
    final_composition_id: int | None = None

    width: int = 0
    height: int = 0
    rate_num: int = 25
    rate_den: int = 1
    frames: int = 0  # of all scenes switched on, played once in order

    cover_scene: str | None = Field(default=None, max_length=120)
    cover_frame: int | None = None
    poster_key: str | None = Field(default=None, max_length=200)
    preview_key: str | None = Field(default=None, max_length=200)
    preview_of: int = 0  # the revision that poster and preview show
    dominant_color: str | None = Field(default=None, max_length=9)

    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime, index=True)
    updated_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TemplateScan(TenantOwned, table=True):
    """One reading of a bundle. The whole report lies in the storage; the outline is what names were found to mean."""

    __tablename__ = "template_scan"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    template_id: str = Field(foreign_key="template.id", ondelete="CASCADE", index=True, max_length=32)
    bundle_id: str = Field(foreign_key="template_bundle.id", index=True, max_length=32)
    file_name: str = Field(max_length=255)
    project: str = Field(default="", max_length=500)  # the .aep chosen inside an archive that holds several
    engine: str = Field(default="quick", max_length=16)
    seconds: float = 0.0
    facts: Json = Field(sa_type=JsonDict)  # facts.py: scenes, elements and shared colours as found
    report_key: str = Field(max_length=200)
    merged: bool = False
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class TemplateScene(TenantOwned, table=True):
    """A scene of a template."""

    __tablename__ = "template_scene"
    __table_args__ = (UniqueConstraint("template_id", "key", name="uq_template_scene_key"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    template_id: str = Field(foreign_key="template.id", ondelete="CASCADE", index=True, max_length=32)
    key: str = Field(max_length=120)
    position: int = 0
    enabled: bool = True
    gone: bool = False  # no longer in the file
    facts: Json = Field(default_factory=dict, sa_type=JsonDict)
    manual: Json = Field(default_factory=dict, sa_type=JsonDict)
    best_frame: int | None = None  # the one that shows most, until the designer chooses another
    picture_key: str | None = Field(default=None, max_length=200)
    picture_of: str = Field(default="", max_length=64)  # what the picture shows, as a hash


class TemplateElement(TenantOwned, table=True):
    """An editable thing in a scene. `box`: [x, y, width, height] in the scene's picture, each 0 to 1."""

    __tablename__ = "template_element"
    __table_args__ = (UniqueConstraint("scene_id", "key", name="uq_template_element_key"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    template_id: str = Field(foreign_key="template.id", ondelete="CASCADE", index=True, max_length=32)
    scene_id: str = Field(foreign_key="template_scene.id", ondelete="CASCADE", index=True, max_length=32)
    key: str = Field(max_length=160)
    position: int = 0
    enabled: bool = True
    gone: bool = False
    facts: Json = Field(default_factory=dict, sa_type=JsonDict)
    manual: Json = Field(default_factory=dict, sa_type=JsonDict)
    box: list[float] | None = Field(default=None, sa_type=JsonDict)


class SharedColor(TenantOwned, table=True):
    """A colour used across scenes."""

    __tablename__ = "template_color"
    __table_args__ = (UniqueConstraint("template_id", "key", name="uq_template_color_key"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    template_id: str = Field(foreign_key="template.id", ondelete="CASCADE", index=True, max_length=32)
    key: str = Field(max_length=160)
    position: int = 0
    enabled: bool = True
    gone: bool = False
    facts: Json = Field(default_factory=dict, sa_type=JsonDict)
    manual: Json = Field(default_factory=dict, sa_type=JsonDict)


class ColorPreset(TenantOwned, table=True):
    """A named set of shared colours: key to `#RRGGBB`; an absent key keeps the template's default."""

    __tablename__ = "template_preset"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    template_id: str = Field(foreign_key="template.id", ondelete="CASCADE", index=True, max_length=32)
    name: str = Field(max_length=120)
    name_fa: str = Field(default="", max_length=120)
    group: str = Field(default="", sa_column=Column("group_name", String(120), nullable=False))
    position: int = 0
    colors: dict[str, str] = Field(default_factory=dict, sa_type=JsonDict)


class SeededDemo(TenantOwned, table=True):
    """A demo that was put into this database once; it does not come back when it is deleted."""

    __tablename__ = "template_demo"
    __table_args__ = (UniqueConstraint("tenant_id", "slug", name="uq_template_demo_slug"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    slug: str = Field(max_length=60)
    template_id: str = Field(max_length=32)
    created_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)


class TemplateFont(TenantOwned, table=True):
    """A font that the file asks for and that was not found, and what the designer decided."""

    __tablename__ = "template_font"
    __table_args__ = (UniqueConstraint("template_id", "postscript_name", name="uq_template_font_name"),)

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    template_id: str = Field(foreign_key="template.id", ondelete="CASCADE", index=True, max_length=32)
    postscript_name: str = Field(max_length=160)
    family: str = Field(default="", max_length=160)
    style: str = Field(default="", max_length=120)
    substitute: str = Field(default="", max_length=160)  # what stands in for it while nothing is decided
    layers: list[str] = Field(default_factory=list, sa_type=JsonDict)
    state: str = Field(default=FontState.MISSING, sa_column=Column(String(16), nullable=False))
    replacement: str = Field(default="", max_length=160)  # PostScript name of the font in its place
    key: str | None = Field(default=None, max_length=200)  # of the uploaded file
