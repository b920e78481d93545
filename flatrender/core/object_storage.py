"""Storage in a bucket that speaks S3: `FLATRENDER_STORAGE=s3://bucket/prefix`.

Credentials, region and endpoint come from the usual `AWS_…` variables (`AWS_ENDPOINT_URL_S3` for other makers' stores).
Every file carries its md5; a copy that does not match what was stored is fetched once more, then refused.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from flatrender.core.errors import BadFile, FlatRenderError, InvalidInput, NotFound, StorageAway, StorageRefused
from flatrender.core.file_cache import FileCache
from flatrender.core.ids import new_id
from flatrender.core.storage import StoredFile, check_key, explain

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

MD5 = "md5"
_CHUNK = 1 << 20
_MOST_KEYS = 10_000
_ABSENT = {"404", "NoSuchKey", "NotFound"}
# Refusals below 500 that ask for patience alone; SlowDown and the like of other makers' stores come with any status.
_BUSY = {"RequestTimeout", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "OperationAborted"}
# Of whoever asks, not of what is asked for: credentials that have run out or are not known, a clock that is wrong.
_UNKNOWN = {
    "ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "RequestTimeTooSkewed", "SignatureDoesNotMatch",
    "TokenRefreshRequired",
}  # fmt: skip
_PROBE_HOLDS = 60.0  # seconds in which a probe that went well is believed


class ObjectStorage:
    """The port `Storage` over a bucket. Raises NotFound for an absent key, StorageAway when the store is away,
    StorageRefused when it answers and refuses."""

    def __init__(self, bucket: str, prefix: str, cache: FileCache) -> None:
        self._bucket, self._prefix, self._cache = bucket, prefix.strip("/"), cache
        self._keys: dict[Path, str] = {}
        self._probe_key = f"probes/{new_id()}"
        self._probed_at: float | None = None

    @classmethod
    def at(cls, address: str, cache: FileCache) -> "ObjectStorage":
        """The storage at `s3://bucket/prefix`. Raises InvalidInput for another address."""
        bucket, _, prefix = address.removeprefix("s3://").partition("/")
        if not address.startswith("s3://") or not bucket:
            raise InvalidInput(f"FLATRENDER_STORAGE is {address!r}; give s3://bucket or s3://bucket/prefix.")
        return cls(bucket, prefix, cache)

    @cached_property
    def _client(self) -> "S3Client":
        import boto3
        from botocore.config import Config

        # One bucket in one region; nothing waits for ever for a store that the network has lost.
        config = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 4, "mode": "standard"})
        return boto3.client("s3", config=config)

    def put_file(self, source: Path, key: str, on_bytes: Callable[[int], None] | None = None) -> None:
        """Copies `source` under `key`. `on_bytes`: see `core.storage`."""
        given = {"Metadata": {MD5: _md5_of(source)}}
        with self._said(key):
            self._client.upload_file(str(source), self._bucket, self._name(key), ExtraArgs=given, Callback=on_bytes)

    def link_file(self, source: Path, key: str) -> None:
        """As `put_file`: a bucket shares nothing with this machine's disk."""
        self.put_file(source, key)

    def put_bytes(self, data: bytes, key: str) -> None:
        """Stores `data` under `key`."""
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        with self._said(key):
            self._client.put_object(Bucket=self._bucket, Key=self._name(key), Body=data, Metadata={MD5: digest})

    def open(self, key: str) -> BinaryIO:
        """The file under `key`, for reading."""
        return cast(BinaryIO, self.local_path(key).open("rb"))

    def local_path(self, key: str) -> Path:
        """A copy of `key` on this machine; it may not be changed. Raises BadFile when it arrives damaged twice."""
        name, md5 = self._copy_of(key)
        path = self._cache.get(name, lambda path: self._fetch(key, path, md5))
        if len(self._keys) > _MOST_KEYS:
            self._keys.clear()
        self._keys[path] = key
        return path

    def key_of(self, path: Path) -> str | None:
        """The key of a path that `local_path` gave lately; None for any other."""
        return self._keys.get(path)

    def hold(self) -> AbstractContextManager[None]:
        """While it is entered, the copies that this thread gets stay."""
        return self._cache.hold()

    def forget(self, key: str) -> None:
        """Removes this machine's copy."""
        self._cache.forget(self._copy_of(key)[0])

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except NotFound:
            return False
        return True

    def size(self, key: str) -> int:
        """Bytes under `key`."""
        return self._head(key)["ContentLength"]

    def delete(self, key: str) -> None:
        """Removes `key`; an absent one is no error."""
        with self._said(key):
            self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def delete_old(self, key: str, before: float) -> bool:
        """Removes `key` unless it was put there anew since `before`, seconds of the epoch; whether it did."""
        with suppress(NotFound), self._said(key):
            if self._head(key)["LastModified"].timestamp() < before:
                self._client.delete_object(Bucket=self._bucket, Key=self._name(key))
                return True
        return False

    def files(self, folder: str) -> Iterator[StoredFile]:
        """All files whose keys begin with `folder`/, in no order."""
        prefix = self._name(folder) + "/"
        skip = len(self._prefix) + 1 if self._prefix else 0
        with self._said(folder):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
                for found in page.get("Contents", ()):
                    yield StoredFile(found["Key"][skip:], found["Size"], found["LastModified"].timestamp())

    def sweep(self, before: float) -> int:
        """Ends uploads that nobody has continued since `before`, seconds of the epoch; how many."""
        swept, own = 0, f"{self._prefix}/" if self._prefix else ""
        with self._said(""):
            for page in self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket):
                for upload in page.get("Uploads", ()):
                    key = upload["Key"]
                    if key.startswith(own) and upload["Initiated"].timestamp() < before:
                        self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload["UploadId"])
                        swept += 1
        return swept

    def probe(self) -> None:
        """Writes, sees and removes a file, as whoever renders must be able to. A store may answer and refuse one of it:
        credentials that only read, a policy, a quota, a key of its encryption."""
        name = self._name(self._probe_key)
        with self._said(self._probe_key):
            self._client.put_object(Bucket=self._bucket, Key=name, Body=b"")
            self._client.head_object(Bucket=self._bucket, Key=name)
            self._client.delete_object(Bucket=self._bucket, Key=name)
        self._probed_at = time.monotonic()

    def _head(self, key: str) -> "HeadObjectOutputTypeDef":
        """What the store says of a file without sending it.

        To who may not list the bucket Amazon says 403 of an absent file, as to who may not read of any. Who can see
        what it put there itself may read.
        """
        try:
            with self._said(key):
                return self._client.head_object(Bucket=self._bucket, Key=self._name(key))
        except StorageRefused as error:
            if error.details.get("http_status") != 403:
                raise
            if self._probed_at is None or time.monotonic() - self._probed_at > _PROBE_HOLDS:
                self.probe()
            raise _gone() from error

    def _copy_of(self, key: str) -> tuple[str, str | None]:
        """What the copy of the version under `key` is called here, and its md5. Another version is another copy."""
        head = self._head(key)
        name = hashlib.sha256(f"{key}\0{head['ETag']}".encode()).hexdigest()[:40] + Path(key).suffix[:10]
        return name, head["Metadata"].get(MD5)

    def _fetch(self, key: str, path: Path, md5: str | None) -> None:
        for _ in range(2):
            with self._said(key), path.open("wb") as out:
                body = self._client.get_object(Bucket=self._bucket, Key=self._name(key))["Body"]
                digest = _copy(body.read, out)
            if md5 is None or digest == md5:
                return
        raise BadFile(
            f"The stored file {Path(key).name} is damaged: it is not what was put there.", code="damaged-file"
        )

    def _name(self, key: str) -> str:
        check_key(key)
        return f"{self._prefix}/{key}" if self._prefix else key

    @contextmanager
    def _said(self, key: str) -> Iterator[None]:
        """The store's errors as ours."""
        from boto3.exceptions import S3UploadFailedError
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

        try:
            yield
        except ClientError as error:
            raise _explain(error) from error
        except S3UploadFailedError as error:
            if isinstance(error.__context__, ClientError):  # it keeps the reason in its words alone
                raise _explain(error.__context__) from error
            raise StorageAway("The file storage did not answer; try again in a moment.") from error
        except (BotoCoreError, HTTPClientError) as error:
            raise StorageAway("The file storage did not answer; try again in a moment.") from error
        except OSError as error:
            raise explain(error) from error


def _explain(error: "ClientError") -> FlatRenderError:
    """What the store said, as ours: absent; away, where it would say so of any file (busy, broken, or it does not know
    who asks); or refused."""
    said = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if said.get("Code") in _ABSENT:
        return _gone()
    message = f"The file storage refused: {said.get('Message', error)}"
    if status >= 500 or status == 429 or said.get("Code") in _BUSY | _UNKNOWN:
        return StorageAway(message)
    return StorageRefused(message, http_status=status)


def _gone() -> NotFound:
    return NotFound("That file is no longer there.", code="file-gone")


def _copy(read: Callable[[int], bytes], out: IO[bytes]) -> str:
    """Copies in pieces; the md5 of what came."""
    digest = hashlib.md5(usedforsecurity=False)
    while piece := read(_CHUNK):
        out.write(piece)
        digest.update(piece)
    return digest.hexdigest()


def _md5_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
