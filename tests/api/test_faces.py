"""A person's own picture: written anew, seen by its owner and the site's administrators, gone when taken away."""

import io

import pytest
from PIL import Image

from flatrender.access.models import Role
from flatrender.settings import get_settings
from tests.api.conftest import SignedIn
from tests.installation import OTHER_TENANT

MINE = "/api/v1/auth/me/picture"
MAKER, PLACE = 0x010F, 0x8825  # EXIF 2.32: who made the camera, where it was


def photo() -> bytes:
    """Wider than high once it is upright: the left half red, the right half blue; with what a camera writes."""
    shown = Image.new("RGB", (700, 400), "red")
    shown.paste("blue", (350, 0, 700, 400))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[MAKER] = "Camera of Sara"
    exif[PLACE] = {1: "N", 2: (35.0, 41.0, 20.0)}
    written = io.BytesIO()
    shown.transpose(Image.Transpose.ROTATE_90).save(written, "JPEG", exif=exif)
    return written.getvalue() + b"a stranger's bytes"


def test_a_picture_is_written_anew_and_seen_by_few(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    sara, boss = signed_in(Role.MEMBER, email="sara@example.com"), signed_in(Role.ADMIN)
    with monkeypatch.context() as here:
        here.setattr(Image, "open", lambda *_, **__: pytest.fail("decoded in the web process"))
        address = sara.put(MINE, content=photo()).json()["picture"]
    me = sara.get("/api/v1/auth/me").json()
    assert me["picture"] == address
    shown = sara.get(address)
    assert (shown.headers["content-type"], shown.headers["cache-control"][:7]) == ("image/webp", "private")
    with Image.open(io.BytesIO(shown.content)) as image:
        assert (image.format, image.size, dict(image.getexif()), "exif" in image.info) == (
            "WEBP",
            (256, 256),
            {},
            False,
        )
        left, right = image.convert("RGB").getpixel((20, 128)), image.convert("RGB").getpixel((235, 128))
    assert left[0] > 200 and right[2] > 200 and max(left[2], right[0]) < 60, "upright, its middle"
    assert b"Camera" in photo() and b"Camera" not in shown.content and b"stranger" not in shown.content

    [listed] = [each for each in boss.get("/api/v1/people").json()["items"] if each["id"] == me["id"]]
    assert listed["picture"] == address and boss.get(address).content == shown.content
    elsewhere = signed_in(Role.ADMIN, email="boss@other.test", tenant=OTHER_TENANT)
    for other in (signed_in(Role.MEMBER, email="reza@example.com"), elsewhere):
        assert other.get(address).status_code == 404
    taken = sara.get("/api/v1/auth/export").json()["account"]
    assert taken["picture"] == address and "picture_key" not in taken

    assert sara.delete(MINE).json() == {"picture": ""}
    assert sara.get(address).status_code == boss.get(address).status_code == 404
    assert sara.get("/api/v1/auth/me").json()["picture"] == ""
    sara.cookies.clear()
    assert sara.get(address).status_code == sara.put(MINE, content=b"x").status_code == 401


def test_what_is_no_picture_is_refused_and_the_old_one_stays(signed_in: SignedIn) -> None:
    sara = signed_in()
    address = sara.put(MINE, content=photo()).json()["picture"]
    for data, code in (
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "svg"),
        (b"not a picture", "no-picture"),
        (b"x" * (2 * 1024 * 1024 + 1), "too-large"),
    ):
        refused = sara.put(MINE, content=data)
        assert (refused.status_code in {413, 422}, refused.json()["code"]) == (True, code)
    assert sara.get(address).is_success
    assert len(list(get_settings().storage_dir.glob("people/*/*/*"))) == 1
