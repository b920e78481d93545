"""The tracks of a project document as layers: what lies over the scenes, and what is heard. Writes nothing.

A hidden track is not seen; whether it is heard is its mute's business. One that is to be heard alone silences the
others, also while nothing lies on it. Where two clips that sound meet by a transition, the first is faded out and the
second in over the frames that they share. A film clip's fades are of its picture and of its sound alike.
"""

from sqlmodel import Session

from flatrender.core.errors import NotFound
from flatrender.film.spec import Fit, Joint, Place
from flatrender.media import service as media
from flatrender.media.models import Media
from flatrender.projects import items, timeline
from flatrender.projects.items import PICTURES, ImageClip, SoundClip, TextClip, VideoClip
from flatrender.projects.timeline import Document, Placed, Track
from flatrender.renders.layers import Layers, PictureUse, SoundTrack, SoundUse, fit_of


def layers(session: Session, document: Document) -> Layers:
    """Everything beside the scenes. Raises NotFound when a file is gone."""
    length = timeline.film_duration(document)
    below: list[tuple[PictureUse, ...]] = []
    above: list[tuple[PictureUse, ...]] = []
    sounds: list[SoundTrack] = []
    lanes = below
    for track in document.tracks:
        places = timeline.places(track, length)
        if track.kind == "scene":
            lanes = above
        elif track.kind in PICTURES and not track.hidden:
            lanes.append(tuple(_picture(session, placed) for placed in places))
        if track.kind not in ("scene", "image", "text"):
            sounds.append(_sounds(session, track, places))
    return Layers(_filled(below), _filled(above), tuple(track for track in sounds if track.sounds or track.solo))


def joint(placed: Placed) -> Joint | None:
    """How a clip meets the one before it, as the composition takes it."""
    if placed.transition is None:
        return None
    params = placed.transition.params
    return Joint(
        placed.transition.kind,
        placed.overlap,
        params.get("direction", ""),
        params.get("color", Joint.color),
    )


def _filled(lanes: list[tuple[PictureUse, ...]]) -> tuple[tuple[PictureUse, ...], ...]:
    return tuple(lane for lane in lanes if lane)


def _picture(session: Session, placed: Placed) -> PictureUse:
    clip, frames = placed.clip, placed.end - placed.start
    assert isinstance(clip, VideoClip | ImageClip | TextClip)
    key, first, fit, loop = "", 0, Fit(), None
    text, style = "", {}
    if isinstance(clip, TextClip):
        text, style = clip.text, items.written(clip.style)
    else:
        row = _file(session, clip.media)
        key = row.key
        first = clip.offset if isinstance(clip, VideoClip) else 0
        if row.repeats and row.frames and row.rate:
            loop = row.frames, row.rate.num, row.rate.den
        fit = fit_of(items.written(clip.fit))
    return PictureUse(
        kind={VideoClip: "video", ImageClip: "image", TextClip: "text"}[type(clip)],
        start=placed.start,
        frames=frames,
        key=key,
        first=first,
        loop=loop,
        fit=fit,
        place=Place(**items.written(clip.place)),
        opacity=clip.opacity,
        fade_in=clip.fade_in,
        fade_out=clip.fade_out,
        fade_in_from=clip.fade_in_from,
        fade_out_to=clip.fade_out_to,
        joint=joint(placed),
        text=text,
        style=style,
    )


def _sounds(session: Session, track: Track, places: tuple[Placed, ...]) -> SoundTrack:
    found = []
    for number, placed in enumerate(places):
        clip = placed.clip
        if not isinstance(clip, VideoClip | SoundClip) or placed.end <= placed.start:
            continue
        following = places[number + 1].overlap if number + 1 < len(places) else 0
        found.append(
            SoundUse(
                key=_file(session, clip.media).key,
                start=placed.start,
                frames=placed.end - placed.start,
                first=clip.offset,
                volume=clip.volume,
                fade_in=max(clip.fade_in, placed.overlap),
                fade_out=max(clip.fade_out, following),
                fade_in_from=0.0 if placed.overlap else clip.fade_in_from,
                fade_out_to=0.0 if following else clip.fade_out_to,
                envelope=clip.envelope,
                loop=isinstance(clip, SoundClip) and clip.loop,
                own=isinstance(clip, VideoClip),
            )
        )
    return SoundTrack(tuple(found), track.volume, track.mute, track.solo)


def _file(session: Session, media_id: str) -> Media:
    row = media.find(session, media_id)
    if row is None or not row.key:
        raise NotFound("A file that the project uses was deleted; choose another one.", code="media-gone")
    return row
