"""A real name server on a free port: answers TXT questions over UDP from a table."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


@contextmanager
def name_server(records: dict[str, list[str]]) -> Iterator[str]:
    """Serves `records` (name → texts, without a trailing dot); yields `address:port`. The table may change."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(listening, records), daemon=True)
        thread.start()
        host, port = listening.getsockname()
        try:
            yield f"{host}:{port}"
        finally:
            listening.sendto(b"", (host, port))  # wakes the thread, which ends
            thread.join(5)


def _serve(listening: socket.socket, records: dict[str, list[str]]) -> None:
    while True:
        data, asker = listening.recvfrom(4096)
        if not data:
            return
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        asked = question.question[0]
        found = records.get(asked.name.to_text(omit_final_dot=True).lower())
        if found is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif found:
            texts = ['"' + text.replace('"', '\\"') + '"' for text in found]
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "TXT", *texts))
        listening.sendto(answer.to_wire(), asker)
