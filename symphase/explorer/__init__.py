"""The explorer: one HTML file with a slider over the step size, and linked views.

``record`` computes what is exact on the page, ``story`` chooses the theorem that applies, ``page`` writes the file; the
scripts and the style sheet lie in ``symphase/data``.
"""

from symphase.explorer.page import checked_file, explorer_page, write_explorer

__all__ = ["checked_file", "explorer_page", "write_explorer"]
