"""Are the units of an environment those that a checkpoint was trained in?"""

from __future__ import annotations

from collections.abc import Iterator

from lerobot_env_leisaac import units as unit_conventions
from lerobot_env_leisaac.unit_equality import difference

from .environment_facts import EnvironmentFacts
from .joint_statistics import JointStatistics
from .training_data import Declaration
from .unit_evidence import Evidence, weigh


def audit_units(
    environment: EnvironmentFacts, declarations: list[Declaration], statistics: dict[str, JointStatistics]
) -> Iterator[Evidence]:
    """Yield what speaks against running a policy in the environment's units.

    Args:
        environment: The environment.
        declarations: What declares the units of the training data; they are judged by the last.
        statistics: Statistics of the training data by feature.
    """
    for declaration in declarations:
        how = difference(environment.units, declaration.convention.of(environment.robot), environment.joint_limits)
        if how is not None:
            yield Evidence(
                "error",
                f"the training data are in {declaration.convention.name!r} ({declaration.source} says so), the "
                f"environment speaks {environment.units.name!r}, {how}: {_advice(declaration)}",
            )
    convention = declarations[-1].convention.of(environment.robot) if declarations else environment.units
    judged = [known for known in statistics.values() if not known.relative]
    evidence = [item for known in judged for item in weigh(known, convention, environment.joint_limits)]
    for item in evidence:
        advice = f": {_advice_against(item, declarations)}" if item.level == "error" else ""
        yield Evidence(item.level, item.verdict + advice)
    if not declarations and all(item.level != "error" for item in evidence) and set(convention.units) != {"rad"}:
        reason = (
            "statistics tell radians, but not degrees from -100..100, within 10 % of each other on most joints"
            if judged
            else "its processors keep no statistics to judge by"
        )
        yield Evidence(
            "warning",
            f"nothing declares the units of the training data, and {reason}; {convention.name!r} is taken on trust: "
            "declare them with --units NAME (units=NAME), or train on a dataset of leisaac record",
        )


def _advice(declaration: Declaration) -> str:
    convention = declaration.convention
    if convention.name in unit_conventions.names() and unit_conventions.load(convention.name) == convention:
        return f"make the environment with units={convention.name!r} (--units {convention.name})"
    return (
        f"write the table that {declaration.source} holds to a YAML file, and make the environment with its path for "
        "units (--units FILE, units=FILE)"
    )


def _advice_against(evidence: Evidence, declarations: list[Declaration]) -> str:
    if evidence.units:
        remedy = f"make the environment with units={evidence.units!r} (--units {evidence.units})"
    else:
        remedy = "make the environment with the units that the data are in (--units NAME, units=NAME)"
    said = " and ".join(declaration.source for declaration in declarations)
    correct = f"{said} cannot be right: correct that, and " if said else ""
    return f"{correct}{remedy}; if you know better, --overrule units (overrule=['units'])"
