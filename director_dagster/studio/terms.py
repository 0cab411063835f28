"""Terms: what the user has found in providers' terms about what may be done with what they make: ``rights.toml``."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from director_dagster.errors import BadInput
from director_dagster.story.rights import Rights, rights

OWN = "rights.toml"


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    licence: str | None = None
    commercial: bool | None = None
    derivatives: bool | None = None


class _Page(RootModel[dict[str, _Said]]):
    """By provider."""


def read_terms(home: Path) -> Mapping[str, Rights]:
    """The rights that ``rights.toml`` in `home` names, by provider; none where there is no such file.

    Raises BadInput, in one line that names the place, for a file that cannot be read.
    """
    file = home / OWN
    if not file.is_file():
        return {}
    try:
        said = _Page.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).root
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise BadInput(f"{file}: {exc}") from exc
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        raise BadInput(f"{file}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from exc
    return {name: _rights(each, f"{file}: {name}") for name, each in said.items()}


def _rights(said: _Said, where: str) -> Rights:
    try:
        return rights(said.licence, commercial=said.commercial, derivatives=said.derivatives)
    except BadInput as exc:
        raise BadInput(f"{where}: {exc}") from exc
