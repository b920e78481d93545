"""Names, kinds and types of files: what can be told without opening them, and what people read about them."""

from flatrender.core.errors import TooLarge
from flatrender.core.names import printable
from flatrender.media.models import MediaKind

MAX_IMAGE_BYTES = 64_000_000

# Endings are a guess until the ingest has looked inside; the types are what browsers play as they are.
_FILMS = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "avi": "video/x-msvideo",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "ts": "video/mp2t",
    "mts": "video/mp2t",
    "m2ts": "video/mp2t",
    "flv": "video/x-flv",
    "wmv": "video/x-ms-wmv",
    "3gp": "video/3gpp",
}
_IMAGES = frozenset({"jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "bmp"})
_SOUNDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "mp3": ("audio/mpeg", ("mp3",)),
    "m4a": ("audio/mp4", ("aac",)),
    "mp4": ("audio/mp4", ("aac",)),
    "flac": ("audio/flac", ("flac",)),
    "ogg": ("audio/ogg", ("vorbis", "opus")),
    "oga": ("audio/ogg", ("vorbis", "opus")),
    "opus": ("audio/ogg", ("opus",)),
    "wav": ("audio/wav", ("pcm_s16le", "pcm_u8", "pcm_s24le", "pcm_f32le")),
}


def guess(name: str) -> MediaKind:
    """What a file of that name most likely is."""
    ending = _ending(name)
    if ending in _IMAGES:
        return MediaKind.IMAGE
    return MediaKind.VIDEO if ending in _FILMS else MediaKind.AUDIO


def film_type(name: str) -> str:
    """The type to serve a film as."""
    return _FILMS.get(_ending(name), "application/octet-stream")


def sound_type(name: str, codec: str) -> str | None:
    """The type to serve a sound as; None where browsers may not play it as it is."""
    content_type, codecs = _SOUNDS.get(_ending(name), ("", ()))
    return content_type if codec in codecs else None


def base_key(tenant_id: str, sha256: str) -> str:
    """What the storage keys of a content begin with."""
    return f"media/{tenant_id}/{sha256[:2]}/{sha256}"


def clean_name(file_name: str) -> str:
    """A file's name for people: no folders, no control characters, at most 200 characters."""
    name = printable(file_name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    if len(name) > 200:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem[: 190 - len(suffix)]}{dot}{suffix}" if dot and len(suffix) < 12 else name[:200]
    return name or "file"


def stored_name(name: str, content_type: str) -> str:
    """The name under which a file is read: a picture that moves is stored as the film that was made of it."""
    made = content_type == "video/webm" and film_type(name) != content_type
    return f"{name.rpartition('.')[0] or name}.webm" if made else name


def too_large(name: str, limit: int) -> TooLarge:
    """The error for a file over `limit` bytes."""
    return TooLarge(f"{name} is larger than the {say_bytes(limit)} that may be uploaded.", field="file", limit=limit)


def say_bytes(size: int) -> str:
    """For people: `64 MB`, `1.5 GB`, decimal as on pages."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 1000)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
