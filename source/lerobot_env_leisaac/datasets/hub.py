"""Upload a dataset to the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import whoami
from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError
from lerobot.datasets.lerobot_dataset import LeRobotDataset

_UPLOADED = ("meta/**", "data/**", "videos/**", "README.md")
"""What of a folder is the dataset; beside it may lie a recording that goes on, and decoded frames of many gigabytes."""


def require_login() -> None:
    """Refuse to begin what is to be uploaded where nobody is logged in.

    Raises:
        PermissionError: The Hub knows no user here.
        ConnectionError: The Hub cannot be reached.
    """
    try:
        whoami()
    except (LocalTokenNotFoundError, HfHubHTTPError) as error:
        raise PermissionError(
            f"the Hugging Face Hub knows no user here ({type(error).__name__}): run `hf auth login` for --push-to-hub"
        ) from error
    except OSError as error:
        raise ConnectionError(
            f"the Hugging Face Hub cannot be reached ({type(error).__name__}): record without --push-to-hub"
        ) from error


def push(root: Path, repo_id: str) -> str:
    """Upload a dataset and return its address.

    Args:
        root: Directory of the dataset.
        repo_id: Repository, ``user/name``.
    """
    LeRobotDataset(repo_id, root=root).push_to_hub(allow_patterns=list(_UPLOADED))
    return f"https://huggingface.co/datasets/{repo_id}"
