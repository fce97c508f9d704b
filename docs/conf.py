"""Sphinx: `make docs` builds these pages into docs/_build/html."""

project = "Patchbay"
author = "The Patchbay maintainers"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Patchbay"
html_static_path = ["images"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
