"""Values of the story as JSON and back, and the one canonical spelling that digests are made of."""

import hashlib
import json
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def dump(value: object) -> Any:  # noqa: ANN401 (JSON is any of its kinds)
    """`value` (frozen dataclasses, enums, tuples, numbers, text) as plain JSON data."""
    return _adapter(type(value)).dump_python(value, mode="json")


def load(kind: type[T], data: object) -> T:
    """The value of type `kind` that `data` (from `dump`) spells. Raises pydantic.ValidationError."""
    value: T = _adapter(kind).validate_python(data)
    return value


def canonical(data: object) -> bytes:
    """JSON `data` in its one canonical spelling: keys sorted, no spaces, UTF-8, no NaN."""
    return _CANONICAL.encode(data).encode("utf-8", "surrogatepass")


def digest(data: object) -> str:
    """The SHA-256, in hex, of JSON `data` in its canonical spelling."""
    return hashlib.sha256(canonical(data)).hexdigest()


def seed(data: object) -> int:
    """A seed, 0 … 2**32 - 1, that is a function of JSON `data` alone."""
    return int(digest(data)[:8], 16)
