"""Where in a protocol's text something stands, and the caret that shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ionostat.errors import InputError, ProtocolError


@dataclass(frozen=True)
class Place:
    """The characters from `start` to `end` of `text`."""

    text: str
    start: int
    end: int

    def to(self, other: Place) -> Place:
        """From the start of this place to the end of another."""
        return replace(self, end=other.end)

    @property
    def word(self) -> str:
        """What stands there."""
        return self.text[self.start : self.end]

    def caret(self) -> str:
        """The line with carets under the place.

        >>> print(Place("rest 10; wash 1 h", 5, 7).caret())
          rest 10; wash 1 h
               ^^
        """
        begin = self.text.rfind("\n", 0, self.start) + 1
        line = self.text[begin:].split("\n", 1)[0]
        width = max(1, min(self.end, begin + len(line)) - self.start)
        return f"  {line}\n  {' ' * (self.start - begin)}{'^' * width}"


def refusal(message: str, place: Place | None, *, hint: str = "", field: str = "") -> ProtocolError:
    """A `ProtocolError` that shows the place in the text, when there is a text."""
    return ProtocolError(f"{message}\n{place.caret()}" if place else message, hint=hint, field=field)


def refusal_from(error: InputError, place: Place | None) -> ProtocolError:
    """The same complaint, with the place."""
    return refusal(error.message, place, hint=error.hint, field=error.field)
