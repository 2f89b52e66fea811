"""Versions of the packages that decide how an episode goes."""

from importlib.metadata import version

_PACKAGES = ("lerobot_env_leisaac", "isaaclab", "newton", "warp-lang", "lerobot", "torch", "transformers")


def installed_versions() -> dict[str, str]:
    """Return the installed versions by package, for reports and metadata."""
    return {name: version(name) for name in _PACKAGES}
