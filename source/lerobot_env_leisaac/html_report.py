"""Reports of one HTML file: text, tables, plots and images, with nothing to fetch beside it.

matplotlib, a second of imports, is loaded when a plot is made: who only plays makes none.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np

from .writable import replaced

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = ("#2563eb", "#f97316", "#16a34a", "#9333ea", "#dc2626", "#0891b2")
"""Colours of lines and bars, in order."""

_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#9ca3af",
    "axes.grid": True,
    "axes.labelsize": 9,
    "axes.prop_cycle": f"cycler(color={COLORS})",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "grid.color": "#e5e7eb",
    "xtick.color": "#6b7280",
    "xtick.labelsize": 8,
    "ytick.color": "#6b7280",
    "ytick.labelsize": 8,
}

_TEMPLATE = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
).get_template("html_report.html.jinja")


def subplots(rows: int = 1, columns: int = 1, *, size: tuple[float, float], **options: Any) -> tuple[Figure, Any]:
    """Make a figure and its axes in the style of the reports; pyplot and its global state stay untouched.

    Args:
        rows: Rows of axes.
        columns: Columns of axes.
        size: Width and height of the figure [inch]; a report is 11 inches wide.
        options: What else matplotlib's `Figure.subplots` takes.

    Returns:
        The figure, and its axes as `Figure.subplots` returns them.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        return figure, figure.subplots(rows, columns, **options)


def panels(count: int, *, width: float, height: float, columns: int = 3, **options: Any) -> tuple[Figure, np.ndarray]:
    """Make a figure with a panel for each of several things, in rows; places that are left over show nothing.

    Args:
        count: How many things they are.
        width: Width of the figure [inch].
        height: Height of a row [inch].
        columns: Panels in a row.
        options: What else :func:`subplots` takes.

    Returns:
        The figure, and its axes by row and column.
    """
    rows = -(-count // columns)
    figure, grid = subplots(rows, columns, size=(width, height * rows), squeeze=False, **options)
    for axes in grid.flat[count:]:
        axes.set_visible(False)
    return figure, grid


@dataclass(frozen=True)
class _Block:
    """One piece of a report; the template knows what to do with each kind."""

    kind: str
    content: Any
    caption: str = ""


class HtmlReport:
    """A report that is put together piece by piece, then written as one file.

    Text is escaped. A table's cell that says only ok, warning, error, success or failure is shown as a coloured badge.
    """

    def __init__(self, title: str, subtitle: str = ""):
        self.title = title
        self.subtitle = subtitle
        self._blocks: list[_Block] = []

    def heading(self, text: str) -> None:
        """Begin a section."""
        self._blocks.append(_Block("heading", text))

    def text(self, text: str) -> None:
        """Add a paragraph."""
        self._blocks.append(_Block("text", text))

    def link(self, text: str, file: str) -> None:
        """Add a paragraph that leads to a file, named from where the report stands."""
        self._blocks.append(_Block("link", file, text))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], caption: str = "") -> None:
        """Add a table.

        Args:
            columns: Heads of the columns.
            rows: Cells, as many a row as there are columns; numbers are aligned to the right.
            caption: A line below it.
        """
        self._blocks.append(_Block("table", (columns, rows), caption))

    def figure(self, figure: Figure, caption: str = "") -> None:
        """Add a matplotlib figure, sharp at any zoom."""
        import matplotlib

        file = io.BytesIO()
        with matplotlib.rc_context({"svg.fonttype": "path"}):  # looks the same where a font is missing
            figure.savefig(file, format="svg")
        self._add_image("image/svg+xml", file, caption)

    def image(self, image: np.ndarray, caption: str = "") -> None:
        """Add an image. Shape is (H, W, 3), dtype uint8."""
        import matplotlib.image

        file = io.BytesIO()
        matplotlib.image.imsave(file, image, format="png")
        self._add_image("image/png", file, caption)

    def write(self, path: str | Path) -> None:
        """Write the file.

        Raises:
            OSError: It cannot be written there.
        """
        html = _TEMPLATE.render(title=self.title, subtitle=self.subtitle, blocks=self._blocks)
        with replaced(Path(path)) as file:
            file.write_text(html, encoding="utf-8")

    def _add_image(self, media_type: str, file: io.BytesIO, caption: str) -> None:
        data = base64.b64encode(file.getvalue()).decode()
        self._blocks.append(_Block("image", f"data:{media_type};base64,{data}", caption))
