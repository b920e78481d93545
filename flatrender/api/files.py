"""Files as answers."""

import os

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from flatrender.core.errors import NotFound

_REFUSED = {400: "This range cannot be read.", 416: "The file has no such range."}


class File(FileResponse):
    """A file, in whole or in the ranges that are asked for. What cannot be given is a problem like any other."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await run_in_threadpool(os.path.isfile, self.path):  # cleaned up since its row was read
            raise NotFound("This file is gone.", code="gone")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _REFUSED:
                size = Headers(raw=message["headers"]).get("content-range")
                headers = {"Content-Range": size} if size else None
                raise HTTPException(message["status"], _REFUSED[message["status"]], headers)
            await send(message)

        await super().__call__(scope, receive, answer)
