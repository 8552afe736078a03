"""Errors that say what was given, what was expected and the closest valid name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class IonostatError(Exception):
    """Root of every error that this package raises on purpose."""


class InputError(IonostatError):
    """Something the user gave cannot be used.

    `message` says what was given and expected, `hint` the likely fix, `field` the name or path concerned.
    """

    def __init__(self, message: str, *, hint: str = "", field: str = "") -> None:
        self.message = message
        self.hint = hint
        self.field = field
        super().__init__(f"{message}\n  hint: {hint}" if hint else message)


class UnitError(InputError):
    """A quantity with a missing, unknown or wrong unit."""


class UnknownNameError(InputError):
    """A name that does not exist; says which one was probably meant."""

    def __init__(self, kind: str, name: str, valid: Iterable[str], *, field: str = "") -> None:
        self.name = name
        self.valid = sorted(valid)
        super().__init__(f"unknown {kind} '{name}'", hint=did_you_mean(name, self.valid), field=field or name)


class ProtocolError(InputError):
    """A protocol that cannot be read or applied."""


class CellError(InputError):
    """A cell description that breaks a rule (charge, elimination, second law ...)."""


class CellFileError(CellError):
    """A cell file that cannot be used, with file, line, column and caret."""

    def __init__(self, message: str, *, file: str, line: int, column: int, text: str, hint: str = "") -> None:
        self.file, self.line, self.column = file, line, column
        caret = f"{text}\n{' ' * (column - 1)}^" if text else ""
        shown = f"{file}:{line}:{column}: {message}"
        super().__init__(f"{shown}\n{caret}" if caret else shown, hint=hint, field=f"{file}:{line}")


class NumericalError(IonostatError):
    """A computation that could not be carried out; most such failures are a status, not an error."""


def closest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name that is most like `name`, or None when nothing is near.

    >>> closest("plasma.nak.scale", ["plasma.nka.scale", "bath.K"])
    'plasma.nka.scale'
    """
    names = list(valid)
    folded = {n.lower(): n for n in names}
    near = get_close_matches(name.lower(), folded, n=1, cutoff=0.5)
    return folded[near[0]] if near else None


def did_you_mean(name: str, valid: Iterable[str]) -> str:
    """A hint: the closest name, else the whole list when it is short.

    >>> did_you_mean("cytosl", ["cytosol", "bath"])
    "did you mean 'cytosol'?"
    """
    names = list(valid)
    near = closest(name, names)
    if near is not None:
        return f"did you mean '{near}'?"
    return f"valid names: {', '.join(names)}" if 0 < len(names) <= 12 else ""
