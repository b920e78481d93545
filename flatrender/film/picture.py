"""One span of a film as an FFmpeg command line: its pictures on one another, in RGB, encoded once. Pure.

    inputs → on the film's clock, cropped, scaled, turned → faded → (moved and cut as the transition says) → laid over

Which frame of a source is seen: the one that stands on its screen at that moment, in whatever rhythm it was recorded.
`fps` rounds upwards for this, with 0.11 of a frame's patience: containers round their times (Matroska to thousandths),
and no usual pair of rates has frames that lie just so. Sources are entered at the key frame before the wanted moment.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, radians
from pathlib import Path

from flatrender.core.timing import Rate
from flatrender.film import argv
from flatrender.film.arrange import Arranged, arrange
from flatrender.film.header import Header
from flatrender.film.spans import Meeting, Shown, Span
from flatrender.film.spec import Film, Piece
from flatrender.film.transitions import Motion

PATIENCE = Fraction(11, 100)
_SCALER = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
_EDGES = {"left": ("x", 0), "top": ("y", 0), "right": ("x", 1), "bottom": ("y", 1)}

Still = tuple[Path, int, int]
"""A drawn picture, and where its left upper corner lies."""
Line = tuple[float, float]
"""A value at the span's first frame, and its change from one frame to the next."""


def span(
    shown: Span,
    film: Film,
    headers: Mapping[Path, Header],
    stills: Mapping[Piece, Still],
    target: Path,
    encoding: list[str],
    *,
    grounded: bool = True,
) -> list[str]:
    """The words that make a span's film. `encoding`: the codec's, muxer's and clock's words.

    `grounded`: the lowest picture, where it fills the frame, is trusted to have at least one frame there, and all else
    is laid on it; otherwise on the background, and it may have none.
    """
    graph = _Graph(shown, film, headers, stills)
    graph.draw(grounded)
    return [
        *(*argv.BASE, *argv.PROGRESS, *graph.inputs, "-filter_complex", ";".join(graph.chains)),
        *("-map", "[out]", "-an", *encoding, argv.file(target)),
    ]


class _Graph:
    def __init__(self, shown: Span, film: Film, headers: Mapping[Path, Header], stills: Mapping[Piece, Still]) -> None:
        self.inputs: list[str] = []
        self.chains: list[str] = []
        self._span, self._film, self._headers, self._stills = shown, film, headers, stills
        self._width, self._height = film.size
        self._hertz = argv.hertz(film.rate)
        self._count = self._labels = 0

    def draw(self, grounded: bool) -> None:
        """All layers, from the bottom up, to the label `out`."""
        layers = list(self._span.layers)
        ground = layers[0] if layers else None
        end = f"trim=end_frame={self._span.frames}"
        if grounded and isinstance(ground, Shown) and self._covers(ground) and not self._film.alpha:
            layers.pop(0)
            if not layers:  # nothing to mix: the pixels stay as they are
                self.chains.append(f"{self._video(ground)},{_TO_FILM},{end}[out]")
                return
            stack = self._chain(f"{self._video(ground)},format=gbrp")
        else:
            color = "black@0" if self._film.alpha else f"0x{self._film.background.lstrip('#')[:6]}"
            stack = self._canvas(color, "gbrap" if self._film.alpha else "gbrp")
        for layer in layers:
            stack = self._layer(stack, layer) if isinstance(layer, Shown) else self._meeting(stack, layer)
        last = _TO_PRORES if self._film.alpha else _TO_FILM
        self.chains.append(f"[{stack}]{last},{end}[out]")

    def _layer(self, stack: str, shown: Shown) -> str:
        label, x, y = self._picture(shown, [])
        return self._over(stack, label, str(x), str(y))

    def _meeting(self, stack: str, meeting: Meeting) -> str:
        """The two pictures as their states say. Where both are seen through, they are added (see `transitions`)."""
        ends = [
            (shown, motion)
            for shown, motion in zip((meeting.old, meeting.new), meeting.motions, strict=True)
            if meeting.line(motion, "opacity") != (0.0, 0.0)
        ]
        parts = []
        for shown, motion in ends:
            fades = [_fade(*meeting.line(motion, "opacity"), self._span.frames, self._film.rate)]
            tint = meeting.line(motion, "tint")
            fades.append(_tint(*tint, meeting.joint.color, self._span.frames, self._film.rate))
            parts.append(self._moved(shown, meeting, motion, fades))
        if len(parts) == 2 and any("opacity" in motion.points for _, motion in ends):
            old, new = (self._chain(f"[{self._placed(part)}]premultiply=inplace=1") for part in parts)
            # What is beside both stays transparent; where they meet their shares add up to one.
            both = self._chain(f"[{old}][{new}]blend=all_mode=addition,unpremultiply=inplace=1")
            return self._over(stack, both, "0", "0")
        for label, x, y in parts:
            stack = self._over(stack, label, x, y)
        return stack

    def _moved(self, shown: Shown, meeting: Meeting, motion: Motion, fades: list[str]) -> tuple[str, str, str]:
        """A picture of a transition, cut to the part of the frame in which it is seen; where to lay it."""
        label, x, y = self._picture(shown, fades)
        at_x, at_y = str(x), str(y)
        for edge, (axis, far) in _EDGES.items():
            if edge in motion.points:
                label = self._cut(self._placed((label, at_x, at_y)), axis, far, meeting.line(motion, edge))
                at_x = at_y = "0"
        if "x" in motion.points:
            at_x = f"{at_x}+{self._pixels('x', meeting.line(motion, 'x'))}"
        if "y" in motion.points:
            at_y = f"{at_y}+{self._pixels('y', meeting.line(motion, 'y'))}"
        return label, at_x, at_y

    def _cut(self, label: str, axis: str, far: int, line: Line) -> str:
        """Only what lies before (far) or behind a moving edge: moved out of the frame beyond it, and back."""
        width, height = self._width, self._height
        edge = self._pixels(axis, line)
        if axis == "x":
            pad, window = f"{2 * width}:{height}:{width * far}:0", f"{width}:{height}:x='{edge}':y=0"
            back = (f"{edge}-{width * far}", "0")
        else:
            pad, window = f"{width}:{2 * height}:0:{height * far}", f"{width}:{height}:x=0:y='{edge}'"
            back = ("0", f"{edge}-{height * far}")
        kept = self._chain(f"[{label}]pad={pad}:color=black@0,crop={window}")
        return self._placed((kept, *back))

    def _placed(self, part: tuple[str, str, str]) -> str:
        """A picture on a transparent frame of its own, for exactly the span's frames."""
        label, x, y = part
        return self._over(self._canvas("black@0", "gbrap"), label, x, y)

    def _picture(self, shown: Shown, fades: list[str]) -> tuple[str, int, int]:
        """A piece with its own opacity and fades, on the span's clock; where it lies."""
        piece = shown.piece
        steps = [step for step in (*_own_fades(shown, self._span.frames, self._film.rate), *fades) if step]
        if piece.still:
            path, x, y = self._stills[piece]
            # One picture stands as long as it is not changed; what changes it needs a stream of it.
            stream = f",loop=loop=-1:size=1,settb={self._film.rate.den}/{self._film.rate.num},setpts=N" if steps else ""
            words = ["-f", "image2", "-pattern_type", "none", "-framerate", self._hertz, "-i", argv.file(path)]
            begin = f"[{self._input(words)}:v:0]null{stream}"
        else:
            arranged = self._arranged(piece)
            begin, (x, y) = self._video(shown, still_moves=bool(steps)), arranged.turned_at
            if arranged.rotation:
                width, height = arranged.turned_size
                angle = f"{radians(arranged.rotation):.9f}"
                begin += f",format=gbrap,rotate=a={angle}:ow={width}:oh={height}:c=black@0"
        return self._chain(",".join([begin, "format=gbrap", *steps])), x, y

    def _video(self, shown: Shown, still_moves: bool = True) -> str:
        """The chain of a film's picture: on the film's clock, cropped and scaled. Its last frame stands on."""
        piece = shown.piece
        header = self._headers[piece.path]
        arranged = self._arranged(piece)
        first = piece.first + shown.skip
        words = ["-c:v", header.decoder] if header.decoder else []
        earlier, clock = float(PATIENCE / self._film.rate.fraction), "PTS"
        if piece.loop:
            # FFmpeg's own times of a film that begins anew add up what its container rounded: its frames are counted.
            words += ["-stream_loop", "-1"]
            earlier += float(self._film.rate.seconds(first) % piece.loop.seconds)
            clock = f"floor(N*{piece.loop.rate.den * 10**6}/{piece.loop.rate.num}+0.5)"
        elif first:
            words += ["-noaccurate_seek", "-ss", argv.seconds_of(self._film.rate.seconds(first))]
        number = self._input([*words, *argv.SAFE_INPUT, "-i", argv.file(piece.path)])
        begin = f"[{number}:V:0]settb=AVTB,setpts={clock}-{round(earlier * 1e6)}"
        steps = [f"{begin},fps={self._hertz}:round=up:start_time=0"]
        if still_moves:
            steps.append("tpad=stop_mode=clone:stop=-1")
        steps.append(f"trim=end_frame={self._span.frames}")
        x, y, width, height = (round(number) for number in arranged.part)
        if header.stretched:  # to square pixels
            steps.append(f"scale={header.width}:{header.height}:{_SCALER}")
        if (x, y) != (0, 0) or (width, height) != (header.width, header.height):
            steps.append(f"crop={max(width, 1)}:{max(height, 1)}:{max(x, 0)}:{max(y, 0)}:exact=1")
        wide, high = arranged.size
        matrix = f":in_color_matrix={header.matrix}" if header.matrix else ""
        if header.matrix or (width, height) != arranged.size:
            steps.append(f"scale={wide}:{high}:{_SCALER}{matrix}")
        return ",".join([*steps, "setsar=1"])

    def _arranged(self, piece: Piece) -> Arranged:
        header = self._headers[piece.path]
        return arrange(piece.fit, piece.place, (header.width, header.height), self._film.size)

    def _covers(self, shown: Shown) -> bool:
        """Whether nothing can be seen behind it."""
        piece = shown.piece
        if piece.still or not piece.plain or self._headers[piece.path].alpha:
            return False
        arranged = self._arranged(piece)
        return (arranged.x, arranged.y, arranged.size, arranged.rotation) == (0, 0, self._film.size, 0)

    def _pixels(self, axis: str, line: Line) -> str:
        """A line in shares of the frame as whole pixels, by the clock: filters count frames from 0 or from 1."""
        whole = self._width if axis == "x" else self._height
        rate = self._film.rate
        return f"floor({line[0] * whole:.9f}+{line[1] * whole:.9f}*round(t*{rate.num}/{rate.den})+0.5)"

    def _canvas(self, color: str, kind: str) -> str:
        frames = f"trim=end_frame={self._span.frames}"
        return self._chain(f"color=c={color}:s={self._width}x{self._height}:r={self._hertz},format={kind},{frames}")

    def _over(self, under: str, label: str, x: str, y: str) -> str:
        place = f"x='{x}':y='{y}'"
        return self._chain(f"[{under}][{label}]overlay={place}:format=gbrp:alpha=straight:eof_action=repeat")

    def _input(self, words: list[str]) -> int:
        self.inputs += words
        self._count += 1
        return self._count - 1

    def _chain(self, steps: str) -> str:
        label = f"l{self._labels}"
        self._labels += 1
        self.chains.append(f"{steps}[{label}]")
        return label


# As scene films are written (their pixels' shape is not named), so that both can be joined.
_TO_FILM = f"{argv.TO_YUV},format=yuv420p,{argv.SET_COLOR},setsar=0"
_TO_PRORES = f"{argv.TO_YUV},format=yuva444p10le,{argv.SET_COLOR},setsar=0"


def _own_fades(shown: Shown, frames: int, rate: Rate) -> list[str]:
    piece, skip = shown.piece, shown.skip
    steps = [_fade(piece.opacity, 0.0, frames, rate)]
    if piece.fade_in:
        slope = (1 - piece.fade_in_from) / piece.fade_in
        steps.append(_fade(piece.fade_in_from + skip * slope, slope, frames, rate))
    if piece.fade_out:
        slope = (1 - piece.fade_out_to) / piece.fade_out
        steps.append(_fade(piece.fade_out_to + (piece.frames - skip) * slope, -slope, frames, rate))
    return steps


def _fade(start: float, slope: float, frames: int, rate: Rate) -> str:
    """Alpha times a line, held to 0 … 1. Empty where nothing changes."""
    if min(start, start + slope * (frames - 1)) >= 1:
        return ""
    if not slope:
        return f"colorchannelmixer=aa={max(start, 0.0):.6f}"
    return _faded("in" if slope > 0 else "out", start, slope, "alpha=1", rate)


def _tint(start: float, slope: float, color: str, frames: int, rate: Rate) -> str:
    """Colours mixed with `color` by a line, held to 0 … 1; alpha as it is."""
    if max(start, start + slope * (frames - 1)) <= 0:
        return ""
    # FFmpeg counts what is left of the picture.
    kind, what = ("out" if slope > 0 else "in"), f"color=0x{color.lstrip('#')[:6]}"
    return _faded(kind, 1 - start, -slope, what, rate)


def _faded(kind: str, start: float, slope: float, what: str, rate: Rate) -> str:
    """FFmpeg's `fade` as any straight line: it reads the clock, so the clock is moved to where the line begins."""
    begins = -start / slope if slope > 0 else (1 - start) / slope
    shift = max(0, ceil(-begins))
    st, d = (begins + shift) / float(rate), 1 / abs(slope) / float(rate)
    fade = f"fade=t={kind}:st={st:.6f}:d={d:.6f}:{what}"
    return f"setpts=PTS+{shift},{fade},setpts=PTS-{shift}" if shift else fade
