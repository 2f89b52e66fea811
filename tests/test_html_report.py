import base64
import io
import re

import numpy as np
import pytest
from matplotlib import image as images

from lerobot_env_leisaac.html_report import HtmlReport, subplots
from lerobot_env_leisaac.writable import require_writable


@pytest.fixture
def html(tmp_path) -> str:
    report = HtmlReport("Policies & <tasks>", "a subtitle")
    report.heading("Results")
    report.text("1 < 2")
    report.table(("outcome", "share"), [("success", 0.5), ("failure", "<b>none</b>")], caption="both")
    figure, panels = subplots(1, 2, size=(6, 2))
    panels[0].plot([1, 2, 3])
    report.figure(figure, caption="a line")
    report.image(np.full((4, 6, 3), (10, 200, 30), np.uint8), caption="green")
    report.write(tmp_path / "report.html")
    return (tmp_path / "report.html").read_text()


def test_text_is_escaped_and_in_order(html):
    assert "Policies &amp; &lt;tasks&gt;" in html and "1 &lt; 2" in html and "&lt;b&gt;none&lt;/b&gt;" in html
    places = [html.index(text) for text in ("a subtitle", "Results", "1 &lt; 2", "both", "a line", "green")]
    assert places == sorted(places)


def test_a_table_marks_outcomes_and_numbers(html):
    assert 'class="badge success">success<' in html
    assert 'class="badge failure">failure<' in html
    assert re.search(r'class="number">0\.5<', html)


def test_figures_and_images_are_inside_the_file(html):
    figure, image = re.findall(r'<img src="data:image/(?:svg\+xml|png);base64,([^"]+)"', html)
    assert b"<svg" in base64.b64decode(figure)
    pixels = images.imread(io.BytesIO(base64.b64decode(image)), format="png")
    assert pixels.shape[:2] == (4, 6)
    np.testing.assert_allclose(pixels[0, 0, :3] * 255, (10, 200, 30), atol=0.5)


def test_a_path_that_cannot_be_written_is_refused(tmp_path):
    require_writable(tmp_path / "report.html")
    for path in (tmp_path / "nowhere" / "report.html", tmp_path):
        with pytest.raises(OSError, match=f"cannot write {path}"):
            require_writable(path)
