"""The build: its digest, its environment, and pages that find their server on any port."""

from pathlib import Path

import pytest

from flatrender.core.errors import Unavailable
from flatrender.ui import build
from flatrender.ui.origin import OriginPlugin, same_origin, use_own_address


def test_addresses_become_the_pages_own() -> None:
    script = (
        'const e={PING:"http://localhost:47001/ping",EVENT:`ws://localhost:47001/_event`,X:"http://localhost:47001"};'
    )
    text, count = use_own_address(script)
    assert count == 3
    assert "47001" not in text
    assert 'EVENT:(location.protocol.replace("http","ws")+"//"+location.host+"/_event")' in text
    assert 'X:(location.protocol+"//"+location.host+"")' in text


def test_other_addresses_stay() -> None:
    script = 'fetch("http://localhost:8000/x");a="ws://localhost:470010/y"'
    assert use_own_address(script) == (script, 0)


@pytest.mark.parametrize(
    ("origin", "host", "heard"),
    [
        ("http://localhost:8000", "localhost:8000", True),
        ("https://Studio.example", "studio.example", True),
        ("http://localhost:9000", "localhost:8000", False),
        ("https://evil.example", "studio.example", False),
        ("https://studio.example.evil.example", "studio.example", False),
        ("null", "studio.example", False),
        ("http://[", "studio.example", False),
        ("ftp://studio.example", "studio.example", False),
        (None, "studio.example", False),
    ],
)
def test_only_our_own_pages_open_web_sockets(origin: str | None, host: str, heard: bool) -> None:
    assert same_origin(origin, {"HTTP_HOST": host}) is heard


def test_where_pages_come_over_tls_one_without_is_not_ours() -> None:
    secure = {"HTTP_HOST": "studio.example", "asgi.scope": {"scheme": "wss"}}
    assert same_origin("https://studio.example", secure)
    assert not same_origin("http://studio.example", secure)


def test_a_build_without_the_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("const nothing = 1;")
    with pytest.raises(Unavailable, match="no server address"):
        OriginPlugin().post_build(static_dir=tmp_path)


def test_the_digest_follows_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "flatrender" / "ui" / "__pycache__").mkdir(parents=True)
    (tmp_path / "rxconfig.py").write_text("one = 1\n")
    (tmp_path / "flatrender" / "flatrender.py").write_text("")
    monkeypatch.setattr(build, "PROJECT", tmp_path)
    first = build.source_digest()
    (tmp_path / "flatrender" / "ui" / "__pycache__" / "x.pyc").write_bytes(b"bytecode")
    assert build.source_digest() == first
    (tmp_path / "flatrender" / "ui" / "page.py").write_text("two = 2\n")
    second = build.source_digest()
    assert second != first
    (tmp_path / "assets" / "look.css").write_text("a{}")
    assert build.source_digest() != second


def test_a_folder_without_a_finished_build_is_not_built(tmp_path: Path) -> None:
    assert not build.is_built(tmp_path)
    (tmp_path / "stamp.json").write_text("{broken")
    assert not build.is_built(tmp_path)
    (tmp_path / "stamp.json").write_text('{"digest": "' + build.source_digest() + '"}')
    assert not build.is_built(tmp_path)
    (tmp_path / "web" / "build" / "client").mkdir(parents=True)
    assert build.is_built(tmp_path)


def test_the_build_calls_nobody_and_writes_into_its_folder_alone(tmp_path: Path) -> None:
    env = build.environment(tmp_path)
    assert env["REFLEX_TELEMETRY_ENABLED"] == env["REFLEX_CHECK_LATEST_VERSION"] == "false"
    assert env["REFLEX_USE_NPM"] == "1"
    for name in ("REFLEX_WEB_WORKDIR", "REFLEX_STATES_WORKDIR", "REFLEX_UPLOADED_FILES_DIR", "REFLEX_DIR"):
        assert Path(env[name]).is_relative_to(tmp_path)


def test_the_site_is_a_copy(tmp_path: Path) -> None:
    folder = build.prepare_site(tmp_path)
    assert folder == build.site(tmp_path)
    assert (folder / "rxconfig.py").is_file()
    assert (folder / "assets" / "look" / "tokens.css").is_file()
    assert not (folder / "assets" / "external").exists()
