"""The golden table of edits: `golden/edits.json`, one case a line, each on `golden/document_v2.json`.

A case tells an operation, how it was understood, what it made (`after`: the keys that changed; of the tracks those that
changed, the others by their ids) and what takes it back. New cases are written with `op` alone and completed by

    python -m tests.projects.edit_table

which leaves the others as they are. Read what it wrote: that is the test.
"""

import json
from pathlib import Path
from typing import Any

from flatrender.projects import edits, upgrades

Json = dict[str, Any]
GOLDEN = Path(__file__).parent / "golden"
TABLE = GOLDEN / "edits.json"
DOCUMENT: Json = json.loads((GOLDEN / "document_v2.json").read_text("utf-8"))
CASES: list[Json] = json.loads(TABLE.read_text("utf-8"))


def abridged(after: Json) -> Json:
    """What of a document is not as in DOCUMENT."""
    changed = {key: value for key, value in after.items() if key != "tracks" and value != DOCUMENT[key]}
    known = {track["id"]: track for track in DOCUMENT["tracks"]}
    tracks = [track["id"] if track == known.get(track["id"]) else track for track in after["tracks"]]
    return {**changed, "tracks": tracks} if after["tracks"] != DOCUMENT["tracks"] else changed


def completed(case: Json) -> Json:
    """A case with what its operation makes now."""
    applied = edits.apply(upgrades.read(DOCUMENT), case["op"])
    made = {"understood": applied.operation, "after": abridged(applied.document.to_dict()), "inverse": applied.inverse}
    return case if case.keys() >= made.keys() else {"op": case["op"], **made}


if __name__ == "__main__":
    lines = [json.dumps(completed(case), ensure_ascii=False) for case in CASES]
    TABLE.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")
