"""Settings of the site.  ``build.py`` runs Sphinx with them, on a copy, with every warning an error."""

from __future__ import annotations

import sys
from pathlib import Path

import symphase

sys.path.insert(0, str(Path(__file__).parent))

project = "symphase"
author = "The symphase authors"
project_copyright = "The symphase authors, BSD-3-Clause"
version = release = symphase.__version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "docstrings",
    "mathematics",
]
exclude_patterns = ["*.py", "_*.md", "_build", "**/.ipynb_checkpoints"]
nitpicky = True

# --- text
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_update_mathjax = False
html_math_renderer = "mathml"

# --- notebooks: executed at every build, an error in one is an error of the build
nb_execution_mode = "force"
nb_execution_raise_on_error = False  # a warning with the traceback, which build.py turns into an error
nb_execution_timeout = 150
nb_execution_show_tb = True
nb_merge_streams = True

# --- the reference
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autosummary_generate = False
maximum_signature_line_length = 88
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style"), ("Certainty", "notes_style")]
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

# --- pages: all files are our own or the theme's, none is fetched
smartquotes = False  # "--json" stays what one types

html_theme = "furo"
html_title = f"symphase {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/icon.svg"
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
templates_path: list[str] = []
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5a8f", "color-brand-content": "#0b5a8f"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ee", "color-brand-content": "#7cc4ee"},
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True
