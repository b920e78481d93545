"""Projects of After Effects CS6 and before: solids with short names, paths in records of bytes."""

import struct
from collections.abc import Callable
from pathlib import Path

from flatrender.aftereffects.project import open_project
from tests.aftereffects.authored import Author


def _rewritten(data: bytes, change: Callable[[bytes, bytes], tuple[bytes, bytes]]) -> bytes:
    """The chunks in `data`, each leaf as `change` makes it of its type and body; `LIST` with its kind before it."""
    made = b""
    place = 0
    while place + 8 <= len(data):
        kind = data[place : place + 4]
        size = struct.unpack(">I", data[place + 4 : place + 8])[0]
        body = data[place + 8 : place + 8 + size]
        if kind == b"LIST":
            kind, body = change(kind, body[:4] + _rewritten(body[4:], change)) if _listed(body) else (kind, body)
        else:
            kind, body = change(kind, body)
        made += kind + struct.pack(">I", len(body)) + body + b"\0" * (len(body) % 2)
        place += 8 + size + size % 2
    return made


def _listed(body: bytes) -> bool:
    return body[:4] in (b"Fold", b"Item", b"Sfdr", b"Pin ", b"Als2")


def _as_of_cs6(kind: bytes, body: bytes) -> tuple[bytes, bytes]:
    if kind == b"opti" and body.startswith(b"Soli"):
        return kind, b"Soli" + struct.pack(">HI", 8, 90) + body[10:26] + body[26:90]
    if kind == b"LIST" and body.startswith(b"Als2"):
        return kind, b"Alas" + body[4:]
    if kind == b"alas":
        path = b"\\D:\\Werbung\\Caf\xe9.png\0"
        return kind, b"\x01\0\0\x0dPNGf" + b"\0" * 4 + struct.pack("<H", len(path)) + path + b"\x01\x12"
    return kind, body


def _old_project(folder: Path) -> Path:
    author = Author()
    comp = author.comp("Main")
    comp.add_solid([0.0, 0.5, 1.0], "Sky", 40, 30, 1.0, 2.0)
    author.picture(comp, "Picture", folder / "Café.png")
    path = author.save(folder / "new.aep")
    data = path.read_bytes()
    size = struct.unpack(">I", data[4:8])[0]
    chunks = _rewritten(data[12 : 8 + size], _as_of_cs6)
    old = folder / "old.aep"
    old.write_bytes(b"RIFX" + struct.pack(">I", 4 + len(chunks)) + b"Egg!" + chunks + data[8 + size :])
    return old


def test_solids_and_files_of_old_projects_are_read(tmp_path: Path) -> None:
    project = open_project(_old_project(tmp_path))
    found = {one.kind: one for one in project.graph.footage.values()}
    assert found["solid"].name == "Sky"
    assert found["solid"].color == (0.0, 0.5, 1.0)
    assert found["image"].stored_path == r"D:\Werbung\Café.png"
    assert found["image"].name == "Café.png"
    assert project.files[found["image"].id] == tmp_path / "Café.png"


def test_old_projects_are_written_as_they_were(tmp_path: Path) -> None:
    path = _old_project(tmp_path)
    open_project(path).save({}, tmp_path / "out" / "same.aep")
    assert (tmp_path / "out" / "same.aep").read_bytes() == path.read_bytes()
    [comp] = open_project(path).report().compositions
    solid = next(layer for layer in comp.layers if layer.type == "solid")
    address = f"{comp.id}/{solid.id}"
    open_project(path).save({address: {"kind": "color", "value": "#102030"}}, tmp_path / "out" / "changed.aep")
    [changed] = [
        one for one in open_project(tmp_path / "out" / "changed.aep").graph.footage.values() if one.kind == "solid"
    ]
    assert changed.color is not None
    assert [round(part * 255) for part in changed.color] == [0x10, 0x20, 0x30]
