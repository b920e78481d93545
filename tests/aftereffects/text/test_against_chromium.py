"""Line breaks and advances against an independent shaper and layout: Chromium, forty texts in one page.

Chromium gets the very same font files, without hinting; where a line's box lies is asked of it character by character.
"""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from flatrender.commands.components import find_chromium
from tests.aftereffects.text.chromium_texts import ARIAL, HEBREW, LATIN, PERSIAN, TEXTS
from tests.aftereffects.text.library import lay_out, packaged_fonts

WIDTH, SIZE = 400, 40

LOAD = "async names => { window.fallbacks = names; for (const face of document.fonts) await face.load(); }"
MEASURE = """
([texts, width, size]) => texts.map(([text, direction, font]) => {
  const box = document.createElement("div");
  box.dir = direction; box.lang = "en";
  box.style.cssText = `width:${width}px;font:${size}px "${font}",${window.fallbacks};white-space:normal;` +
    "overflow-wrap:anywhere;text-rendering:geometricPrecision;font-optical-sizing:none;line-height:1.2;hyphens:manual";
  box.textContent = text;
  document.body.append(box);
  const node = box.firstChild, range = document.createRange(), lines = [];
  for (let at = 0; at < text.length; at++) {
    range.setStart(node, at); range.setEnd(node, at + 1);
    const found = [...range.getClientRects()].filter(r => r.width || !/\\s/.test(text[at]));
    if (!found.length) continue;
    const top = Math.round(found[found.length - 1].top / (size * 1.2)), last = lines[lines.length - 1];
    const left = Math.min(...found.map(r => r.left)), right = Math.max(...found.map(r => r.right));
    if (!last || top > last.top) lines.push({top, start: at, left, right});
    else if (!/\\s/.test(text[at])) { last.left = Math.min(last.left, left); last.right = Math.max(last.right, right); }
  }
  box.remove();
  return lines.map(line => [line.start, line.right - line.left]);
})
"""


@pytest.fixture(scope="module")
def measured() -> dict[str, list[tuple[int, float]]]:
    program = find_chromium()
    if program is None:
        pytest.skip("Chromium is not installed; run `flatrender doctor --install`")
    faces = "".join(face_rule(name) for name in (LATIN, PERSIAN, HEBREW, ARIAL))
    page_text = f"<!doctype html><meta charset=utf-8><style>{faces} body{{margin:0}}</style><body></body>"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 900, "height": 600})
        page.set_content(page_text)
        page.evaluate(LOAD, ",".join(f'"{name}"' for name in (LATIN, PERSIAN, HEBREW)))
        found = page.evaluate(MEASURE, [TEXTS, WIDTH, SIZE])
        browser.close()
    return {text: lines for (text, _, _), lines in zip(TEXTS, found, strict=True)}


def face_rule(name: str) -> str:
    font, _ = packaged_fonts().resolve(name)
    data = base64.b64encode(Path(font.face.path).read_bytes()).decode()
    return f'@font-face{{font-family:"{name}";src:url(data:font/ttf;base64,{data})}}'


@pytest.mark.parametrize(("text", "direction", "font"), TEXTS, ids=[str(number) for number in range(len(TEXTS))])
def test_lines_and_advances(measured: Any, text: str, direction: str, font: str) -> None:
    outlines = lay_out(text, font, SIZE, box=(0.0, 0.0, float(WIDTH), 4000.0), direction=direction)
    ours = [(text[line.start : line.end].strip(), line.width) for line in outlines.lines]
    starts = [start for start, _ in measured[text]] + [len(text)]
    theirs = [
        (text[start:stop].strip(), width) for (start, width), stop in zip(measured[text], starts[1:], strict=True)
    ]
    assert [words for words, _ in ours] == [words for words, _ in theirs], json.dumps(theirs, ensure_ascii=False)
    assert [width for _, width in ours] == pytest.approx([width for _, width in theirs], abs=0.5)
