"""A site's own words: languages that stand in for each other, what is refused, and a legal text as blocks."""

import pytest

from flatrender.core.errors import InvalidInput
from flatrender.tenants import pages, senders
from flatrender.tenants.pages import Block

ENGLISH = {"headline": "Films for gardens", "text": "", "action": "Begin"}


def test_the_first_page_speaks_the_visitors_language_where_it_can() -> None:
    kept = pages.checked_landing({"on": True, "texts": {"en": ENGLISH}, "link": "/sign-up"}, {})
    both = pages.checked_landing({"texts": {"fa": {"headline": "فیلم باغ‌ها"}}}, kept)
    told = pages.landing(both, "fa", "en")
    assert told is not None and (told.headline, told.link) == ("فیلم باغ‌ها", "/sign-up")
    stood_in = pages.landing(kept, "fa", "en")
    assert stood_in is not None and stood_in.headline == ENGLISH["headline"]
    assert pages.landing({**kept, "on": False}, "en", "en") is None
    assert pages.landing({}, "en", "en") is None


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"on": True}, "landing.headline"),
        ({"texts": {"en": {"headline": "x" * 121}}}, "landing.headline.en"),
        ({"link": "javascript:alert(1)"}, "landing.link"),
        ({"link": "//evil.example"}, "landing.link"),
        ({"link": "/\\evil.example"}, "landing.link"),
        ({"templates": [str(number) for number in range(13)]}, "landing.templates"),
    ],
)
def test_a_first_page_that_cannot_be_is_refused(wish: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        pages.checked_landing(wish, {})
    assert refused.value.field == field


def test_a_legal_text_is_text() -> None:
    kept = pages.checked_legal({"terms": {"en": "# Terms\x00\r\nOne\ntwo\n\n<script>\n## Rest\n- a\n-b"}}, {})
    assert pages.blocks(pages.legal(kept, "terms", "fa", "fa")) == [
        Block("heading", "Terms"),
        Block("text", "One\ntwo"),
        Block("text", "<script>"),
        Block("part", "Rest"),
        Block("item", "a"),
        Block("text", "-b"),
    ]
    assert pages.legal(pages.checked_legal({"terms": {"en": " "}}, kept), "terms", "en", "en") == ""
    with pytest.raises(InvalidInput):
        pages.checked_legal({"terms": {"en": "x" * 60_001}}, {})


@pytest.mark.parametrize(
    "text",
    [
        *(
            "no address",
            "a@b",
            "a b@c.example",
            "a@c.example\nBcc: all@c.example",
            '"a b"@c.example',
            "a@c.example,b@c.example",
        ),
        *("<a@c.example>", "a..b@c.example", "a@https://c.example/", "x" * 65 + "@c.example", "é@c.example"),
    ],
)
def test_no_address_can_hold_a_header(text: str) -> None:
    with pytest.raises(InvalidInput):
        senders.clean_address(text, "reply_to")


def test_a_sender_is_cleaned() -> None:
    assert senders.clean_address(" Hello+films@Ünique.Example ", "reply_to") == "Hello+films@xn--nique-jva.example"
    assert senders.clean_address("", "reply_to") == ""
    assert senders.clean_name("North\r\nBcc: all@c.example") == "North Bcc: all@c.example"
