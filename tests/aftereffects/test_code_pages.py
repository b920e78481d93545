"""Names that are no Unicode: read in the code page that the project names."""

import struct
from pathlib import Path

import pytest

from flatrender.aftereffects.names import as_now, clean, page_of, stored_in
from flatrender.aftereffects.parsing import parse
from flatrender.aftereffects.project import open_project
from flatrender.aftereffects.reading import read_project
from tests.aftereffects.authored import Author


def _stored(name: str, page: str) -> str:
    return name.encode(page).decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("cp936", ["模糊长度", "低", "高", "旋转", "擦除角度", "填充 1", "蒙版 1", "柔和度"]),
        ("cp932", ["彩度", "なし", "A ＆ B カラー", "ﾊﾝｶｸ", "差"]),
        ("cp950", ["圖層", "不透明度"]),
        ("cp1253", ["Κείμενο", "Φόντο"]),
        ("cp1254", ["Işık", "Gölge"]),
        ("mac_roman", ["Größe", "Été", "Señal"]),
        ("mac_cyrillic", ["Слой 1", "Фон"]),
    ],
)
def test_short_names_are_read_in_the_page_of_their_project(page: str, names: list[str]) -> None:
    with stored_in(page):
        assert [clean(_stored(name, page)) for name in names] == names


def test_what_another_computer_wrote_is_still_known() -> None:
    with stored_in("cp1251"):
        assert clean(_stored("Café", "cp1252")) == "Café"
        assert clean("Größe") == "Größe"
    with stored_in("cp1252"):
        assert clean(_stored("白色 纯色 1", "cp936")) == "白色 纯色 1"


def test_names_that_are_read_later_are_read_in_the_page_of_then() -> None:
    with stored_in("cp936"):
        later = as_now(lambda: clean(_stored("低", "cp936")))
    with stored_in("cp1251"):
        assert later() == "低"


@pytest.mark.parametrize(
    ("number", "macintosh", "page"),
    [(936, False, "cp936"), (0, True, "mac_roman"), (7, True, "mac_cyrillic"), (0, False, None), (256, True, None)],
)
def test_pages_are_known_by_windows_and_the_macintoshs_numbers(number: int, macintosh: bool, page: str | None) -> None:
    assert page_of(number, macintosh) == page


def test_a_project_says_its_page(tmp_path: Path) -> None:
    author = Author()
    box = author.box(author.comp("Main"), "box")
    box["ADBE Effect Parade"].add_property("ADBE Slider Control")
    path = author.save(tmp_path / "made.aep")
    data = path.read_bytes()
    assert b"Slider\0\0" in data
    data = data.replace(b"Slider\0\0", "高".encode("cp936") + b"\0" * 6)
    head = data.index(b"nhed") + 8
    path.write_bytes(data[: head + 18] + struct.pack(">H", 936) + data[head + 20 :])
    [composition] = open_project(path).graph.compositions.values()
    [control] = composition.layers[0].properties.effects
    assert next(child.name for child in control.children) == "高"


def test_a_parser_that_knows_no_page_still_reads_the_project(tmp_path: Path) -> None:
    author = Author()
    author.box(author.comp("Main"), "box")
    application = parse(author.save(tmp_path / "made.aep"))
    del application.project._nhed
    [composition] = read_project(application).compositions.values()
    assert [layer.name for layer in composition.layers] == ["box"]
