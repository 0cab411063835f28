"""`director doctor`: what is missing here, and how to get it."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec

import click

from director_dagster.cli.home import json_option, open_home, put
from director_dagster.errors import DirectorError
from director_dagster.postgres import programs
from director_dagster.settings import Settings

FREE_BYTES = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at: whether it is there, how it is, and what to do when it is not."""

    what: str
    ok: bool
    found: str


@click.command("doctor")
@json_option
def command(*, as_json: bool) -> None:
    """Say what is missing here and how to get it; exit code 2 when a film cannot be made."""
    findings = [_looked(what, look) for what, look in LOOKS.items()]
    if as_json:
        put(asdict(finding) for finding in findings)
    else:
        for finding in findings:
            click.echo(f"{'ok     ' if finding.ok else 'MISSING'}  {finding.what}: {finding.found}")
    raise SystemExit(0 if all(finding.ok for finding in findings) else 2)


def _looked(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, ok=True, found=look())
    except DirectorError as exc:
        return Finding(what=what, ok=False, found=str(exc))


def _python() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _home() -> str:
    home = Settings.from_env().home
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    if free < FREE_BYTES:
        raise DirectorError(f"{home}: {free / 1e9:.1f} GB are free, a film may take 1 GB: name another DIRECTOR_HOME")
    return f"{home} ({free / 1e9:.0f} GB free)"


def _database() -> str:
    from director_dagster.catalog.session import revision

    settings, url = open_home()
    kind = "embedded" if settings.database_url is None else "DIRECTOR_DATABASE_URL"
    return f"{kind}, at revision {revision(url)}"


def _voices() -> str:
    if find_spec("py_nanotts") is None:
        return "none for this platform: films are subtitled and their characters silent"
    return "SVOX Pico (en, de, es, fr, it)"


def _providers() -> str:
    from director_dagster.studio.studio import open_studio

    settings, url = open_home()
    return ", ".join(open_studio(database_url=url, home=settings.home, accounts=settings.accounts).providers)


def _psql() -> str:
    return str(programs.program_path("psql"))


LOOKS: dict[str, Callable[[], str]] = {
    "Python": _python,
    "home": _home,
    "database": _database,
    "psql": _psql,
    "providers": _providers,
    "voices": _voices,
}
