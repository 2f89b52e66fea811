"""Which of several objects is meant: what each episode draws, what it says, and where the others lie.

The object that a task is about stays the one that its rules know, whatever colour an episode paints it in. The others
are further bodies, `distractor_1` and so on, copies of it. One that an episode leaves out lies far away, where it is
smaller than a pixel: to what moves, a packaged scene's table has no end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from isaaclab.assets import RigidObject
from isaaclab.managers import EventTermCfg, ManagerTermBase

from lerobot_env_leisaac.episodes.draws import uniform
from lerobot_env_leisaac.tasks.spec import ColorChoice

from .constants import constant
from .srgb import to_linear
from .variations import COLOR_WORDS

if TYPE_CHECKING:
    from lerobot_env_leisaac.envs.episodic_env import EpisodicEnv

_AWAY, _APART = 30.0, 0.1
"""How far ahead of the object's place lies what an episode leaves out, and how far apart [m]."""

_TRIES = 64
"""Places that are drawn for each distractor; the first with room is taken, else the one with the most."""

_WORDS = tuple(COLOR_WORDS)


@dataclass(frozen=True, slots=True)  # Isaac Lab writes into dataclasses of a configuration that have a __dict__
class Draw:
    """What episodes draw of a choice.

    Attributes:
        choice: What there is to choose.
        words: Colours that may be meant; empty for the object's own alone.
        distractors: Fewest and most other objects.
    """

    choice: ColorChoice
    words: tuple[str, ...]
    distractors: tuple[int, int]

    @property
    def names(self) -> tuple[str, ...]:
        """The scene's objects that it is about: the one that is meant, and then the others."""
        return self.choice.object, *(f"distractor_{number + 1}" for number in range(self.distractors[1]))

    @property
    def instructions(self) -> tuple[str, ...]:
        """Every instruction that an episode may have; empty where they have the task's."""
        return tuple(self.choice.instruction.format(color=word) for word in self.words)

    def colors(self, seed: int, episodes: torch.Tensor) -> torch.Tensor:
        """Return the colour of each object, all different, as its index in `COLOR_WORDS`. Shape is (n, K).

        Args:
            seed: Seed of the run.
            episodes: Episodes. Shape is (n,).
        """
        keys = uniform(seed, episodes, "choice_colors", len(_WORDS) + 1)
        legal = constant(tuple(_WORDS.index(word) for word in self.words or (self.choice.color,)), keys.device).long()
        meant = legal[(keys[:, :1] * len(legal)).long()]
        order = keys[:, 1:].scatter(1, meant, -1.0).argsort(dim=1)  # the one that is meant comes first
        return order[:, : len(self.names)]

    def told(self, seed: int, episodes: torch.Tensor) -> list[str]:
        """Return the instruction of each episode; arguments as for :meth:`colors`."""
        meant = self.colors(seed, episodes)[:, 0].tolist()
        return [self.choice.instruction.format(color=_WORDS[index]) for index in meant]

    def albedo(self, index: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
        """Return the linear colour of one of the objects: what is authored as it is, where that is its colour.

        Args:
            index: Its colour in each episode, of :meth:`colors`. Shape is (n,).
            own: What it is by itself, linear. Shape is (n, S, 3).
        """
        palette = to_linear(constant(tuple(COLOR_WORDS.values()), own.device))
        is_own = index == _WORDS.index(self.choice.color)
        return torch.where(is_own[:, None, None], own, palette[index][:, None])


class place_distractors(ManagerTermBase):
    """Lay the objects that are not meant around the one that is, as many as an episode draws; the rest out of sight."""

    def __init__(self, cfg: EventTermCfg, env: EpisodicEnv):
        super().__init__(cfg, env)
        draw: Draw = cfg.params["draw"]
        self._meant: RigidObject = env.scene[draw.names[0]]
        self._others: list[RigidObject] = [env.scene[name] for name in draw.names[1:]]
        self._spread = torch.tensor(draw.choice.spread, device=env.device)

    def __call__(self, env: EpisodicEnv, env_ids: torch.Tensor | slice, draw: Draw) -> None:
        """Place the objects of the environments that start an episode.

        Args:
            env: The environment.
            env_ids: Environments that start an episode.
            draw: What their episodes draw.
        """
        episodes = env.episodes[env_ids]
        default = self._meant.data.default_root_pose.torch[env_ids]
        origin = env.scene.env_origins[env_ids]
        taken = [(self._meant.data.root_pos_w.torch[env_ids] - origin - default[:, :3])[:, :2]]
        low, high = draw.distractors
        share = uniform(env.cfg.seed, episodes, "choice_count", 1)[:, 0]
        counts = low + (share * (high - low + 1)).long()
        rows = torch.arange(len(episodes), device=env.device)
        for number, other in enumerate(self._others):
            drawn = uniform(env.cfg.seed, episodes, f"{draw.names[1 + number]}_pose", 2 * _TRIES + 1)
            places = (2.0 * drawn[:, 1:].unflatten(-1, (_TRIES, 2)) - 1.0) * self._spread
            room = torch.cdist(places, torch.stack(taken, dim=1)).amin(dim=-1)
            best = room.clamp(max=draw.choice.gap).argmax(dim=-1)  # the first of those with room
            place = places[rows, best]
            is_there = number < counts
            taken.append(torch.where(is_there[:, None], place, torch.inf))
            offset = torch.cat([place, torch.zeros_like(place[:, :1])], dim=-1)
            hidden = constant((_AWAY, number * _APART, 0.0), env.device)
            position = default[:, :3] + origin + torch.where(is_there[:, None], offset, hidden)
            half = (drawn[:, 0] - 0.5) * (torch.pi / 4)  # half of a turn of up to 45 degrees to either side
            turn = torch.stack([torch.zeros_like(half), torch.zeros_like(half), half.sin(), half.cos()], dim=-1)
            other.write_root_pose_to_sim_index(root_pose=torch.cat([position, turn], dim=-1), env_ids=env_ids)
            other.write_root_velocity_to_sim_index(root_velocity=torch.zeros_like(default[:, :6]), env_ids=env_ids)
