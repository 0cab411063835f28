"""The fonts that titles, credits and captions are set in: Lato, and Source Sans for the letters that Lato lacks."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont

FAMILIES = "Lato, 'Source Sans Pro'"
WEIGHTS = ("Light", "Regular", "Bold")
PACKAGES = (("font_lato", "Lato"), ("font_source_sans_pro", "SourceSansPro"))


@cache
def files() -> tuple[Path, ...]:
    """The font files, Lato's first, each family light, regular and bold."""
    return tuple(_folder(package) / f"{stem}-{weight}.ttf" for package, stem in PACKAGES for weight in WEIGHTS)


@cache
def regular() -> Path:
    """Lato Regular."""
    return _folder("font_lato") / "Lato-Regular.ttf"


def missing(text: str) -> str:
    """The letters of `text` that no font of ours can draw, each once, in the order in which they first stand there."""
    drawable = _drawable()
    return "".join(dict.fromkeys(char for char in text if not char.isspace() and ord(char) not in drawable))


@cache
def _drawable() -> frozenset[int]:
    covered: set[int] = set()
    for _, stem in PACKAGES:
        file = next(file for file in files() if file.name == f"{stem}-Regular.ttf")
        with TTFont(file, lazy=True) as font:
            covered |= font.getBestCmap().keys()
    return frozenset(covered)


def _folder(package: str) -> Path:
    # Not imported: the packages need pkg_resources, which nobody has any more.
    spec = find_spec(package)
    assert spec is not None and spec.submodule_search_locations, f"{package} is a dependency"  # noqa: S101, PT018
    return Path(spec.submodule_search_locations[0]) / "files"
