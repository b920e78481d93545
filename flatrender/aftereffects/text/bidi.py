"""The Unicode bidirectional algorithm (UAX #9, all rules but the deprecated ones): text in, embedding levels out.

A level is even for left-to-right and odd for right-to-left text. Shaping needs levels, not reordered characters:
glyphs are reordered line by line after line breaking (rules L1 and L2). Character classes come from Python's
`unicodedata`.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MAX_DEPTH: Final = 125

_REMOVED: Final = frozenset({"RLE", "LRE", "RLO", "LRO", "PDF", "BN"})
_ISOLATE_STARTS: Final = frozenset({"LRI", "RLI", "FSI"})
_ISOLATES: Final = frozenset({"LRI", "RLI", "FSI", "PDI"})
_NEUTRALS: Final = frozenset({"B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"})
_STRONG_RTL: Final = frozenset({"R", "AL"})
_NEEDS_WORK: Final = frozenset({"R", "AL", "AN", "RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"})

# Unassigned characters in these blocks are right-to-left (DerivedBidiClass.txt, @missing lines).
_UNASSIGNED_RTL: Final = (
    (0x0590, 0x05FF, "R"),
    (0x0600, 0x07BF, "AL"),
    (0x07C0, 0x085F, "R"),
    (0x0860, 0x08FF, "AL"),
    (0xFB1D, 0xFB4F, "R"),
    (0xFB50, 0xFDCF, "AL"),
    (0xFDF0, 0xFDFF, "AL"),
    (0xFE70, 0xFEFF, "AL"),
    (0x10800, 0x10CFF, "R"),
    (0x10D00, 0x10D3F, "AL"),
    (0x10D40, 0x10EBF, "R"),
    (0x10EC0, 0x10EFF, "AL"),
    (0x10F00, 0x10F2F, "R"),
    (0x10F30, 0x10F6F, "AL"),
    (0x10F70, 0x10FFF, "R"),
    (0x1E800, 0x1EC6F, "R"),
    (0x1EC70, 0x1ECBF, "AL"),
    (0x1ECC0, 0x1ECFF, "R"),
    (0x1ED00, 0x1ED4F, "AL"),
    (0x1ED50, 0x1EDFF, "R"),
    (0x1EE00, 0x1EEFF, "AL"),
    (0x1EF00, 0x1EFFF, "R"),
)

# Pairs whose names do not follow LEFT/RIGHT.
_ODD_BRACKETS: Final = {0x0F3A: 0x0F3B, 0x0F3C: 0x0F3D, 0x169B: 0x169C, 0x2993: 0x2994, 0x2995: 0x2996}
# The angle brackets have canonical equivalents, which pair with each other.
_CANONICAL: Final = {"\u2329": "\u3008", "\u232a": "\u3009"}


@dataclass(frozen=True)
class Levels:
    """What the algorithm found for one paragraph."""

    base: int
    """0 for a left-to-right paragraph, 1 for a right-to-left one."""
    levels: tuple[int, ...]
    """One level per character, before L1; characters that X9 removes carry their neighbour's."""
    classes: tuple[str, ...]
    """The characters' original bidi classes, which L1 needs."""


def embedding_levels(text: str, base: int | None = None) -> Levels:
    """Resolves one paragraph. `base` is 0, 1 or None (found from the first strong character, P2 and P3)."""
    return resolve_classes([bidi_class(character) for character in text], base, text)


@lru_cache(maxsize=4096)
def bidi_class(character: str) -> str:
    """The Bidi_Class of a character, with the defaults for unassigned ones."""
    found = unicodedata.bidirectional(character)
    if found:
        return found
    code = ord(character)
    for first, last, default in _UNASSIGNED_RTL:
        if first <= code <= last:
            return default
    return "BN" if (code & 0xFFFE) == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or 0xE0000 <= code <= 0xE0FFF else "L"


def resolve_classes(classes: Sequence[str], base: int | None = None, text: str | None = None) -> Levels:
    """The algorithm over bidi classes alone; `text` gives paired brackets their meaning (N0)."""
    original = tuple(classes)
    if base is None:
        base = _paragraph_level(original)
    if base == 0 and _NEEDS_WORK.isdisjoint(original):
        return Levels(0, (0,) * len(original), original)
    matching = _match_isolates(original)
    explicit, current = _explicit(original, base, matching)
    levels = list(explicit)
    for sequence in _isolating_run_sequences(original, explicit, matching):
        _resolve_sequence(sequence, original, current, explicit, levels, base, matching, text)
    # Removed characters take the level of the one before, so that runs stay whole.
    previous = base
    for index, kind in enumerate(original):
        if kind in _REMOVED:
            levels[index] = previous
        previous = levels[index]
    return Levels(base, tuple(levels), original)


def line_levels(paragraph: Levels, start: int, end: int) -> list[int]:
    """The levels of one line `[start, end)` after L1: separators and the white space before them or at the end at
    base.
    """
    levels = list(paragraph.levels[start:end])
    reset = True
    for index in range(end - 1, start - 1, -1):
        kind = paragraph.classes[index]
        if kind in ("B", "S"):
            levels[index - start] = paragraph.base
            reset = True
        elif kind == "WS" or kind in _ISOLATES or kind in _REMOVED:
            if reset:
                levels[index - start] = paragraph.base
        else:
            reset = False
    return levels


def visual_order(levels: Sequence[int]) -> list[int]:
    """Rule L2: the indices of items with these levels, from left to right."""
    order = list(range(len(levels)))
    if not levels:
        return order
    highest = max(levels)
    lowest_odd = min((level for level in levels if level % 2), default=highest + 1)
    for level in range(highest, lowest_odd - 1, -1):
        index = 0
        while index < len(order):
            if levels[order[index]] < level:
                index += 1
                continue
            stop = index
            while stop < len(order) and levels[order[stop]] >= level:
                stop += 1
            order[index:stop] = order[index:stop][::-1]
            index = stop
    return order


def _paragraph_level(classes: Sequence[str], start: int = 0, end: int | None = None) -> int:
    """P2 and P3: the first strong character outside isolates."""
    depth = 0
    for kind in classes[start:end]:
        if kind in _ISOLATE_STARTS:
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif depth == 0:
            if kind in _STRONG_RTL:
                return 1
            if kind == "L":
                return 0
    return 0


def _match_isolates(classes: Sequence[str]) -> dict[int, int]:
    """BD9: isolate initiator → its PDI, and back."""
    matching: dict[int, int] = {}
    stack: list[int] = []
    for index, kind in enumerate(classes):
        if kind in _ISOLATE_STARTS:
            stack.append(index)
        elif kind == "PDI" and stack:
            start = stack.pop()
            matching[start] = index
            matching[index] = start
    return matching


def _explicit(classes: Sequence[str], base: int, matching: dict[int, int]) -> tuple[list[int], list[str]]:
    """X1 to X8: explicit levels and overrides."""
    levels = [base] * len(classes)
    current = list(classes)
    stack: list[tuple[int, str | None, bool]] = [(base, None, False)]
    overflow_isolates = overflow_embeddings = valid_isolates = 0
    for index, kind in enumerate(classes):
        level, override, _ = stack[-1]
        if kind in ("RLE", "LRE", "RLO", "LRO"):
            levels[index] = level
            higher = (level + 1) | 1 if kind[0] == "R" else (level + 2) & ~1
            if higher <= MAX_DEPTH and not overflow_isolates and not overflow_embeddings:
                stack.append((higher, {"RLO": "R", "LRO": "L"}.get(kind), False))
            elif not overflow_isolates:
                overflow_embeddings += 1
        elif kind in _ISOLATE_STARTS:
            levels[index] = level
            if override:
                current[index] = override
            rtl = kind == "RLI" or (kind == "FSI" and _paragraph_level(classes, index + 1, matching.get(index)) == 1)
            higher = (level + 1) | 1 if rtl else (level + 2) & ~1
            if higher <= MAX_DEPTH and not overflow_isolates and not overflow_embeddings:
                valid_isolates += 1
                stack.append((higher, None, True))
            else:
                overflow_isolates += 1
        elif kind == "PDI":
            if overflow_isolates:
                overflow_isolates -= 1
            elif valid_isolates:
                overflow_embeddings = 0
                while not stack[-1][2]:
                    stack.pop()
                stack.pop()
                valid_isolates -= 1
            level, override, _ = stack[-1]
            levels[index] = level
            if override:
                current[index] = override
        elif kind == "PDF":
            if not overflow_isolates:
                if overflow_embeddings:
                    overflow_embeddings -= 1
                elif not stack[-1][2] and len(stack) > 1:
                    stack.pop()
            levels[index] = stack[-1][0]
        elif kind == "B":
            levels[index] = base
        elif kind != "BN":
            levels[index] = level
            if override:
                current[index] = override
    return levels, current


def _isolating_run_sequences(
    classes: Sequence[str], levels: Sequence[int], matching: dict[int, int]
) -> list[list[int]]:
    """X10: level runs without the removed characters, chained through isolates."""
    runs: list[list[int]] = []
    for index, kind in enumerate(classes):
        if kind in _REMOVED:
            continue
        if runs and levels[runs[-1][-1]] == levels[index]:
            runs[-1].append(index)
        else:
            runs.append([index])
    first = {run[0]: number for number, run in enumerate(runs)}
    sequences: list[list[int]] = []
    for run in runs:
        if classes[run[0]] == "PDI" and run[0] in matching:
            continue  # continues another sequence
        sequence = list(run)
        while classes[sequence[-1]] in _ISOLATE_STARTS and sequence[-1] in matching:
            sequence.extend(runs[first[matching[sequence[-1]]]])
        sequences.append(sequence)
    return sequences


def _resolve_sequence(
    sequence: list[int],
    original: Sequence[str],
    current: Sequence[str],
    explicit: Sequence[int],
    levels: list[int],
    base: int,
    matching: dict[int, int],
    text: str | None,
) -> None:
    """W1 to W7, N0 to N2, I1 and I2 for one isolating run sequence."""
    level = explicit[sequence[0]]
    before = sequence[0] - 1
    while before >= 0 and original[before] in _REMOVED:
        before -= 1
    last = sequence[-1]
    after = last + 1
    while after < len(original) and original[after] in _REMOVED:
        after += 1
    before_level = explicit[before] if before >= 0 else base
    after_level = explicit[after] if after < len(original) else base
    if original[last] in _ISOLATE_STARTS and last not in matching:
        after_level = base
    start = "R" if max(level, before_level) % 2 else "L"
    end = "R" if max(level, after_level) % 2 else "L"
    kinds = [current[index] for index in sequence]
    _weak(kinds, start)
    embedding = "R" if level % 2 else "L"
    if text is not None:
        _brackets(kinds, [text[index] for index in sequence], [original[i] for i in sequence], embedding, start)
    _neutral(kinds, embedding, start, end)
    for index, kind in zip(sequence, kinds, strict=True):
        if level % 2 == 0:
            levels[index] = level + (1 if kind == "R" else 2 if kind in ("AN", "EN") else 0)
        else:
            levels[index] = level + (0 if kind == "R" else 1)


def _weak(kinds: list[str], start: str) -> None:
    """W1 to W7."""
    previous = start
    strong = start
    for index, given in enumerate(kinds):
        kind = given if given != "NSM" else "ON" if previous in _ISOLATES else previous
        kinds[index] = previous = kind
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[index] = "AN"
    for index, kind in enumerate(kinds):
        if kind == "AL":
            kinds[index] = "R"
    for index in range(1, len(kinds) - 1):
        kind, left, right = kinds[index], kinds[index - 1], kinds[index + 1]
        if left == right and ((kind in ("ES", "CS") and left == "EN") or (kind == "CS" and left == "AN")):
            kinds[index] = left
    index = 0
    while index < len(kinds):
        if kinds[index] != "ET":
            index += 1
            continue
        stop = index
        while stop < len(kinds) and kinds[stop] == "ET":
            stop += 1
        touches = (index > 0 and kinds[index - 1] == "EN") or (stop < len(kinds) and kinds[stop] == "EN")
        kinds[index:stop] = ["EN" if touches else "ON"] * (stop - index)
        index = stop
    strong = start
    for index, kind in enumerate(kinds):
        if kind in ("ES", "CS"):
            kinds[index] = "ON"
        elif kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[index] = "L"


def _direction(kind: str) -> str | None:
    """What a resolved type counts as for brackets and neutrals: numbers are right-to-left."""
    return "L" if kind == "L" else "R" if kind in ("R", "EN", "AN") else None


def _brackets(kinds: list[str], characters: list[str], original: list[str], embedding: str, start: str) -> None:
    """BD16 and N0: paired brackets take the direction of what they hold."""
    for opening, closing in _bracket_pairs(kinds, characters):
        inside = {_direction(kinds[index]) for index in range(opening + 1, closing)} - {None}
        if embedding in inside:
            direction = embedding
        elif inside:
            context = start
            for index in range(opening - 1, -1, -1):
                found = _direction(kinds[index])
                if found:
                    context = found
                    break
            direction = context if context != embedding else embedding
        else:
            continue
        for bracket in (opening, closing):
            kinds[bracket] = direction
            for index in range(bracket + 1, len(kinds)):
                if original[index] != "NSM":
                    break
                kinds[index] = direction


def _bracket_pairs(kinds: list[str], characters: list[str]) -> list[tuple[int, int]]:
    """BD16: pairs in the order of their opening bracket; a stack deeper than 63 gives none."""
    pairs: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    closers = _bracket_table()
    closing = set(closers.values())
    for index, given in enumerate(characters):
        if kinds[index] != "ON":
            continue
        character = _CANONICAL.get(given, given)
        if character in closers:
            if len(stack) == 63:
                return []
            stack.append((closers[character], index))
        elif character in closing:
            for depth in range(len(stack) - 1, -1, -1):
                if stack[depth][0] == character:
                    pairs.append((stack[depth][1], index))
                    del stack[depth:]
                    break
    return sorted(pairs)


def _neutral(kinds: list[str], embedding: str, start: str, end: str) -> None:
    """N1 and N2."""
    index = 0
    while index < len(kinds):
        if kinds[index] not in _NEUTRALS:
            index += 1
            continue
        stop = index
        while stop < len(kinds) and kinds[stop] in _NEUTRALS:
            stop += 1
        left = _direction(kinds[index - 1]) if index else start
        right = _direction(kinds[stop]) if stop < len(kinds) else end
        kinds[index:stop] = [left if left is not None and left == right else embedding] * (stop - index)
        index = stop


@lru_cache(maxsize=1)
def _bracket_table() -> dict[str, str]:
    """Bidi_Paired_Bracket: opening → closing. Derived: mirrored characters of the categories Ps and Pe, paired by
    name.
    """
    table = {chr(first): chr(second) for first, second in _ODD_BRACKETS.items()}
    for block in ((0x20, 0x7F), (0x2000, 0x3100), (0xFE00, 0xFFFF)):
        for code in range(*block):
            character = chr(code)
            if unicodedata.category(character) != "Ps" or not unicodedata.mirrored(character):
                continue
            name = unicodedata.name(character)
            try:
                partner = unicodedata.lookup(name.replace("LEFT", "RIGHT"))
            except KeyError:
                continue
            if partner != character:
                table[_CANONICAL.get(character, character)] = _CANONICAL.get(partner, partner)
    return table
