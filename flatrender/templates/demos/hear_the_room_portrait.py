"""Hear the room in 9:16: the same three scenes composed for a phone, clear of the strips that players cover."""

from __future__ import annotations

from pathlib import Path

from flatrender.templates.demos.catalog import DemoTemplate
from flatrender.templates.demos.hear_the_room import PRESETS, Layout, build_layout

PORTRAIT = Layout(
    slug="hear-the-room-portrait",
    size=(1080, 1920),
    disc=(540, 1216),
    radius=404,
    product=(544, 1200),
    product_width=980,
    eyebrow=(94, 244),
    title=(84, 276),
    title_box=(940, 376),
    title_size=184,
    subtitle=(94, 700),
    price=(540, 1628),
    photo=(540, 690),
    photo_size=(900, 1000),
    kicker=(94, 1318),
    claim=(88, 1346),
    claim_box=(920, 224),
    claim_size=104,
    body=(94, 1592),
    body_box=(850, 150),
    meter=(134, 1118),
    logo=(540, 430),
    call=(60, 590),
    call_box=(960, 420),
    call_size=196,
    offer=(540, 1090),
    button=(540, 1244),
    address=(540, 1640),
)


def build(out: Path) -> Path:
    """Write the 9:16 bundle below ``out``."""
    return build_layout(out, PORTRAIT)


TEMPLATE = DemoTemplate(
    slug=PORTRAIT.slug,
    name="Hear the room, story",
    name_fa="اتاق را بشنو، استوری",
    description="The product promo composed for phones: a tall stage, large type, a button within the thumb's reach.",
    description_fa="معرفی محصول برای نمایش عمودی: صحنهٔ بلند، نوشتهٔ درشت و دکمه‌ای در دسترس شست.",
    category="Stories",
    tags=("promo", "product", "story", "reel", "vertical"),
    kind="flexible",
    aspect="9:16",
    cover_composition="Opening",
    cover_frame=66,
    presets=PRESETS,
    build=build,
)
