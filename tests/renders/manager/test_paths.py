"""Paths of Windows and macOS as places below the Dropbox root, and what never gets there."""

from pathlib import Path

import pytest

from flatrender.core.errors import InvalidInput
from flatrender.renders.manager.paths import below_root, key_of, located, windows_path

WINDOWS = r"C:\Users\render\Dropbox"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (r"C:\Users\render\Dropbox\Ads\Promo.aep", "Ads/Promo.aep"),
        (r"c:\users\RENDER\dropbox\Ads\Promo.aep", "Ads/Promo.aep"),
        ("C:/Users/render/Dropbox/Ads/Promo.aep", "Ads/Promo.aep"),
        (r"C:\Users\render\Dropbox\\Ads\\\Promo.aep", "Ads/Promo.aep"),
        ("/Users/alice/Dropbox/Ads/Promo.aep", "Ads/Promo.aep"),
        ("/Users/alice/Dropbox (Company)/Ads/Promo.aep", "Ads/Promo.aep"),
        ("/Users/alice/Library/CloudStorage/Dropbox/Ads/Promo.aep", "Ads/Promo.aep"),
        ("/Users/alice/Library/CloudStorage/Dropbox-Company/Ads/Promo.aep", "Ads/Promo.aep"),
        ("/Volumes/Work/Dropbox/Ads/Promo.aep", "Ads/Promo.aep"),
        ("~/Dropbox/Ads/Promo.aep", "Ads/Promo.aep"),
        ("  /Users/alice/Dropbox/Promo.aep ", "Promo.aep"),
        ("/Users/alice/Dropbox/نوروز/Film ۱.aep", "نوروز/Film ۱.aep"),
        ("/Users/alice/Dropbox/Fru\u0308hling.aep", "Fr\u00fchling.aep"),
    ],
)
def test_a_path_below_the_root(text: str, place: str) -> None:
    assert "/".join(below_root(text, WINDOWS)) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Promo.aep",
        r"Ads\Promo.aep",
        "C:Promo.aep",
        r"C:\Users\render\Dropbox",
        r"C:\Users\render\Dropboxes\Promo.aep",
        r"C:\Users\render\Dropbox2\Promo.aep",
        r"D:\Users\render\Dropbox\Promo.aep",
        r"C:\Windows\System32\evil.aep",
        r"C:\Users\render\Dropbox\..\secret.aep",
        r"C:\Users\render\Dropbox\a\..\..\..\secret.aep",
        r"C:\Users\render\Dropbox\.\Promo.aep",
        r"\\server\share\Promo.aep",
        "//server/share/Promo.aep",
        r"\\?\C:\Users\render\Dropbox\Promo.aep",
        r"\\.\pipe\render",
        r"C:\Users\render\Dropbox\Promo.aep:stream",
        r"C:\Users\render\Dropbox\CON.aep",
        r"C:\Users\render\Dropbox\nul",
        "C:\\Users\\render\\Dropbox\\Ads \\Promo.aep",
        "C:\\Users\\render\\Dropbox\\Promo.aep.",
        "C:\\Users\\render\\Dropbox\\Pro\x00mo.aep",
        "C:\\Users\\render\\Dropbox\\Pro|mo.aep",
        "/etc/passwd",
        "/Users/alice/Documents/Promo.aep",
        "/Users/alice/Dropbox",
        "/Users/alice/Dropbox/../Documents/x.aep",
        "/Users/alice/Dropbox\\..\\x.aep",
        "/Users/Dropbox/x.aep",
        "/Users/alice/x/Dropbox/Promo.aep",
        "~/Documents/Promo.aep",
        "/Users/alice/Dropbox/" + "x" * 1000,
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        below_root(text, WINDOWS)


def test_a_root_on_this_machine() -> None:
    assert below_root("/srv/dropbox/Ads/Promo.aep", "/srv/dropbox/") == ("Ads", "Promo.aep")
    assert below_root("/Users/alice/Dropbox/Promo.aep", "/srv/dropbox") == ("Promo.aep",)
    for text in ("/srv/dropbox2/Promo.aep", "/srv/Dropbox/Promo.aep", r"C:\srv\dropbox\Promo.aep"):
        with pytest.raises(InvalidInput):
            below_root(text, "/srv/dropbox")


def test_the_windows_path_and_the_name_for_all_spellings() -> None:
    parts = below_root("/Users/alice/Dropbox/Ads/Promo.aep", WINDOWS)
    assert windows_path(parts, WINDOWS) == r"C:\Users\render\Dropbox\Ads\Promo.aep"
    assert windows_path(("a", "b.mov"), "/srv/dropbox") == "/srv/dropbox/a/b.mov"
    assert key_of(parts) == key_of(below_root(r"c:\users\render\dropbox\ADS\promo.AEP", WINDOWS))


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    root, outside = tmp_path / "Dropbox", tmp_path / "secret"
    root.mkdir()
    outside.mkdir()
    (root / "out").symlink_to(outside)
    (root / "in").mkdir()
    (root / "alias").symlink_to(root / "in")
    assert located(root, ("alias", "x.aep")) == root / "in" / "x.aep"
    assert located(root, ("new", "x.aep")) == root / "new" / "x.aep"
    with pytest.raises(InvalidInput, match="leads out"):
        located(root, ("out", "x.aep"))
