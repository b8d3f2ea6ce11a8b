"""What the tests of edges and of exact words share."""

from __future__ import annotations

import re
from typing import Any, TypeVar

__all__ = ["noted", "table"]

Answer = TypeVar("Answer")


def noted(seen: list[Any], what: object, answer: Answer) -> Answer:
    """Write down what a function was asked, in a list, and answer for it."""
    seen.append(what)
    return answer


def table(html: str) -> tuple[str, dict[str, str]]:
    """The caption of a table of facts, and the facts by name."""
    caption = re.findall(r"<caption[^>]*>(.*?)</caption>", html)
    return caption[0], dict(re.findall(r'<th scope="row"[^>]*>(.*?)</th><td[^>]*>(.*?)</td>', html))
