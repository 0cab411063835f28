"""Every error that this package raises on purpose, grouped by what the caller may do about it.

::

    DirectorError                 one clear line for the user: what, where, what to do
    ├── Refused                   never retry: the request itself must change
    │   ├── BadInput              a user's file, option or name that cannot be used
    │   ├── PromptRejected        a provider's content policy turned it down
    │   ├── JobFailed             a provider took the work and could not do it
    │   ├── BudgetExceeded        there is no room for the price; nothing was sent
    │   ├── NotInVault            a url that names no blob of this vault
    │   └── NeedsPerson           money may have been spent and only a person can find out
    ├── Unavailable               retry later: nothing was decided
    │   ├── ProviderUnavailable   the provider did not accept the work
    │   ├── WorkerLost            a process of ours that made a piece was killed
    │   ├── DatabaseUnavailable   Postgres is not there, or does not let us in
    │   └── StorageUnavailable    a folder is full, closed to us, or its disk fails
    ├── Damaged                   repair first: bytes or rows are not what they were
    │   ├── BlobMissing           the vault has no such bytes
    │   ├── BlobDamaged           the bytes are not those of their digest
    │   └── MediaDamaged          a file is no picture or sound that can be read to its end
    ├── Failed                    it was begun and did not end well; what was made is kept
    └── NotInstalled              a part that this platform or installation lacks
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

FATES = {
    errno.ENOSPC: "is full",
    errno.EDQUOT: "is full (its quota)",
    errno.EFBIG: "takes no file so large",
    errno.EROFS: "is read-only",
    errno.EACCES: "is closed to us",
    errno.EPERM: "is closed to us",
}
"""What a folder is when the system will not have us write there, in words after its name."""


class DirectorError(Exception):
    """The root of the tree; its message is one line fit for a user."""

    def __str__(self) -> str:
        """The message on one line; what a terminal would obey is spelled out, since names come from strangers."""
        return one_line(super().__str__())


class Refused(DirectorError):
    """Never retry: the request itself must change."""


class BadInput(Refused):
    """A user's file, option or name cannot be used; the message says which and what to do."""


class PromptRejected(Refused):
    """A provider's content policy turned the prompt down."""


class JobFailed(Refused):
    """A provider took the work and could not do it; asking for the very same again is a new purchase."""


class BudgetExceeded(Refused):
    """There is no room for the price in a budget; nothing was sent."""


class NotInVault(Refused):
    """A url that names no blob of this vault."""


class NeedsPerson(Refused):
    """A provider may have been paid and only a person can find out; nothing is sent again."""


class Unavailable(DirectorError):
    """Retry later: nothing was decided."""


class ProviderUnavailable(Unavailable):
    """The provider did not accept the work."""


class WorkerLost(Unavailable):
    """A process of ours that made a piece was killed."""


class DatabaseUnavailable(Unavailable):
    """Postgres is not there, or does not let us in."""


class StorageUnavailable(Unavailable):
    """A folder is full, closed to us, or its disk fails; what was filed before is kept."""


class Damaged(DirectorError):
    """Repair first: bytes or rows are not what they were."""


class BlobMissing(Damaged):
    """The vault has no such bytes."""


class BlobDamaged(Damaged):
    """The bytes are not those of their digest."""


class MediaDamaged(Damaged):
    """A file is no picture or sound that can be read to its end."""


class Failed(DirectorError):
    """It was begun and did not end well; what was made is kept, and asking again goes on from there."""


class NotInstalled(DirectorError):
    """A part that this platform or installation lacks; the message says how to get it."""


def one_line(text: str) -> str:
    """`text` on one line, without a sign that is not seen: those read like ``\\x1b``."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in " ".join(text.split()))


@contextmanager
def storing(what: object) -> Iterator[None]:
    """An error of the file system in the block becomes StorageUnavailable, which names `what`."""
    try:
        yield
    except OSError as exc:
        fate = FATES.get(exc.errno or 0, f"cannot be used: {exc.strerror or exc}")
        raise StorageUnavailable(f"{what} {fate}") from exc
