"""Put a picture where a notebook shows its answers; in a script, do nothing."""

from __future__ import annotations

import io
import sys
from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from symphase.errors import InputError
from symphase.plots.style import check_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["show"]


def show(axes: Axes, words: str = "") -> None:
    """Show a picture below the cell of a notebook, with its description; do nothing where there is no notebook.

    A figure of this package belongs to nobody, so a notebook does not show it by itself.  The same lines then run as a
    notebook and as a script.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        What a function of this module returned.
    words : str
        What the picture shows, for those who cannot see it: the answer of its ``describe_…`` function.

    Returns
    -------
    None

    Raises
    ------
    InputError
        For axes that belong to no figure.

    Examples
    --------
    >>> from symphase.plots import new_axes
    >>> show(new_axes(4, 3), "an empty frame")  # outside of a notebook: nothing
    """
    check_words(words=words)
    if not hasattr(axes, "get_figure"):
        raise InputError("axes", axes, "must be Axes of matplotlib", "give what a function of symphase.plots returned")
    figure = axes.get_figure(root=True)
    if figure is None:
        raise InputError("axes", axes, "belong to no figure", "give axes that a function of symphase.plots returned")
    ipython = sys.modules.get("IPython")  # where it was not imported, nobody waits for a picture
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or not hasattr(shell, "kernel"):  # a terminal shows no pictures
        return
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", dpi=150, metadata={"Date": None, "Creator": None})
    address = f"data:image/svg+xml;base64,{b64encode(buffer.getvalue()).decode('ascii')}"
    picture = f'<img src="{address}" alt="{escape(words)}" style="max-width:100%;height:auto;background:#fff">'
    shell.display_pub.publish(data={"text/html": picture, "text/plain": words or repr(figure)})
