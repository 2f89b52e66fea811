"""What the package imports is what it says it needs."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]

NOT_INSTALLED_BY_PIP = {"omni", "_typeshed"}
"""Kit's own modules, and what exists for type checkers alone."""


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", one)[0].lower().replace("_", "-") for one in requirements}


def test_every_import_is_of_a_declared_dependency():
    declared = names(PROJECT["dependencies"]).union(*map(names, PROJECT["optional-dependencies"].values()))
    distributions = packages_distributions()
    undeclared = {}
    for path in (REPOSITORY / "source").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                modules = [node.module]
            for top in {module.partition(".")[0] for module in modules}:
                known = {*sys.stdlib_module_names, "lerobot_env_leisaac", *NOT_INSTALLED_BY_PIP}
                owners = {name.lower().replace("_", "-") for name in distributions.get(top, [])}
                if top not in known and not owners & declared:
                    undeclared[top] = path.name
    assert not undeclared


def test_who_plays_installs_no_more_than_that():
    base = names(PROJECT["dependencies"])
    assert not base & {"accelerate", "viser", "sphinx", "pytest", "wandb"}
    assert "lerobot[dataset]==0.6.1" in PROJECT["dependencies"]
