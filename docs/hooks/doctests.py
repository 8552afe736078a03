"""Examples in docstrings are shown as Python sessions: Markdown alone would read `>>>` as a quotation."""

import re
from typing import Any

import griffe

SESSION = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)


class Doctests(griffe.Extension):
    """Fences every `>>>` block of a docstring."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of one module, class, function or attribute before it is rendered."""
        if obj.docstring:
            obj.docstring.value = SESSION.sub(lambda m: f"```pycon\n{m[0]}\n```", obj.docstring.value)
