"""A directive that shows the help of a ``leisaac`` command as the command prints it."""

import contextlib
import io
import os
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from lerobot_env_leisaac import cli

_WIDTH = 110
"""Columns of the terminal that the help is written for."""


class CommandHelp(SphinxDirective):
    """``{command-help} play`` shows ``leisaac play --help``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the help as a literal block."""
        text = help_of(self.arguments[0])
        return [nodes.literal_block(text, text, language="none")]


def help_of(command: str) -> str:
    """Return what ``leisaac COMMAND --help`` prints."""
    os.environ["COLUMNS"] = str(_WIDTH)
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        cli.main([command, "--help"])
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).strip()


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive to Sphinx."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": False}
