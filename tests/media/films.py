"""Films and sounds as strangers send them, made by FFmpeg once per run and small."""

from functools import cached_property
from pathlib import Path

from flatrender.core.process import Limits, run
from flatrender.film.ffmpeg import find_ffmpeg

_PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=4")
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


class Films:
    """Each attribute is a path to a file that is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def plain(self) -> Path:
        """Four seconds of 25 frames, with a tone of which the second half is silent."""
        sound = ("-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*440*t)*lt(t,2)':s=48000:d=4")
        return self._made(
            "plain.mp4", *_PICTURE, *sound, *_H264, "-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart"
        )

    @cached_property
    def cut(self) -> Path:
        """The first half of `plain`'s bytes."""
        path = self.folder / "cut.mp4"
        data = self.plain.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        return path

    @cached_property
    def unfinished(self) -> Path:
        """A film whose list of frames would have come at its end, as a camera that lost its power leaves it."""
        whole = self._made("whole.mov", "-i", str(self.plain), "-c", "copy")
        path = self.folder / "unfinished.mov"
        path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        return path

    @cached_property
    def variable(self) -> Path:
        """A second of 30 frames, then every third of them."""
        source = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=30:d=3", "-vf", "select='lt(n,30)+not(mod(n,3))'")
        return self._made("variable.mp4", *source, "-fps_mode", "vfr", *_H264)

    @cached_property
    def portrait(self) -> Path:
        """A film that is higher than wide, in Matroska, without sound."""
        return self._made("portrait.mkv", "-f", "lavfi", "-i", "testsrc2=s=720x1280:r=30000/1001:d=1", *_H264)

    @cached_property
    def long(self) -> Path:
        """Ninety minutes of small pictures, one a second: one minute of them, ninety times over."""
        minute = self._made("minute.mp4", "-f", "lavfi", "-i", "testsrc=s=64x36:r=1:d=60", *_H264)
        return self._made("long.mp4", "-stream_loop", "89", "-i", str(minute), "-c", "copy")

    @cached_property
    def long_sound(self) -> Path:
        """Ninety minutes of a tone."""
        return self._made("long.flac", "-f", "lavfi", "-i", "sine=300:r=2000:d=5400", "-c:a", "flac")

    @cached_property
    def endless(self) -> Path:
        """Four hours of silence."""
        return self._made("endless.flac", "-f", "lavfi", "-i", "anullsrc=r=400:cl=mono:d=14400", "-c:a", "flac")

    @cached_property
    def holed(self) -> Path:
        """Half a second whose right half is see-through, and red underneath."""
        source = "color=red@0:s=64x36:r=10:d=0.5,format=yuva420p,drawbox=w=32:h=36:color=lime@1:t=fill:replace=1"
        return self._made("holed.webm", "-f", "lavfi", "-i", source, "-c:v", "libvpx-vp9", "-cpu-used", "8")

    @cached_property
    def intermediate(self) -> Path:
        """As `holed`, as editors hand it on: ProRes 4444, with a tone."""
        source = "color=red@0:s=64x36:r=10:d=0.5,format=yuva444p10le,drawbox=w=32:h=36:color=lime@1:t=fill:replace=1"
        sound = ("-f", "lavfi", "-i", "sine=300:d=0.5", "-c:a", "pcm_s16le")
        return self._made(
            "intermediate.mov", "-f", "lavfi", "-i", source, *sound, "-c:v", "prores_ks", "-profile:v", "4444"
        )

    @cached_property
    def voice(self) -> Path:
        """What Chromium's recorder writes: Opus in WebM without a length."""
        sound = ("-f", "lavfi", "-i", "sine=300:d=2", "-c:a", "libopus", "-f", "webm", "-live", "1")
        return self._made("voice.webm", *sound)

    def _made(self, name: str, *words: str) -> Path:
        path = self.folder / name
        done = run(
            [find_ffmpeg(), "-hide_banner", "-loglevel", "error", "-y", *words, str(path)],
            limits=Limits(wall_seconds=120),
        )
        assert done.returncode == 0, done.stderr.decode()
        return path
