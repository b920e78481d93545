"""What a scene's layers sound, mixed for the studio's preview: the film's mix of them, as a small file."""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flatrender.aftereffects.sound_lane import placed
from flatrender.aftereffects.sounds import LayerSound
from flatrender.core.process import Limits
from flatrender.core.timing import Rate
from flatrender.film import argv, sounding
from flatrender.film.compose import composed
from flatrender.film.ffmpeg import run_quick
from flatrender.film.spec import Film, SoundLane

MEDIA_TYPE: Final = "audio/mp4"
_AAC: Final = ("-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart", "-f", "mp4")
_LIMITS: Final = Limits(memory_bytes=2 << 30, wall_seconds=60)
_NO_SIZE: Final = (2, 2)


def mark_of(sounds: Sequence[LayerSound]) -> str | None:
    """A name for just these sounds, None for none: another one means that something else is heard."""
    if not sounds:
        return None
    facts = [sound.to_wire() | {"changed": _changed(sound.path)} for sound in sounds]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:24]


def mixed(sounds: Sequence[LayerSound], rate: Rate, frames: int) -> bytes:
    """The sounds of a scene from its time 0 on. Raises NotFound, BadFile, ProcessFailed, NoSpace."""
    film = Film(rate, _NO_SIZE, frames, (), (SoundLane(placed(sounds, rate, 0, frames)),))
    with tempfile.TemporaryDirectory(prefix="flatrender-sound-") as name:
        folder = Path(name)
        out = folder / "scene.m4a"
        with composed(film, folder, pictures=False, limits=_LIMITS) as master:
            steps = ["-af", master.chain] if master.chain else []
            words = ["-hide_banner", "-nostdin", "-loglevel", "error", *sounding.mixed(master.sound.path), *steps]
            run_quick([*words, *_AAC, argv.file(out)], doing="mixing the scene's sound")
        return out.read_bytes()


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
