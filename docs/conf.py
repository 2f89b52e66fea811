"""Configuration of the documentation's site; `make docs` builds it."""

import sys
import tomllib
from pathlib import Path

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS.parent / "source"), str(DOCS / "_extensions")]

project = "lerobot_env_leisaac"
author = "lerobot_env_leisaac contributors"
version = release = tomllib.loads((DOCS.parent / "extension.toml").read_text())["package"]["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "command_help",
]
exclude_patterns = ["_extensions"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# signatures and docstrings are read from the modules; what takes long to import is not needed for that
autodoc_mock_imports = [
    "accelerate",
    "datasets",
    "draccus",
    "huggingface_hub",
    "isaaclab",
    "isaaclab_contrib",
    "isaaclab_newton",
    "isaaclab_tasks",
    "isaaclab_physx",
    "isaaclab_rl",
    "isaaclab_visualizers",
    "lerobot",
    "mujoco_warp",
    "newton",
    "pxr",
    "safetensors",
    "transformers",
    "warp",
]
autodoc_typehints = "none"  # the signature has none: types are long, and the docstrings say shapes and units
autodoc_preserve_defaults = True
autodoc_default_options = {"members": True, "member-order": "bysource"}
napoleon_numpy_docstring = False

html_theme = "sphinx_book_theme"
html_title = "lerobot_env_leisaac"
html_logo = "icon.png"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "use_download_button": False,
    "navbar_persistent": [],
}
html_show_sourcelink = False
html_copy_source = False
