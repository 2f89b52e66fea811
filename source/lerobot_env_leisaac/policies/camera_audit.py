"""Does an environment show a policy what it saw in training?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lerobot.utils.constants import OBS_IMAGES, OBS_STATE

from .cameras import ImageSize, PolicyCameras, camera_question, does_without, resizes_images
from .checkpoint import Checkpoint
from .environment_facts import EnvironmentFacts
from .finding import Finding
from .renames import Renames


@dataclass(frozen=True)
class CameraRow:
    """A camera that the policy looks through, what the environment gives it, and sizes (height, width) [px].

    Attributes:
        policy: The policy's name of it.
        environment: The environment's; None where it has none.
        policy_size: What it was trained at; what it declares, where nothing tells.
        environment_size: What the environment renders.
        size_from: What tells the policy's size; ``declared`` where it is not known whether it was trained at that.
    """

    policy: str
    environment: str | None
    policy_size: ImageSize
    environment_size: ImageSize | None
    size_from: str


def match_cameras(cameras: PolicyCameras, environment: EnvironmentFacts, renames: Renames) -> list[CameraRow]:
    """Return a row for each camera that the policy is to be given."""
    given = {renames.of_camera(camera): camera for camera in environment.image_sizes}
    return [
        CameraRow(
            name,
            given.get(name),
            camera.trained or camera.declared,
            environment.image_sizes.get(given.get(name, "")),
            camera.source if camera.trained else "declared",
        )
        for name, camera in cameras.fed.items()
    ]


def audit_cameras(
    checkpoint: Checkpoint,
    cameras: PolicyCameras,
    rows: list[CameraRow],
    environment: EnvironmentFacts,
    renames: Renames,
) -> Iterator[Finding]:
    """Yield what is wrong with cameras and their names."""
    observations = [OBS_STATE, *(f"{OBS_IMAGES}.{camera}" for camera in environment.image_sizes)]
    for mistake in renames.mistakes(observations, list(checkpoint.config.input_features or {})):
        yield Finding("error", "cameras", mistake)
    if renames.without and not does_without(checkpoint.config):
        yield Finding(
            "error",
            "cameras",
            f"policies of type {checkpoint.config.type} need every camera that they declare, so "
            f"{', '.join(sorted(renames.without))} cannot be left empty: take it out of the rename map",
        )
    for name in sorted(renames.without & cameras.seen):
        yield Finding(
            "warning",
            "cameras",
            f"the rename map leaves {name} empty, and training had images of it: the policy never learned to do "
            "without",
        )
    if cameras.empty and not cameras.fed:
        yield Finding("error", "cameras", "all cameras of the policy would be empty: leave one of them out of the map")
    missing = [row.policy for row in rows if row.environment is None]
    if missing:
        taken = {row.environment for row in rows if row.environment is not None}
        question = camera_question(missing, list(environment.image_sizes), taken, checkpoint.config)
        yield Finding("error", "cameras", question)


def audit_images(checkpoint: Checkpoint, rows: list[CameraRow]) -> Iterator[Finding]:
    """Yield which images have another size, or shape, than in training."""
    config = checkpoint.config
    for row in rows:
        if row.environment_size is None or row.environment_size == row.policy_size:
            continue
        (height, width), (env_height, env_width) = row.policy_size, row.environment_size
        sizes = f"camera {row.environment} is {env_height}x{env_width}, the policy's {row.policy} {height}x{width}"
        advice = f"make the environment with image_size=({height}, {width}) (--image-size {height} {width})"
        has_other_shape = abs(env_height * width / (env_width * height) - 1) > 0.01
        if row.size_from == "declared":
            if has_other_shape:
                yield Finding(
                    "warning",
                    "images",
                    f"{env_height}x{env_width} is assumed for {row.policy}, the size of camera {row.environment}: "
                    f"{config.type} resizes by itself, so the {height}x{width} that it declares may be that of the "
                    "policy it was fine-tuned from, and its dataset is not at hand; if it was trained on that, "
                    f"{advice}",
                )
        elif not resizes_images(config):
            if type(config).__module__.startswith("lerobot."):
                yield Finding("error", "images", f"{sizes}, and {config.type} does not resize: {advice}")
            else:  # a plugin's policy may resize in ways of its own
                yield Finding("warning", "images", f"{sizes}, and {config.type} may not resize: {advice}")
        elif has_other_shape:
            yield Finding("warning", "images", f"{sizes}, so that it is padded otherwise: {advice}")
