import contextlib
import os
import subprocess
import sys
from collections import defaultdict
from importlib import metadata
from pathlib import Path

import pytest

# small tensors and busy cores: a second thread that waits for its core makes a call up to 20 times slower
os.environ.setdefault("OMP_NUM_THREADS", "1")

REPOSITORY = Path(__file__).parents[1]

SHARED = ("recordings", "env", "isaaclab", "installed_wheel", "played")
"""Fixtures of the session that take long: the files that use one go to one of pytest-xdist's workers, and go first."""

LONG = ("test_fold_cloth.py", "test_fold_cloth_commands.py")
"""Files that take minutes each: they go next, so that no worker is left with one of them at the end."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pytest-xdist keep a file together, and with it the files that share what takes long."""
    fixtures = defaultdict(set)
    for item in items:
        fixtures[item.path].update(item.fixturenames)
    shared = {path: next((name for name in SHARED if name in used), None) for path, used in fixtures.items()}
    for item in items:
        item.add_marker(pytest.mark.xdist_group(shared[item.path] or str(item.path.relative_to(REPOSITORY))))
    last = len(SHARED)
    items.sort(
        key=lambda item: SHARED.index(name) if (name := shared[item.path]) else last + (item.path.name not in LONG)
    )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """A freshly built wheel of the package."""
    folder = tmp_path_factory.mktemp("wheel")
    _uv("build", "--wheel", "--quiet", "--out-dir", folder, REPOSITORY)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installed_wheel(wheel, tmp_path_factory) -> Path:
    """A folder with the installed wheel and nothing else; first on PYTHONPATH, it wins over the editable install."""
    folder = tmp_path_factory.mktemp("site")
    _uv("pip", "install", "--quiet", "--no-deps", "--target", folder, wheel)
    return folder


@pytest.fixture(scope="session")
def bare_packages(tmp_path_factory) -> Path:
    """A folder with Gymnasium, what it needs and Kit if it is installed, and nothing else: `python -S` has no more."""
    folder = tmp_path_factory.mktemp("bare")
    for name in ("gymnasium", "numpy", "cloudpickle", "farama-notifications", "typing-extensions", "omniverse-kit"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            files = metadata.distribution(name).files or []
            for top in {Path(file).parts[0] for file in files} - {"..", "__pycache__"}:
                if not (folder / top).exists():
                    (folder / top).symlink_to(metadata.distribution(name).locate_file(top))
    return folder


def _uv(*arguments: str | Path) -> None:
    process = subprocess.run([sys.executable, "-m", "uv", *arguments], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr


@pytest.fixture(scope="session")
def env():
    """The one environment of this process: four sub-environments, small images; other shapes run in subprocesses."""
    import gymnasium as gym

    import lerobot_env_leisaac  # noqa: F401

    env = gym.make("LeIsaac-SO101-LiftCube-SmolVLA-v0", num_envs=4, image_size=(96, 128), seed=0, device="cpu")
    yield env
    env.close()
