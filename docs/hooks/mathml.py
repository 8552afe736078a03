"""Formulas become MathML while the site is built, so that a page needs no script and no other host to show them."""

import re
from html import unescape

from latex2mathml.converter import convert

FORMULA = re.compile(r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<latex>.*?)\\[)\]]</(?P=tag)>', re.DOTALL)


def _mathml(match: re.Match[str]) -> str:
    tag = match["tag"]
    display = "block" if tag == "div" else "inline"
    return f"<{tag}>{convert(unescape(match['latex']).strip(), display=display)}</{tag}>"


def on_page_content(html: str, **_: object) -> str:
    """Replace every formula of a page. MkDocs calls this by name, with the page as `html`."""
    return FORMULA.sub(_mathml, html)
