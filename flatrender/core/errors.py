"""Errors that a person may see. One root; each carries a stable code, an HTTP status, an exit status and a sentence.

FlatRenderError
├── InvalidInput          422  what was given cannot be used; `field` names the input where there is one
│   ├── BadFile           422  a file is damaged, of the wrong kind, or unsafe
│   └── TooLarge          413  a file, text or request is over its limit
├── NotFound              404  no such thing, or not the caller's to see
├── Forbidden             403  signed in, but not allowed
├── NotSignedIn           401
├── Conflict              409  the state has moved on (revision, duplicate, wrong state)
│   └── Changed           412  it is not what the caller saw, who asked for that to be looked at
├── RateLimited           429  `retry_after` seconds
├── Unavailable           503  a component is missing or did not answer
│   ├── StorageAway       503  the file storage does not answer, asks for patience, or does not know who asks
│   ├── StorageRefused    503  it answers, and refuses: trying again as it is does not help
│   └── NoSpace           507  the disk is full
└── ProcessFailed         500  a child process ended badly; `log` holds its last words
"""


class FlatRenderError(Exception):
    """The root. `message` is one sentence a user understands, with what to do."""

    code = "error"
    status = 500
    exit_status = 1

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field
        self.details = details

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders (engine children): keep the keyword arguments.
        return (_rebuild, (type(self), self.message, self.code, self.field, self.details))


def _rebuild(
    kind: type[FlatRenderError], message: str, code: str, field: str | None, details: dict[str, object]
) -> FlatRenderError:
    error = kind(message, code=code, field=field)
    error.details = details
    return error


class InvalidInput(FlatRenderError):
    code = "invalid-input"
    status = 422
    exit_status = 2


class BadFile(InvalidInput):
    code = "bad-file"


class TooLarge(InvalidInput):
    code = "too-large"
    status = 413


class NotFound(FlatRenderError):
    code = "not-found"
    status = 404
    exit_status = 2


class Forbidden(FlatRenderError):
    code = "forbidden"
    status = 403


class NotSignedIn(FlatRenderError):
    code = "not-signed-in"
    status = 401


class Conflict(FlatRenderError):
    code = "conflict"
    status = 409


class Changed(Conflict):
    code = "changed-meanwhile"
    status = 412


class RateLimited(FlatRenderError):
    code = "rate-limited"
    status = 429


class Unavailable(FlatRenderError):
    code = "unavailable"
    status = 503


class StorageAway(Unavailable):
    code = "storage-away"


class StorageRefused(Unavailable):
    code = "storage-refused"


class NoSpace(Unavailable):
    code = "no-space"
    status = 507


class ProcessFailed(FlatRenderError):
    code = "process-failed"
    status = 500
