"""Says whether the lock files pin every dependency of pyproject.toml in a version that fits."""

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent


def locked(lock: Path) -> dict[str, str]:
    """Name and version of each pinned package."""
    pins = (
        line.split(" ")[0] for line in lock.read_text().splitlines() if "==" in line and line[0].isalnum()
    )
    return {canonicalize_name(name): version for name, _, version in (pin.partition("==") for pin in pins)}


def out_of_step(wanted: list[str], lock: Path) -> list[str]:
    """A sentence for each dependency that the lock lacks or has in another version."""
    pins = locked(lock)
    said = []
    for text in wanted:
        requirement = Requirement(text)
        version = pins.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            said.append(f"{lock.name}: {text} is locked as {version}; run `make lock`")
    return said


def main() -> int:
    """Print what is out of step; 1 when something is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"]
    everything = wanted + project["dependency-groups"]["dev"]
    said = out_of_step(wanted, ROOT / "requirements.txt") + out_of_step(
        everything, ROOT / "requirements-dev.txt"
    )
    sys.stdout.writelines(line + "\n" for line in said)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
