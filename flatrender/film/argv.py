"""FFmpeg command lines as pure functions: every word that FFmpeg is given is from here, `picture`, `sounding` or
`footage`.

Files are always named `file:…`, so that no name can be taken for an option, a protocol or a pattern. Colour: the
engine's pixels are sRGB, full range; films are BT.709, limited range, and say so (ITU-R BT.709, H.273 code points 1).
"""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from flatrender.core.timing import Rate
from flatrender.film.formats import FORMATS, Format

SAMPLE_RATE = 48_000

# Quiet but for what matters, never reading the terminal, overwriting our own temporary files.
BASE = ("-hide_banner", "-nostdin", "-y", "-loglevel", "warning")
PROGRESS = ("-nostats", "-stats_period", "0.25", "-progress", "pipe:1")
# A stranger's file may name other files or addresses (playlists, concat lists): only containers, only from the disk.
SAFE_INPUT = (
    "-protocol_whitelist",
    "file",
    "-format_whitelist",
    "mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,flv,asf,ogg,wav,mp3,aac,flac,aiff,caf,nut,m4v,ac3,amr,w64,"
    "gif,apng,image2,png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe,webp,png,mjpeg",
)

# One setting for scenes and for films, so that scenes joined by cuts are copied as they are. Measured on a 1080p lower
# third (5 s, two cores): `veryfast` at 17 takes 1.24 s for 122 kB and 34.3 dB (SSIM), `medium` at 18 takes 1.58 s for
# 132 kB and 37.8 dB, `slow` at 18 1.68 s for 132 kB and 38.2 dB; on photographs `medium` needs twice the time of
# `veryfast` and is 0.6 to 1 dB better at the same size. At this quality a second encoding, which films with cross-fades
# go through, cannot be seen. x264's groups of pictures are closed, so any film of it may follow any other.
H264 = ("-c:v", "libx264", "-preset", "medium", "-crf", "18", "-profile:v", "high", "-pix_fmt", "yuv420p")
COLOR_TAGS = ("-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
TO_YUV = "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_inp"
SET_COLOR = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
AAC = ("-c:a", "aac", "-b:a", "192k", "-ar", str(SAMPLE_RATE), "-ac", "2")

# Ending -> codec and container.
SOUND_CODECS = {
    ".m4a": ("-c:a", "aac", "-b:a", "192k", "-f", "ipod", "-movflags", "+faststart"),
    ".flac": ("-c:a", "flac", "-sample_fmt", "s16", "-f", "flac"),
    ".wav": ("-c:a", "pcm_s16le", "-f", "wav"),
}


def file(path: Path) -> str:
    """A file's name that can be taken for nothing else."""
    return f"file:{path.absolute()}"


def hertz(rate: Rate) -> str:
    """A frame rate as FFmpeg reads it."""
    return f"{rate.num}/{rate.den}"


def probe(path: Path) -> list[str]:
    """Lists the packets of the first picture (no cover art) and the first sound on stdout; the streams on stderr."""
    return [
        *("-hide_banner", "-nostdin", *SAFE_INPUT, "-i", file(path)),
        *("-map", "0:V:0?", "-map", "0:a:0?", "-c", "copy", "-f", "framecrc", "pipe:1"),
    ]


def header(path: Path) -> list[str]:
    """Opens a file and ends at once (with an error: it was told to do nothing); the streams on stderr."""
    return ["-hide_banner", "-nostdin", *SAFE_INPUT, "-i", file(path)]


def raw_input(
    width: int, height: int, rate: Rate, *, opaque: bool, planar: bool = False, source: str = "pipe:0"
) -> list[str]:
    """Frames of RGBA bytes, straight alpha, rows without padding. `opaque`: the fourth byte means nothing; `planar`:
    they are Y, Cb, Cr already (BT.709, limited range)."""
    kind = "yuv420p" if planar else "rgb0" if opaque else "rgba"
    return [
        *("-f", "rawvideo", "-pixel_format", kind, "-video_size", f"{width}x{height}"),
        *("-framerate", hertz(rate), "-i", source),
    ]


def encode(
    target: Path,
    width: int,
    height: int,
    rate: Rate,
    format: Format,
    *,
    opaque: bool = False,
    alpha: bool = False,
    background: str = "#000000",
    first: int = 0,
    threads: int | None = None,
    planar: bool = False,
    source: str = "pipe:0",
) -> list[str]:
    """Raw RGBA frames from `source` to one film, or `planar` ones to a film of 4:2:0.

    `opaque`: every pixel covers, so alpha need not be looked at. `alpha`: keep transparency (where the format can);
    otherwise transparent pixels lie over `background`. `first`: number of the first picture of a sequence. For a GIF
    this is the first of three passes (`gif_palette`, `gif` follow): all frames are needed to choose its colours, and
    they do not fit into memory.
    """
    chain = _pixels(width, height, rate, format, opaque=opaque, alpha=alpha and format.alpha, background=background)
    if planar:
        chain = f"[0:v]{SET_COLOR}[out]"
    head = [*BASE, *PROGRESS, *raw_input(width, height, rate, opaque=opaque, planar=planar, source=source)]
    head += ["-filter_complex", chain, "-map", "[out]", "-fps_mode", "passthrough"]
    if threads:
        head += ["-threads", str(threads)]
    return [*head, *_codec(format, rate, alpha=alpha), *_output(target, format, rate, first)]


def _pixels(width: int, height: int, rate: Rate, format: Format, *, opaque: bool, alpha: bool, background: str) -> str:
    begin = "[0:v]"
    if not opaque and not alpha:
        colour = f"color=c=0x{background.lstrip('#')[:6]}:s={width}x{height}:r={hertz(rate)},format=gbrp[under]"
        begin = f"{colour};[under][0:v]overlay=format=gbrp:shortest=1,"
    if format.name in ("png", "gif"):
        kind = {"png": ("rgb24", "rgba"), "gif": ("bgr0", "bgra")}[format.name][alpha]
        return f"{begin}format={kind}[out]"
    steps = []
    if format.even and (width % 2 or height % 2):
        # 4:2:0 has one colour for two by two pixels: the last column and row are doubled, nothing is stretched.
        right, bottom = width % 2, height % 2
        steps.append(f"format={'gbrap' if alpha else 'gbrp'}")
        steps.append(f"pad=w=iw+{right}:h=ih+{bottom},fillborders=right={right}:bottom={bottom}:mode=smear")
    target = {"mov": "yuva444p10le" if alpha else "yuv444p10le", "webm": "yuva420p" if alpha else "yuv420p"}
    steps += [TO_YUV, f"format={target.get(format.name, 'yuv420p')}", SET_COLOR]
    return f"{begin}{','.join(steps)}[out]"


def _codec(format: Format, rate: Rate, *, alpha: bool) -> list[str]:
    if format.name in ("mp4", "scene"):
        # A key frame every two seconds at most: players seek fast.
        return [*H264, "-g", str(max(1, round(2 * float(rate)))), *COLOR_TAGS]
    if format.name == "webm":
        quality = ["-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0", "-deadline", "good", "-cpu-used", "4"]
        # libvpx cannot use alternate reference frames with transparency.
        hidden = ["-auto-alt-ref", "0"] if alpha else []
        return [*quality, "-row-mt", "1", *hidden, *COLOR_TAGS]
    if format.name == "mov":
        bits = ["-alpha_bits", "16"] if alpha else []
        return ["-c:v", "prores_ks", "-profile:v", "4444", *bits, "-vendor", "apl0", *COLOR_TAGS]
    if format.name == "gif":
        return ["-c:v", "ffv1", "-level", "3", "-slices", "4", "-context", "0"]
    return ["-c:v", "png", "-compression_level", "4"]


def _output(target: Path, format: Format, rate: Rate, first: int) -> list[str]:
    if format.name == "png":
        pattern = str(target.absolute()).replace("%", "%%") + "/%06d.png"
        return ["-f", "image2", "-start_number", str(first), f"file:{pattern}"]
    if format.name == "gif":
        return ["-f", "nut", file(target)]
    if format.muxer in ("mp4", "mov"):
        return ["-f", format.muxer, *clock(rate), file(target)]
    return ["-f", format.muxer, file(target)]


def clock(rate: Rate) -> list[str]:
    """For MP4 and MOV: the index at the front, and a clock on which every frame falls on a whole tick.

    The format's own clock of thousandths would round the lengths of tracks (ISO/IEC 14496-12, `mvhd` and `elst`).
    """
    ticks = rate.num
    while ticks < 10_000:
        ticks *= 2
    return ["-movflags", "+faststart", "-video_track_timescale", str(ticks), "-movie_timescale", str(ticks)]


def read_frames(
    path: Path, codec: str | None, first: int, count: int | None, size: tuple[int, int] | None
) -> list[str]:
    """Frames `first` … of a film to stdout as RGBA bytes, straight alpha, exact by number."""
    end = "" if count is None else f":end_frame={first + count}"
    scale = f"w={size[0]}:h={size[1]}:" if size else ""
    # Only libvpx's own decoder gives VP9's transparency back.
    decoder = ["-c:v", "libvpx-vp9"] if codec == "vp9" else []
    return [
        *("-hide_banner", "-nostdin", "-loglevel", "error", *decoder, *SAFE_INPUT, "-i", file(path), "-map", "0:V:0"),
        *("-vf", f"trim=start_frame={first}{end},scale={scale}flags=bicubic+accurate_rnd+full_chroma_int,format=rgba"),
        *("-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"),
    ]


def glimpse(path: Path, codec: str | None, moment: float, size: tuple[int, int], *, alpha: bool) -> list[str]:
    """The first frame from a moment in seconds on to stdout as PNG."""
    decoder = ["-c:v", "libvpx-vp9"] if codec == "vp9" else []
    kind = "rgba" if alpha else "rgb24"
    return [
        *("-hide_banner", "-nostdin", "-loglevel", "error", *decoder, *SAFE_INPUT, "-ss", f"{moment:.6f}"),
        *("-i", file(path), "-map", "0:V:0", "-frames:v", "1"),
        *("-vf", f"scale=w={size[0]}:h={size[1]}:flags=bicubic+accurate_rnd+full_chroma_int,format={kind}"),
        *("-c:v", "png", "-f", "image2pipe", "pipe:1"),
    ]


def read_sound(path: Path, sample_rate: int, channels: int) -> list[str]:
    """The first sound to stdout as 32-bit floats (little-endian, channels interleaved)."""
    return [
        *("-hide_banner", "-nostdin", "-loglevel", "error", *SAFE_INPUT, "-i", file(path), "-map", "0:a:0", "-vn"),
        *("-ar", str(sample_rate), "-ac", str(channels), "-f", "f32le", "-c:a", "pcm_f32le", "pipe:1"),
    ]


def moving_picture(source: Path, target: Path, rate: Rate) -> list[str]:
    """A GIF or an animated PNG as a film: VP9 of its size with its transparency, at a constant rate."""
    webm = FORMATS["webm"]
    return [
        *(*BASE, *PROGRESS, *SAFE_INPUT, "-i", file(source), "-map", "0:V:0", "-map_metadata", "-1"),
        *("-vf", f"fps={hertz(rate)},format=gbrap,{TO_YUV},format=yuva420p,{SET_COLOR}"),
        *(*_codec(webm, rate, alpha=True), "-g", str(key_frames(rate)), "-f", webm.muxer, file(target)),
    ]


def proxy(
    source: Path, target: Path, rate: Rate, *, side: int, sound: bool, holes: bool = False, decoder: str | None = None
) -> list[str]:
    """A small film of any film for previews: H.264 whose shorter side is at most `side`, square pixels, constant rate.
    One with `holes` lies on grey, on which black and white are both seen; `decoder`: the one that knows of them.

    Every half second a key frame and none between (`key_frames`), so that seeking is quick and any of them can be found
    by its number. The index stands at the front.
    """
    grey = "format=gbrap,split[top][low];[low]lutrgb=r=128:g=128:b=128:a=255[grey];[grey][top]overlay=format=gbrp,"
    words = [
        *_small(source, rate, side, sound, decoder, f"{grey if holes else ''}format=yuv420p"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "25", "-profile:v", "high", "-bf", "0"),
        *("-g", str(key_frames(rate)), "-keyint_min", str(key_frames(rate)), "-sc_threshold", "0"),
    ]
    if sound:
        words += ["-c:a", "aac", "-b:a", "128k", "-ar", str(SAMPLE_RATE), "-ac", "2"]
    return [*words, "-f", "mp4", *clock(rate), file(target)]


def holed_proxy(
    source: Path, target: Path, rate: Rate, *, side: int, sound: bool, decoder: str | None = None
) -> list[str]:
    """As `proxy`, through whose holes one sees: VP9, which takes longer."""
    words = [
        *_small(source, rate, side, sound, decoder, f"format=gbrap,{TO_YUV},format=yuva420p,{SET_COLOR}"),
        *("-c:v", "libvpx-vp9", "-crf", "32", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1"),
        *("-auto-alt-ref", "0", "-g", str(key_frames(rate)), *COLOR_TAGS),
    ]
    if sound:
        words += ["-c:a", "libopus", "-b:a", "128k", "-ar", str(SAMPLE_RATE), "-ac", "2"]
    return [*words, "-f", "webm", file(target)]


def _small(source: Path, rate: Rate, side: int, sound: bool, decoder: str | None, pixels: str) -> list[str]:
    scale = f"min(1\\,{side}/min(iw*sar\\,ih))"
    return [
        *(*BASE, *PROGRESS, *(("-c:v", decoder) if decoder else ()), *SAFE_INPUT, "-i", file(source)),
        *("-map", "0:V:0", *(("-map", "0:a:0") if sound else ())),
        *("-map_metadata", "-1", "-map_chapters", "-1", "-vf"),
        f"fps={hertz(rate)},scale=w=max(2\\,trunc(iw*sar*{scale}/2)*2):h=max(2\\,trunc(ih*{scale}/2)*2)"
        f":flags=bicubic,setsar=1,{pixels}",
    ]


def key_frames(rate: Rate) -> int:
    """How many frames of a proxy lie from one key frame to the next."""
    return max(1, round(float(rate) / 2))


def sound_proxy(source: Path, target: Path) -> list[str]:
    """A sound that browsers cannot play, as AAC."""
    return [
        *(*BASE, *PROGRESS, *SAFE_INPUT, "-i", file(source), "-map", "0:a:0", "-vn", "-map_metadata", "-1"),
        *("-c:a", "aac", "-b:a", "160k", "-ar", str(SAMPLE_RATE), "-ac", "2"),
        *("-f", "ipod", "-movflags", "+faststart", file(target)),
    ]


def sheet(film: Path, every: int, columns: int, rows: int, width: int, height: int) -> list[str]:
    """Every `every`-th key frame of a proxy, `width` by `height`, in one picture of RGB bytes on stdout."""
    return [
        *("-hide_banner", "-nostdin", "-loglevel", "error", "-skip_frame", "nokey", *SAFE_INPUT, "-i", file(film)),
        *("-map", "0:V:0", "-an", "-vf"),
        f"select=not(mod(n\\,{every})),scale={width}:{height}:flags=area,tile={columns}x{rows}",
        *("-fps_mode", "passthrough", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"),
    ]


def still(film: Path, seconds: Fraction, width: int, height: int) -> list[str]:
    """The key frame of a proxy at or before a time, as RGB bytes on stdout."""
    return [
        *("-hide_banner", "-nostdin", "-loglevel", "error", "-skip_frame", "nokey", "-noaccurate_seek"),
        *("-ss", seconds_of(seconds), *SAFE_INPUT, "-i", file(film), "-map", "0:V:0", "-an"),
        *("-vf", f"scale={width}:{height}:flags=area", "-frames:v", "1"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"),
    ]


def samples_of(path: Path, sample_rate: int) -> list[str]:
    """The first sound to stdout as one channel of 16-bit integers, little-endian, as far as it can be decoded."""
    return [
        *("-hide_banner", "-nostdin", "-loglevel", "error", *SAFE_INPUT, "-i", file(path), "-map", "0:a:0", "-vn"),
        *("-ar", str(sample_rate), "-ac", "1", "-f", "s16le", "-c:a", "pcm_s16le", "pipe:1"),
    ]


def encode_sound(target: Path, ending: str, sample_rate: int, channels: int) -> list[str]:
    """32-bit float samples from stdin to a sound file of that ending (a key of `SOUND_CODECS`)."""
    return [
        *("-hide_banner", "-y", "-loglevel", "error", "-f", "f32le", "-ar", str(sample_rate)),
        *("-ac", str(channels), "-i", "pipe:0", *SOUND_CODECS[ending], file(target)),
    ]


def gif_palette(frames: Path, palette: Path, size: tuple[int, int] | None = None) -> list[str]:
    """The second pass of a GIF: its 255 colours and transparency, chosen over all frames. `size`: scaled to it."""
    colours = "palettegen=stats_mode=full:reserve_transparent=1"
    return [
        # The palette is one frame at the end: the other output's frames are what can be counted on the way.
        *(*BASE, *PROGRESS, "-i", file(frames), "-filter_complex"),
        *(f"[0:v]{_scaled(size)}split[counted][all];[all]{colours}[palette]", "-map", "[counted]", "-f", "null", "-"),
        *("-map", "[palette]", "-frames:v", "1", "-update", "1", "-c:v", "png", "-f", "image2", file(palette)),
    ]


def gif(frames: Path, palette: Path, target: Path, rate: Rate, size: tuple[int, int] | None = None) -> list[str]:
    """The last pass of a GIF. Its clock ticks in hundredths of a second and players slow down above 50 frames/s."""
    slow = "fps=50," if float(rate) > 50 else ""
    return [
        *(*BASE, *PROGRESS, "-i", file(frames), "-i", file(palette), "-filter_complex"),
        f"[0:v]{slow}{_scaled(size)}null[in];[in][1:v]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle[out]",
        *("-map", "[out]", "-c:v", "gif", "-loop", "0", "-f", "gif", file(target)),
    ]


def _scaled(size: tuple[int, int] | None) -> str:
    return f"scale={size[0]}:{size[1]}:flags=bicubic+accurate_rnd," if size else ""


def concat_list(parts: Iterable[tuple[Path, int]], rate: Rate) -> str:
    """The text of FFmpeg's concat list for films of so many frames each."""
    lines = ["ffconcat version 1.0"]
    for path, frames in parts:
        name = file(path).replace("'", "'\\''")
        # A file says its length in thousandths, too coarse to put the next one's frames on the grid.
        lines += [f"file '{name}'", f"duration {seconds_of(rate.seconds(frames))}"]
    return "\n".join(lines) + "\n"


def join(listing: Path, target: Path, rate: Rate, muxer: str) -> list[str]:
    """Films of equal parameters one after the other, their pictures copied; `listing` holds `concat_list`."""
    return [
        *(*BASE, *PROGRESS, "-f", "concat", "-safe", "0", "-protocol_whitelist", "file", "-i", file(listing)),
        *("-map", "0:v:0", "-c:v", "copy", "-f", muxer, *clock(rate), file(target)),
    ]


def seconds_of(value: Fraction) -> str:
    """Microseconds are FFmpeg's finest time; half of one never moves a frame."""
    return f"{float(value):.6f}"


def samples(time: Fraction) -> int:
    """Whole samples nearest to a time in seconds."""
    return round(time * SAMPLE_RATE)
