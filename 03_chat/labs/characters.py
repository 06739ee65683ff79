"""What readers take for one character, and how many columns of a terminal it takes."""

import unicodedata
from collections.abc import Iterable


def width(text: str) -> int:
    """Returns how many columns `text` takes."""
    zero = {"Mn", "Me", "Cf"}  # what is added to the character before, or joins two
    return sum(
        1 + (unicodedata.east_asian_width(c) in {"W", "F"})
        for c in text
        if unicodedata.category(c) not in zero
    )


def characters(text: str) -> list[str]:
    """Returns what readers take for characters: each with its accents and joiners."""
    found: list[str] = []
    for c in text:
        if found and (width(c) == 0 or found[-1].endswith("\u200d")):
            found[-1] += c
        else:
            found.append(c)
    return found


def fit(found: Iterable[str], room: int) -> list[str]:
    """Returns as many of the first characters as fit into `room` columns."""
    fitting = []
    for character in found:
        room -= width(character)
        if room < 0:
            break
        fitting.append(character)
    return fitting
