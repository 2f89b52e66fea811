"""What the documentation shows is so: files, commands, snippets, links, and the site that is built of it."""

import dataclasses
import functools
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lerobot_env_leisaac import cli
from lerobot_env_leisaac.keywords import Keywords

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"
PAGES = sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md")])
EXAMPLE = REPOSITORY / "examples" / "push_cube"
BLOCKS = re.findall(r"```(python|toml)\n(.*?)```", (DOCS / "make_your_own_task.md").read_text(), re.S)


def test_the_walk_through_shows_the_example_as_it_is():
    files = [file.read_text() for file in (EXAMPLE / "pyproject.toml", *sorted(EXAMPLE.rglob("*.py")))]
    shown = [block for _, block in BLOCKS if "CameraSpec(" not in block]
    assert len(shown) >= 5
    for block in shown:
        assert any(block in file for file in files), block


def test_the_reference_has_every_keyword_of_gym_make():
    page = (DOCS / "reference" / "environment.md").read_text()
    table = re.search(r"\| keyword \|.*\n\|---.*\n((?:\|.*\n)+)", page)[1]
    shown = re.findall(r"^\| `(\w+)` \|", table, re.M)
    assert sorted(shown) == sorted(["cfg", *(field.name for field in dataclasses.fields(Keywords))])


def test_its_camera_looks_at_the_workspace():
    import torch
    from isaaclab.utils.math import quat_apply

    from lerobot_env_leisaac.scenes import spec

    names = {"CameraSpec": spec.CameraSpec}
    exec(next(block for _, block in BLOCKS if "CameraSpec(" in block), names)
    camera = names["SIDE"]
    looks = quat_apply(torch.tensor(camera.orientation), torch.tensor((0.0, 0.0, -1.0)))
    # where its axis meets the table
    place = torch.tensor(camera.position) - looks * camera.position[2] / looks[2]
    assert place[:2].tolist() == pytest.approx([0.25, 0.0], abs=0.1)


def command_lines(page: Path) -> Iterator[str]:
    """Yield the shell command lines of a page's blocks, fenced or indented, continued lines joined."""
    text = page.read_text()
    fenced = re.findall(r"^```(?:bash|console|sh)\n(.*?)^```", text, re.M | re.S)
    indented = re.findall(
        r"(?:^    \S.*\n(?:^      +\S.*\n)*)+", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M
    )
    for block in (*fenced, *indented):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            yield from (part.strip() for part in line.split("&&"))


LEISAAC = sorted(
    {
        (page.relative_to(REPOSITORY), line.removeprefix("uv run "))
        for page in PAGES
        for line in command_lines(page)
        if re.match(r"(uv run )?leisaac \w", line)
    }
)


def test_the_pages_show_every_command():
    assert len(LEISAAC) > 50
    assert {line.split()[1] for _, line in LEISAAC} == set(cli._COMMANDS)


@pytest.mark.parametrize(("page", "line"), LEISAAC, ids=lambda value: str(value))
def test_a_command_that_is_shown_is_understood(page, line, monkeypatch, capsys):
    """Parsed by the command's own parser; the command is not run."""

    def inert(command):
        return functools.wraps(command)(lambda *args, **kwargs: 0)

    monkeypatch.setattr(cli, "_COMMANDS", {name: inert(command) for name, command in cli._COMMANDS.items()})
    assert cli.main([word for word in shlex.split(line, comments=True)[1:] if word != "&"]) == 0, (
        capsys.readouterr().err
    )


SCRIPTS = {
    path for page in PAGES for line in command_lines(page) for path in re.findall(r"\b(?:scripts|tests)/[\w/.]+", line)
}


def test_the_scripts_that_are_run_in_pages_are_there():
    assert len(SCRIPTS) > 8
    assert not [path for path in SCRIPTS if not (REPOSITORY / path).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_to_files_lead_somewhere(page):
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text(), flags=re.M | re.S)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"\w+:", link)]
    for link in links:
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            heads = re.findall(r"^#+ (.*)$", target.read_text(), re.M)
            assert anchor in {
                re.sub(r"[^\w\- ]", "", head.lower().replace(".", "-").replace("/", "-")).replace(" ", "-")
                for head in heads
            }, link


def test_the_test_command_is_that_of_the_readme():
    command = (REPOSITORY / ".ci" / "run").read_text().splitlines()[-1]
    assert f"\n    {command}\n" in (REPOSITORY / "README.md").read_text()


def test_the_site_is_built_without_a_warning(tmp_path):
    pytest.importorskip("sphinx")
    process = subprocess.run(
        [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", DOCS, tmp_path],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    commands = (tmp_path / "reference" / "commands.html").read_text()
    assert "--plot-actions" in commands and "How many actions of a predicted chunk" in commands
    assert "predict_chunk" in (tmp_path / "reference" / "api.html").read_text()


README = """
import gymnasium, json
{snippet}
print(json.dumps([list(observation["observation.state"].shape), info["is_success"].tolist()]))
"""


def test_the_python_of_the_readme_runs(tmp_path):
    (snippet,) = re.findall(r"```python\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.S)
    assert snippet in (DOCS / "get_started.md").read_text()
    process = subprocess.run(
        [sys.executable, "-c", README.format(snippet=snippet)], cwd=tmp_path, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr[-3000:]
    assert process.stdout.splitlines() == ["[[2, 6], [false, false]]"], "and it prints nothing of its own"
