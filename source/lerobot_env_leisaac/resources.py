"""Where the files that ship with the package stand, in a wheel and in a source checkout."""

from pathlib import Path

PACKAGE_DIR = Path(__file__).resolve().parent
CHECKOUT_DIR = PACKAGE_DIR.parents[1]


def config_dir() -> Path:
    """Return the folder of the YAML files that users edit.

    A wheel carries it inside the package; a source checkout, editable installs included, has it at the repository root.

    Raises:
        FileNotFoundError: The folder is in neither place; the message names both.
    """
    return _first_existing("config")


def extension_dir() -> Path:
    """Return the folder to add to Isaac Sim's extension search paths: the one that holds `extension.toml`.

    Raises:
        FileNotFoundError: The manifest is in neither place; the message names both.
    """
    return _first_existing("extension.toml").parent


def packaged_checkpoints() -> dict[str, Path]:
    """Return the folders of the policies that ship with the package, by the word that stands for each.

    ``packaged`` is the SmolVLA; a policy in a folder NAME beside it is ``packaged-NAME``.
    """
    folders = [folder for folder in (PACKAGE_DIR / "policies" / "packaged").glob("*") if folder.is_dir()]
    words = {"packaged" if folder.name == "smolvla" else f"packaged-{folder.name}": folder for folder in folders}
    return dict(sorted(words.items()))


def _first_existing(name: str) -> Path:
    """Return `name` inside the package (wheel) or at the repository root (source checkout)."""
    places = (PACKAGE_DIR / name, CHECKOUT_DIR / name)
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(
        f"'{name}' of lerobot_env_leisaac is missing, looked for {places[0]} and {places[1]}: reinstall the package"
    )
