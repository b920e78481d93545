"""A TCP proxy that passes everything on late, as a far network does: each way takes half of the round trip."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any


class DelayingProxy:
    """Listens on a free port of this machine while the block lasts; `port` is where."""

    def __init__(self, target_port: int, round_trip: float) -> None:
        self.target_port, self.each_way = target_port, round_trip / 2
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="delaying proxy", daemon=True)
        self.port = 0

    def __enter__(self) -> "DelayingProxy":
        self._thread.start()
        server = self._run(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target_port)
        try:
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        except asyncio.CancelledError:
            pass  # the block ends while a connection is open; asyncio would tell of it as of a failure
        finally:
            back.close()
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Each piece leaves when its time has come; more may come in meanwhile, for a delay is no narrow line."""
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def read() -> None:
            data = b"-"
            while data:
                try:
                    data = await reader.read(1 << 16)
                except OSError:
                    data = b""
                waiting.put_nowait((self._loop.time() + self.each_way, data))

        async def write() -> None:
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not data or writer.is_closing():
                    break
                writer.write(data)
            writer.close()

        await asyncio.gather(read(), write())

    async def _end(self) -> None:
        ending = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)  # else the loop stops before they have ended
