import threading

from flatrender.templates import background


def test_calls_run_in_order_off_the_callers_thread_and_survive_an_error() -> None:
    ran: list[str] = []
    threads: set[int] = set()

    def fail() -> None:
        raise RuntimeError("a picture could not be drawn")

    def note(word: str) -> None:
        ran.append(word)
        threads.add(threading.get_ident())

    background.submit(lambda: note("first"))
    background.submit(fail)
    background.submit(lambda: note("second"))
    assert background.finish(10)
    assert ran == ["first", "second"]
    assert threads != {threading.get_ident()}
    assert len(threads) == 1
