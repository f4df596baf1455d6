"""The measures that are known here: each file beside this one is one version of one of them."""

from collections.abc import Mapping
from pathlib import Path

from services.evaluation.domain.definition import Definition


def read_definitions(folder: Path) -> Mapping[str, Definition]:
    """Every definition of the folder by its key; raises ValueError, naming the file, when one is wrong."""
    found = {}
    for file in sorted(folder.glob("*.json")):
        try:
            definition = Definition.model_validate_json(file.read_bytes())
        except ValueError as error:
            raise ValueError(f"{file.name}: {error}") from None
        if file.stem != definition.key:
            raise ValueError(f"{file.name} defines {definition.key}; its name must say so.")
        found[definition.key] = definition
    return found


DEFINITIONS = read_definitions(Path(__file__).parent)
