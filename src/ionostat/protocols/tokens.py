"""A protocol's text cut into words, numbers and marks, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ionostat.protocols.places import Place, refusal
from ionostat.protocols.quantities import NUMBER

Kind = Literal["number", "mark", "word", "end"]

_INSIDE = r"(?:[\w./^·()°%]|-(?=\d)|\*(?=[A-Za-z.]))*"
_TOKEN = re.compile(
    rf"(?P<space>[^\S\n]+|\#[^\n]*)|(?P<number>{NUMBER})|(?P<mark>->|→|[=,;:\n*×])|(?P<word>(?:[^\W\d]|[/%°(]){_INSIDE})"
)
_MARKS = {"→": "->", "×": "x", "*": "x", "\n": ";"}


@dataclass(frozen=True)
class Token:
    """A piece of text: what kind, how it reads (marks in their plain form), and where."""

    kind: Kind
    text: str
    place: Place

    @property
    def word(self) -> str:
        """The text in lower case, as keywords are compared."""
        return self.text.lower()


def tokens(text: str) -> list[Token]:
    """The pieces of a protocol; a `#` starts a comment, and a new line separates steps as `;` does.

    >>> [token.text for token in tokens("bath.K → 8mM over 10 min  # slowly")]
    ['bath.K', '->', '8', 'mM', 'over', '10', 'min', '']
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        place = Place(text, at, match.end() if match else at + 1)
        if match is None:
            raise refusal(f"cannot read '{text[at]}' here", place, hint="steps look like 'bath.K = 8 mM for 30 min'")
        if match["number"]:
            found.append(Token("number", match[0].replace("−", "-"), place))
        elif match["mark"]:
            found.append(Token("mark", _MARKS.get(match[0], match[0]), place))
        elif match["word"]:
            found.append(Token("word", match[0], place))
        at = match.end()
    end = len(text.rstrip())
    return [*found, Token("end", "", Place(text, end, end))]
