"""The documents say what is true: every name in them is there, and every setting is in them."""

import re
from pathlib import Path

import dagster as dg
import pytest
import yaml

from director_dagster.cli import COMMANDS
from director_dagster.definitions import defs
from director_dagster.settings import Env

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
COMMAND = re.compile(r"^\$ director ([a-z]+)", re.MULTILINE)
YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
FILE = re.compile(
    r"`((?:director_dagster|story|studio|animatic|media|vault|catalog|providers|postgres|defs|cli|library|simulator)/[a-z_/.]+\.py)`"
)


def test_every_setting_is_documented() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [name for name in Env if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_file_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert [name for name in COMMAND.findall(text) if name not in COMMANDS] == []
    named = FILE.findall(text)
    assert [name for name in named if not any((ROOT / base / name).exists() for base in ("", "director_dagster"))] == []


@pytest.mark.parametrize("config", YAML.findall((ROOT / "docs/from-dagsters-page.md").read_text(encoding="utf-8")))
def test_every_run_config_that_is_shown_is_valid(config: str) -> None:
    job = "estimate" if "estimate_film" in config else "make_film"

    assert dg.validate_run_config(defs.resolve_job_def(job), yaml.safe_load(config))
