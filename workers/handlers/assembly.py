"""A plan's composition as the film's own spec: files on this machine in place of keys, texts drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from flatrender.aftereffects.notes import MOST_CHARACTERS
from flatrender.aftereffects.sound_lane import placed
from flatrender.aftereffects.sounds import LayerSound
from flatrender.core.ids import new_id
from flatrender.core.storage import get_storage
from flatrender.core.timing import Rate
from flatrender.film.arrange import arrange
from flatrender.film.spec import Film, Fit, Loop, Piece, Size, Sound, SoundLane
from flatrender.projects import text_pictures
from flatrender.renders.layers import PictureUse, SoundTrack
from flatrender.renders.planner import Composition, Cut, Plan

MOST_NAMED = 40  # characters of a text that is told of


def film(
    plan: Plan,
    composition: Composition,
    films: Mapping[str, Path],
    scratch: Path,
    heard: Mapping[str, Sequence[LayerSound]] = MappingProxyType({}),
    notes: list[str] | None = None,
) -> Film:
    """The composition as a spec. Only what the wanted range shows or sounds is there. `scratch`: for drawn texts.
    `heard`: what the scenes' own layers sound, by content hash. `notes`: takes what is to be told of the texts.
    """
    told: list[str] = [] if notes is None else notes
    size, window = composition.version.size, plan.window
    scenes = [
        Piece(
            films.get(cut.content_hash, Path()),
            cut.start,
            cut.frames,
            cut.first,
            ours=True,
            fit=Fit("contain"),
            joint=cut.joint,
        )
        for cut in composition.cuts
    ]

    def lane(uses: Sequence[PictureUse]) -> tuple[Piece, ...]:
        return tuple(_piece(use, size, scratch, told) for use in _seen([_bare(use) for use in uses], uses, window))

    return Film(
        rate=Rate(*plan.source.rate),
        size=size,
        frames=plan.length,
        lanes=(
            *(lane(uses) for uses in plan.layers.below),
            () if plan.hidden else _within(scenes, window),
            *(lane(uses) for uses in plan.layers.above),
        ),
        sounds=(
            *(_sounds(track, window) for track in plan.layers.sounds),
            *_scene_sounds(composition.cuts, heard, Rate(*plan.source.rate), window),
        ),
        alpha=composition.version.alpha,
    )


def _scene_sounds(
    cuts: Sequence[Cut], heard: Mapping[str, Sequence[LayerSound]], rate: Rate, window: tuple[int, int]
) -> Iterator[SoundLane]:
    """What the scenes sound. Where two meet by a transition, one is faded out and the other in."""
    found: list[Sound] = []
    for number, cut in enumerate(cuts):
        following = cuts[number + 1].joint if number + 1 < len(cuts) else None
        fades = cut.joint.frames if cut.joint else 0, following.frames if following else 0
        sounds = heard.get(cut.content_hash, ())
        found += placed(sounds, rate, cut.start, cut.frames, first=cut.first, fades=fades)
    if found := [sound for sound in found if sound.start < window[1] and sound.end > window[0]]:
        yield SoundLane(tuple(found))


def _bare(use: PictureUse) -> Piece:
    return Piece(Path(), use.start, use.frames, joint=use.joint)


def _within(pieces: Sequence[Piece], window: tuple[int, int]) -> tuple[Piece, ...]:
    """Those that the window shows; the first of them meets nothing that is left out."""
    kept = [piece for piece in pieces if piece.start < window[1] and piece.end > window[0]]
    if kept and kept[0].joint and kept[0] is not pieces[0]:
        kept[0] = replace(kept[0], joint=None)
    return tuple(kept)


def _seen(bare: Sequence[Piece], uses: Sequence[PictureUse], window: tuple[int, int]) -> list[PictureUse]:
    kept = _within(bare, window)
    starts = {piece.start: piece.joint for piece in kept}
    return [replace(use, joint=starts[use.start]) for use in uses if use.start in starts]


def _piece(use: PictureUse, size: Size, scratch: Path, told: list[str]) -> Piece:
    if use.kind == "text":
        path, fit = _text(use, size, scratch, told), Fit("stretch")
    else:
        path, fit = get_storage().local_path(use.key), use.fit
    return Piece(
        path=path,
        start=use.start,
        frames=use.frames,
        first=use.first,
        loop=Loop(use.loop[0], Rate(*use.loop[1:])) if use.loop else None,
        still=use.kind != "video",
        fit=fit,
        place=use.place,
        opacity=use.opacity,
        fade_in=use.fade_in,
        fade_out=use.fade_out,
        fade_in_from=use.fade_in_from,
        fade_out_to=use.fade_out_to,
        joint=use.joint,
    )


def _text(use: PictureUse, size: Size, scratch: Path, notes: list[str]) -> Path:
    """The text's picture, exactly as large as its place."""
    box = arrange(Fit("stretch"), use.place, size, size).size
    path = scratch / f"text-{new_id()}.png"
    made = text_pictures.drawn(use.text, use.style, box, size[1])
    path.write_bytes(made.picture)
    words = " ".join(use.text.split())
    where = f"“{words if len(words) <= MOST_NAMED else words[: MOST_NAMED - 1].rstrip() + '…'}”"
    if made.missing:
        notes.append(f"{where}: no font has {' '.join(made.missing[:MOST_CHARACTERS])}; their places stay empty.")
    if made.overflow:
        notes.append(f"{where}: the text is longer than its place; what has no room is cut off.")
    return path


def _sounds(track: SoundTrack, window: tuple[int, int]) -> SoundLane:
    sounds = tuple(
        Sound(
            path=get_storage().local_path(use.key),
            start=use.start,
            frames=use.frames,
            first=use.first,
            volume=use.volume,
            fade_in=use.fade_in,
            fade_out=use.fade_out,
            fade_in_from=use.fade_in_from,
            fade_out_to=use.fade_out_to,
            envelope=use.envelope,
            loop=use.loop,
            optional=use.own,
        )
        for use in track.sounds
        if use.start < window[1] and use.start + use.frames > window[0]
    )
    return SoundLane(sounds, track.volume, track.mute, track.solo)
