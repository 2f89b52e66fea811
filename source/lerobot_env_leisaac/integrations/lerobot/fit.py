"""What a command line of LeRobot says about the policy, or the data, that an environment is to fit."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from lerobot.configs import parser
from lerobot.datasets.utils import INFO_PATH
from lerobot.utils.constants import HF_LEROBOT_HOME, OBS_IMAGES

from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.json_files import read_json
from lerobot_env_leisaac.policies.audit import EnvironmentFacts, audit
from lerobot_env_leisaac.policies.checkpoint import Checkpoint, open_checkpoint
from lerobot_env_leisaac.policies.features import features_of
from lerobot_env_leisaac.policies.training_data import (
    Declaration,
    TrainingData,
    declared_units,
    find_training_data,
)
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.unit_equality import difference

if TYPE_CHECKING:
    from isaaclab.envs import ManagerBasedRLEnvCfg

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fit:
    """What an environment is to be like.

    Attributes:
        image_sizes: Height and width [px] by camera, None for the camera's own; empty where nothing is known.
        instruction: What the policy is told to do; None where it is not known.
        dataset: Directory of the dataset to train on; None where there is none.
        declaration: Units of states and actions; None where nothing declares them.
        checkpoint: The policy that was read; None where it is still to be trained.
        rename_map: From the environment's names of observations to the policy's.
    """

    image_sizes: Mapping[str, tuple[int, int] | None] = field(default_factory=dict)
    instruction: str | None = None
    declaration: Declaration | None = None
    dataset: Path | None = None
    checkpoint: Checkpoint | None = None
    rename_map: dict[str, str | None] = field(default_factory=dict)

    @property
    def units(self) -> str | None:
        """Name of the declared convention; None without one, or where it is not among the packaged ones."""
        declared = self.declaration
        if declared is None or declared.convention.name not in unit_conventions.names():
            return None
        name = declared.convention.name
        return name if unit_conventions.load(name) == declared.convention else None

    def check(self, cfg: ManagerBasedRLEnvCfg, units: str | None, overrule: Sequence[str] = ()) -> None:
        """Log what may not fit, and refuse what does not.

        Args:
            cfg: The environment's configuration.
            units: Unit convention that the command line declares, if any.
            overrule: Checks whose errors become warnings.

        Raises:
            ValueError: The policy cannot act in it, or the data are in other units.
        """
        if self.checkpoint is not None:
            result = audit(
                self.checkpoint, EnvironmentFacts.of(cfg), units=units, rename_map=self.rename_map, overrule=overrule
            )
            result.refuse_errors()
            for finding in result.findings:
                logger.warning(f"checkpoint {self.checkpoint.name!r}: {printable(finding.verdict)}")
        elif self.declaration is not None:
            facts, declared = EnvironmentFacts.of(cfg), self.declaration.convention
            if how := difference(facts.units, declared, facts.joint_limits):
                raise ValueError(
                    f"the environment speaks {facts.units.name!r}, the training data are in {declared.name!r} "
                    f"({self.declaration.source}), {how}: leave --env.units out"
                )
        elif self.dataset is not None and units is None:
            logger.warning(
                f"nothing declares the units of the dataset {printable(self.dataset)}; {cfg.units!r} is taken on "
                "trust: say them with --env.units"
            )


def fit_to_policy(policy: str | None, *, trust_checkpoint: bool = False) -> Fit:
    """Read what a policy expects; nothing where there is none.

    LeRobot's commands load it later: one that asks to run code is refused here, before they do.

    Args:
        policy: Directory or Hub id; the command line's ``--policy.path`` by default.
        trust_checkpoint: Do not refuse it for that.

    Raises:
        FileNotFoundError: It cannot be found.
        ValueError: It is no LeRobot policy, asks to run code, or a declaration of units is damaged.
    """
    policy = policy or parser.get_path_arg("policy") or parser.parse_arg("policy.pretrained_path")
    if policy is None:
        return Fit()
    # without the option LeRobot's commands rename nothing, whatever the checkpoint's preprocessor was saved with
    rename_map = yaml.safe_load(parser.parse_arg("rename_map") or "{}")
    checkpoint = open_checkpoint(policy, trust=trust_checkpoint)
    features = features_of(checkpoint, rename_map)
    declaration = declared_units(checkpoint.folder, find_training_data(checkpoint.folder))
    return Fit(features.image_sizes, features.instruction, declaration, checkpoint=checkpoint, rename_map=rename_map)


def fit_to_dataset(repo_id: str, root: str | None) -> Fit:
    """Read what a dataset to train on declares; nothing where it is not on this machine.

    Args:
        repo_id: Its name.
        root: Its directory; where LeRobot keeps datasets by default.

    Raises:
        ValueError: Its declaration of units is damaged.
    """
    folder = Path(root or HF_LEROBOT_HOME / repo_id)
    data = TrainingData(folder, read_json(folder / INFO_PATH))
    sizes = {key.removeprefix(f"{OBS_IMAGES}."): size for key, size in data.image_sizes.items()}
    return Fit(sizes, data.instruction, declared_units(folder, data), dataset=folder)
