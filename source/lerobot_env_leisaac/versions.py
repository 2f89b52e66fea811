"""Versions: this package's own, and those of the packages that decide how an episode goes."""

import tomllib
from importlib.metadata import PackageNotFoundError, version

from .resources import extension_dir

_PACKAGES = ("isaaclab", "newton", "warp-lang", "lerobot", "torch", "transformers")


def own_version() -> str:
    """Return this package's version, which `extension.toml` says: the folder alone, installed or not, knows it."""
    manifest = tomllib.loads((extension_dir() / "extension.toml").read_text(encoding="utf-8"))
    return manifest["package"]["version"]


def installed_versions() -> dict[str, str]:
    """Return the versions by package, for reports and metadata; packages that are not installed are left out."""
    versions = {"lerobot_env_leisaac": own_version()}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
