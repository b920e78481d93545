"""What the moving pictures of a Lottie show, decoded into the memory shared with the child that draws them."""

from collections.abc import Sequence
from typing import Final, Protocol

from flatrender.core.errors import TooLarge

AHEAD: Final = 2
"""Frames for which moving pictures are decoded before they are drawn."""
MOST_MOVING_BYTES: Final = 1024**3


class MovingPicture(Protocol):
    """A picture of a Lottie that shows another thing at other frames: R, G, B, A, multiplied by alpha.

    `address`: as the Lottie names it. `at(frame)`: the number of what it shows, None where it is not seen.
    `read(number, target)` writes that.
    """

    @property
    def address(self) -> str: ...

    @property
    def size(self) -> tuple[int, int]: ...

    def at(self, frame: float) -> int | None: ...

    def read(self, number: int, target: memoryview) -> None: ...


class Feed:
    """Hands the drawing child what its moving pictures show, a few frames ahead of what it draws.

    `begin`: where in the shared memory its part begins; `bytes`: how long that is. Raises TooLarge.
    """

    def __init__(self, pictures: Sequence[MovingPicture], numbers: list[float], begin: int) -> None:
        self._pictures, self._numbers = pictures, numbers
        sizes = [picture.size[0] * picture.size[1] * 4 for picture in pictures]
        self._places = [begin + AHEAD * sum(sizes[:number]) for number in range(len(sizes))]
        self._sizes = sizes
        self._shown: list[int | None] = [None] * len(pictures)
        self._fed = 0
        self.bytes = AHEAD * sum(sizes)
        if self.bytes > MOST_MOVING_BYTES:
            raise TooLarge("The films in this composition are too many or too large to be drawn at once.")

    def listing(self) -> list[list[str | int]]:
        return [
            [picture.address, *picture.size, place] for picture, place in zip(self._pictures, self._places, strict=True)
        ]

    def fill(self, memory: memoryview) -> list[list[int]]:
        """Decodes for the next frame; returns the pictures that change with it, and their slots."""
        slot, changed = self._fed % AHEAD, []
        for index, picture in enumerate(self._pictures):
            number = picture.at(self._numbers[self._fed])
            if number is None or number == self._shown[index]:
                continue
            begin = self._places[index] + slot * self._sizes[index]
            picture.read(number, memory[begin : begin + self._sizes[index]])
            self._shown[index] = number
            changed.append([index, slot])
        self._fed += 1
        return changed
