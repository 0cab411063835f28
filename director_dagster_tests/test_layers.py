"""The house stands as drawn: imports point inward only (the map is in the README)."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import director_dagster

PACKAGE = Path(director_dagster.__file__).parent
TESTS = Path(__file__).parent
OURS = "director_dagster"

_OUTSIDE_WORLDS = {"providers", "media", "vault", "catalog"}
_INNER = {"errors", "story", "animatic", "studio", *_OUTSIDE_WORLDS}
# What each room may import beside itself.
MAY_IMPORT: dict[str, set[str]] = {
    "__init__": set(),
    "errors": set(),
    "settings": {"errors"},
    "postgres": {"errors", "settings"},
    "story": {"errors"},
    **{room: {"errors", "story"} for room in _OUTSIDE_WORLDS},
    "animatic": {"errors", "story", "media", "providers"},
    "studio": _INNER,
    "defs": {*_INNER, "settings", "postgres"},
    "library": {*_INNER, "settings", "postgres"},
    "cli": {*_INNER, "settings", "postgres", "definitions", "simulator"},
    "definitions": {*_INNER, "settings", "postgres", "defs"},
    "dagster_server": {"errors", "library"},
    "simulator": {"errors", "story", "animatic"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


@cache
def tree(file: Path) -> ast.Module:
    """The parsed source of `file`."""
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def room(file: Path) -> str:
    """The folder below the package that `file` lies in, or its own name when it lies at the top."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(node: ast.AST) -> Iterator[str]:
    """Every dotted name that is imported anywhere below `node`."""
    for found in ast.walk(node):
        if isinstance(found, ast.Import):
            yield from (alias.name for alias in found.names)
        elif isinstance(found, ast.ImportFrom):
            yield from (f"{found.module}.{alias.name}" for alias in found.names)


def imported_rooms(file: Path) -> set[str]:
    """Our rooms that `file` imports, without its own."""
    return {name.split(".")[1] for name in imports(tree(file)) if name.startswith(f"{OURS}.")} - {room(file)}


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_inward_only(file: Path) -> None:
    assert imported_rooms(file) <= MAY_IMPORT[room(file)]


def test_the_animatic_knows_of_the_providers_only_what_all_of_them_share() -> None:
    names = {name for file in MODULES if room(file) == "animatic" for name in imports(tree(file))}

    parts = {name.split(".")[2] for name in names if name.startswith(f"{OURS}.providers.")}

    assert parts <= {"contract", "registry"}


def test_only_the_commands_that_need_the_graph_load_it_and_only_when_they_run() -> None:
    loading = [file for file in MODULES if room(file) == "cli" and "definitions" in imported_rooms(file)]
    at_import = [name for file in loading for node in tree(file).body if _is_import(node) for name in imports(node)]

    assert [
        file
        for file in loading
        if file.name not in {"estimate.py", "film.py", "import_.py", "make.py", "recover.py", "up.py"}
    ] == []
    assert [name for name in at_import if name.startswith(f"{OURS}.definitions")] == []


def test_dagster_is_imported_only_in_defs_definitions_and_before_its_own_page() -> None:
    users = {room(file) for file in MODULES if any(name.startswith("dagster") for name in imports(tree(file)))}

    assert users <= {"defs", "definitions", "dagster_server"}


def test_no_annotation_in_defs_is_put_off() -> None:
    # Dagster reads annotations when an asset is defined and cannot resolve postponed ones.
    files = [file for file in MODULES if room(file) in {"defs", "definitions"}]

    assert [file for file in files if "__future__.annotations" in imports(tree(file))] == []


def test_only_settings_reads_the_environment() -> None:
    readers = {room(file) for file in MODULES for node in ast.walk(tree(file)) if _is_environment(node)}

    assert readers <= {"settings"}


@pytest.mark.parametrize("folder", [PACKAGE, TESTS], ids=lambda folder: folder.name)
def test_every_file_says_what_it_is(folder: Path) -> None:
    assert [file for file in sorted(folder.rglob("*.py")) if not ast.get_docstring(tree(file))] == []


def test_help_loads_nothing_heavy() -> None:
    ask = "import sys; from director_dagster.cli import director; director(['--help'], standalone_mode=False)"
    heavy = {"dagster", "sqlalchemy", "numpy", "av", "cv2", "psycopg", "pydantic", "rich"}

    said = subprocess.run(
        [sys.executable, "-c", f"{ask}; print(*sys.modules)"], capture_output=True, text=True, check=True
    )

    assert heavy.isdisjoint(said.stdout.splitlines()[-1].split())


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_environment(node: ast.AST) -> bool:
    names = {"environ", "getenv", "putenv", "unsetenv"}
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(alias.name in names for alias in node.names)
    return isinstance(node, ast.Attribute) and node.attr in names and ast.unparse(node.value) == "os"
