"""Pictures for what holds still for a while: a Lottie that draws the same pictures with less work.

Drawings of many points, texts above all, become pictures for the while, drawn once and laid where they were; ThorVG
would make pixels of their outlines anew in each frame. What is not certain to look the same stays as it is.
"""

from dataclasses import dataclass
from typing import Any, Final

from flatrender.aftereffects.raster.layers import (
    NESTED,
    PICTURE,
    SHAPE,
    is_deep,
    matrix_of,
    null,
    paints,
    parents_of,
    still,
    unmoved,
)
from flatrender.aftereffects.raster.outlines import Json
from flatrender.aftereffects.raster.pauses import frozen, holds, is_unseen, pauses_of

MANY_POINTS: Final = 40
MOST_STILLS: Final = 200
ADDRESS: Final = "http://still/"
"""Of a picture that the drawing child makes itself."""
_DEEPEST: Final = 8


@dataclass(frozen=True)
class Still:
    """A drawing to be made once: `address` is what the Lottie calls it, `document` draws it alone at its frame 0.

    `asset` and `layer` are the Lottie's own; `lies_at` tells them how large the drawing is and where it lies.
    """

    address: str
    document: Json
    asset: Json
    layer: Json

    def lies_at(self, left: int, top: int, right: int, bottom: int) -> None:
        self.asset.update(w=right - left, h=bottom - top)
        self.layer["ks"]["p"] = still([left, top, 0])


def with_stills(document: Json) -> tuple[Json, list[Still]]:
    """The Lottie with pictures for what holds still, to be drawn in its own size, and what those are made of."""
    found = _Stills(document)
    return found.replaced(), found.stills


class _Stills:
    def __init__(self, document: Json) -> None:
        self._document = document
        self._assets = {asset["id"]: asset for asset in document.get("assets", ())}
        self._drawn: dict[str, list[Json]] = {}
        self._pictures: list[Json] = []
        self.stills: list[Still] = []
        self._held = {name for name, asset in self._assets.items() if str(asset.get("p", "")).startswith("data:")}
        self._size = document["w"], document["h"]

    def replaced(self) -> Json:
        layers = self._layers(self._document["layers"], 0)
        if not self.stills:
            return self._document
        assets = [
            {**asset, "layers": self._drawn[asset["id"]]} if asset["id"] in self._drawn else asset
            for asset in self._document["assets"]
        ]
        return {**self._document, "layers": layers, "assets": [*assets, *self._pictures]}

    def _layers(self, layers: list[Json], depth: int) -> list[Json]:
        by_number = {layer.get("ind"): layer for layer in layers}
        parents = {layer["parent"] for layer in layers if "parent" in layer}
        mattes = {layer["tp"] for layer in layers if layer.get("tt") and "tp" in layer}
        found: list[Json] = []
        for layer in layers:
            if layer["ty"] == NESTED:
                self._enter(layer, by_number, depth)
            alone = layer.get("ind") is None or layer["ind"] not in mattes
            pieces = self._pieces(layer, by_number) if alone and self._is_much(layer) else None
            found += [layer] if pieces is None else pieces
            if pieces is not None and layer.get("ind") in parents:
                found.append(null(layer))
        return found

    def _enter(self, layer: Json, by_number: dict[Any, Json], depth: int) -> None:
        """A composition that lies over the whole one as it is."""
        asset = self._assets.get(layer["refId"])
        place = matrix_of(layer, by_number)
        whole = (layer["w"], layer["h"]) == self._size
        if asset is None or place is None or not place.is_plain or not whole or depth > _DEEPEST or "tm" in layer:
            return
        if layer.get("sr", 1) == 1 and asset["id"] not in self._drawn and self._only_here(asset["id"]):
            self._drawn[asset["id"]] = self._layers(asset["layers"], depth + 1)

    def _only_here(self, name: str) -> bool:
        compositions = (self._document["layers"], *(one.get("layers", ()) for one in self._assets.values()))
        return [layer.get("refId") for layers in compositions for layer in layers].count(name) == 1

    def _is_much(self, layer: Json) -> bool:
        """Whether it costs more to draw than a picture of it."""
        if layer["ty"] not in (SHAPE, PICTURE) or any(map(layer.get, ("td", "tt", "hd", "ddd", "ao", "ef", "sy"))):
            return False
        if layer.get("sr", 1) != 1 or not holds(layer.get("masksProperties") or []):
            return False
        if layer["ty"] == PICTURE:
            return bool(layer["refId"] in self._held)
        shapes = layer.get("shapes") or []
        if is_deep(shapes):
            return False
        points = _points(shapes)
        return points is not None and (points >= MANY_POINTS or _has_gradient(shapes))

    def _pieces(self, layer: Json, by_number: dict[Any, Json]) -> list[Json] | None:
        """The layer as pieces one after the other, moving and still; None where nothing holds still for long."""
        chain = (layer, *parents_of(layer, by_number))
        if any(one.get("ddd") or one.get("ao") or one.get("sr", 1) != 1 for one in chain):
            return None
        pauses = pauses_of([one["ks"] for one in chain], layer["ip"], layer["op"])
        pieces: list[Json] = []
        at = layer["ip"]
        for begin, end in pauses:
            if len(self.stills) >= MOST_STILLS:
                break
            if begin > at:
                pieces.append({**layer, "ip": at, "op": begin})
            if not is_unseen(layer["ks"].get("o"), begin, end):
                pieces.append(self._still(layer, chain, begin, end))
            at = end
        if at == layer["ip"]:
            return None
        if at < layer["op"]:
            pieces.append({**layer, "ip": at})
        # One of a number only: what hangs on the layer finds its place beside the pieces.
        return [{key: value for key, value in piece.items() if key != "ind"} for piece in pieces]

    def _still(self, layer: Json, chain: tuple[Json, ...], begin: float, end: float) -> Json:
        address = f"{ADDRESS}{len(self.stills)}"
        alone: list[Json] = [{**one, "ks": frozen(one["ks"], begin), "ip": 0, "op": 1, "st": 0} for one in chain]
        alone[0]["ks"]["o"] = still(100)
        alone[0].pop("bm", None)
        alone = [alone[0], *map(null, alone[1:])]
        wide, high = self._size
        top: Json = {key: self._document[key] for key in ("v", "fr") if key in self._document}
        document: Json = {**top, "ip": 0, "op": 1, "w": wide, "h": high, "layers": alone, "assets": self._asset(layer)}
        picture: Json = {"id": address, "u": "", "p": address, "e": 0, "w": 1, "h": 1}
        self._pictures.append(picture)
        place = {**unmoved(), "o": layer["ks"]["o"]}
        kept: Json = {key: layer[key] for key in ("nm", "bm", "st") if key in layer}
        piece: Json = {
            **kept,
            "ty": PICTURE,
            "refId": address,
            "ks": place,
            "ip": begin,
            "op": end,
            "sr": 1,
            "ddd": 0,
        }
        self.stills.append(Still(address, document, picture, piece))
        return piece

    def _asset(self, layer: Json) -> list[Json]:
        return [self._assets[layer["refId"]]] if layer["ty"] == PICTURE else []


def _points(shapes: list[Json]) -> int | None:
    """How many points its paths have; None where anything of it changes."""
    points = 0
    for shape in shapes:
        if shape["ty"] == "gr":
            inner = _points(shape["it"])
            if inner is None:
                return None
            points += inner
            continue
        if not holds(shape):
            return None
        if shape["ty"] == "sh":
            points += len(shape["ks"]["k"]["v"])
    return points


def _has_gradient(shapes: list[Json]) -> bool:
    return any(paint["ty"] in ("gf", "gs") for paint in paints(shapes))
