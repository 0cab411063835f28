"""Every error that this package raises on purpose, grouped by what the caller may do about it.

::

    DirectorError                 one clear line for the user: what, where, what to do
    ├── Refused                   never retry: the request itself must change
    │   ├── BadInput              a user's file, option or name that cannot be used
    │   │   └── Unsure            what can hardly be, and is believed to who is sure
    │   ├── EndedBadly            a provider took it on, and nothing comes of it
    │   │   ├── PromptRejected    its content policy turned it down
    │   │   ├── JobFailed         it could not do it
    │   │   └── OutputExpired     it has dropped what it made
    │   ├── RequestRejected       a provider does not take a request like this one
    │   ├── KeyRejected           a provider does not know our key, or it may not do this
    │   ├── OutOfMoney            our account at a provider is empty or locked
    │   ├── ModelRetired          a provider has the model no longer
    │   ├── BudgetExceeded        there is no room for the price; nothing was sent
    │   ├── InTrash               it is there, and lies in the trash
    │   ├── NotInVault            a url that names no blob of this vault
    │   ├── SignInNeeded          the library knows nobody by what was sent
    │   ├── Forbidden             who asks may not do that
    │   ├── Unseen                there is nothing there that who asks may see
    │   └── NeedsPerson           money may have been spent and only a person can find out
    ├── Unavailable               retry later: nothing was decided
    │   ├── ProviderUnavailable   the provider did not accept the work
    │   │   ├── RateLimited       it takes no more just now
    │   │   └── Overloaded        it has too much to do
    │   ├── Outage                something of our own was gone for a moment: the same again goes on
    │   │   ├── WorkerLost        a process of ours that made a piece was killed
    │   │   ├── Overtaken         another worker has brought a purchase on
    │   │   └── DatabaseUnavailable  Postgres is not there, or does not let us in
    │   └── StorageUnavailable    a folder is full, closed to us, or its disk fails
    ├── Ambiguous                 find out first: it may have been done, and paid, and nobody can tell
    │   ├── AnswerMalformed       an answer that cannot be read
    │   └── StatusUnknown         a word for a job's state that we do not know
    ├── Damaged                   repair first: bytes or rows are not what they were
    │   ├── BlobMissing           the vault has no such bytes
    │   ├── BlobDamaged           the bytes are not those of their digest
    │   ├── MediaDamaged          a file is no picture or sound that can be read to its end
    │   └── LogBroken             the audit log is not what was written
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


class Unsure(BadInput):
    """What somebody says can hardly be; once they say that they are sure it is believed."""


class EndedBadly(Refused):
    """A provider took the work on, and nothing comes of it; `microusd` is what it charged, None where nobody knows."""

    def __init__(self, message: str, *, microusd: int | None = None) -> None:
        super().__init__(message)
        self.microusd = microusd


class PromptRejected(EndedBadly):
    """A provider's content policy turned the prompt, or what it made of it, down."""


class JobFailed(EndedBadly):
    """A provider took the work and could not do it; asking for the very same again is a new purchase."""


class OutputExpired(EndedBadly):
    """A provider has dropped what it made and was paid for before it was fetched."""


class RequestRejected(Refused):
    """A provider does not take a request like this one; nothing was charged."""


class KeyRejected(Refused):
    """A provider does not know our key, or the key may not do this; nothing was charged."""


class OutOfMoney(Refused):
    """Our account at a provider is empty or locked: somebody must top it up there; nothing was charged."""


class ModelRetired(Refused):
    """A provider has the model no longer; the message says what to use instead. Nothing was charged."""


class BudgetExceeded(Refused):
    """There is no room for the price in a budget; nothing was sent."""


class OutsideRun(Refused):
    """This run is only there for what was begun, or for what was lost, and this is neither; nothing was sent."""


class InTrash(Refused):
    """What is wanted is there, and lies in the trash: a person says whether it comes back or goes. Nothing was sent."""


class NotInVault(Refused):
    """A url that names no blob of this vault."""


class SignInNeeded(Refused):
    """The library knows nobody by what was sent."""


class Forbidden(Refused):
    """Who asks may not do that; the message says who may."""


class Unseen(Refused):
    """There is nothing there that who asks may see; whether others may, it does not say."""


class NeedsPerson(Refused):
    """A provider may have been paid and only a person can find out; nothing is sent again."""


class Unavailable(DirectorError):
    """Retry later: nothing was decided."""


class TakesTooLong(Unavailable):
    """A question to the catalog that was not to take so long, and was ended."""


class ProviderUnavailable(Unavailable):
    """The provider did not accept the work."""


class RateLimited(ProviderUnavailable):
    """A provider takes no more just now; `wait_s` is how long it asks to be left alone, None where it does not say."""

    def __init__(self, message: str, *, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Overloaded(ProviderUnavailable):
    """A provider has too much to do; it did not accept the work."""


class Crowded(ProviderUnavailable):
    """Our account has as many jobs at a provider as it may have at once."""


class Doubtful(ProviderUnavailable):
    """Nobody can tell yet whether a provider took a request; in `wait_s` seconds the provider can be asked again."""

    def __init__(self, message: str, *, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Outage(Unavailable):
    """Something of our own was gone for a moment: the same again goes on from there, without a person."""


class Overtaken(Outage):
    """Another worker has brought a purchase on meanwhile: it is that one's, and asking again finds it."""


class WorkerLost(Outage):
    """A process of ours that made a piece was killed."""


class DatabaseUnavailable(Outage):
    """Postgres is not there, or does not let us in."""


class StorageUnavailable(Unavailable):
    """A folder is full, closed to us, or its disk fails; what was filed before is kept."""


class Ambiguous(DirectorError):
    """Find out first: it may have been done, and paid, and nobody can tell. It is never sent again by itself."""


class AnswerMalformed(Ambiguous):
    """A provider's answer cannot be read."""


class StatusUnknown(Ambiguous):
    """A provider has a word for a job's state that we do not know: neither success nor failure."""


class Damaged(DirectorError):
    """Repair first: bytes or rows are not what they were."""


class BlobMissing(Damaged):
    """The vault has no such bytes."""


class BlobDamaged(Damaged):
    """The bytes are not those of their digest."""


class MediaDamaged(Damaged):
    """A file is no picture or sound that can be read to its end."""


class LogBroken(Damaged):
    """The audit log, or an export of it, is not what was written; the message names the first event that is not."""


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
