"""What is wrong with a request, in words: which field, what stands there, and how to write it."""

from collections.abc import Mapping, Sequence
from typing import Any

SHOWN_LETTERS = 60
DOLLARS, DAY = "write dollars, as 0.25", "write a day, as 2026-03-31"

HOW: Mapping[str, str] = {
    "month": "write a month, as 2026-03",
    "Idempotency-Key": "write 8 to 100 visible signs of ASCII, without spaces",
}
"""Of fields that say no more by their kind."""

WORDS: Mapping[str, str] = {
    "decimal_parsing": DOLLARS,
    "decimal_type": DOLLARS,
    "finite_number": DOLLARS,
    "decimal_max_digits": DOLLARS,
    "decimal_whole_digits": "write up to {whole_digits} digits before the point",
    "decimal_max_places": "write dollars with up to {decimal_places} digits after the point",
    "date_from_datetime_parsing": DAY,
    "date_from_datetime_inexact": DAY,
    "date_parsing": DAY,
    "uuid_parsing": "write an id, as it stands in the address of what it is of",
    "bool_parsing": "write 1, or leave it out",
    "int_parsing": "write a whole number",
    "literal_error": "write {expected}",
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
    "string_too_short": "write {min_length} letters or more",
    "string_too_long": "write up to {max_length} letters",
    "too_long": "give up to {max_length}",
    "string_pattern_mismatch": "it has a sign in it that may not be there",
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "json_invalid": "it is no JSON",
    "value_error": "{error}",
}
"""By pydantic's own kinds of errors."""

TELLING = {"missing", "extra_forbidden", "json_invalid", "value_error"}
"""Those that say all by themselves, without what stands there."""


def field(flaw: Mapping[str, Any]) -> str:
    """The field that is wrong, as it is written in the request."""
    return next((str(part) for part in flaw["loc"][1:]), str(flaw["loc"][0]))


def told(flaw: Mapping[str, Any]) -> str:
    """What is wrong with it, and how to write it."""
    kind = str(flaw["type"])
    words = HOW.get(field(flaw)) or WORDS.get(kind)
    if words is None:
        return str(flaw["msg"])
    how = words.format_map(flaw.get("ctx", {}))
    return how if kind in TELLING else f"{_shown(flaw.get('input'))} does not do: {how}"


def in_a_line(flaws: Sequence[Mapping[str, Any]]) -> str:
    """All that is wrong, each field once."""
    by_field: dict[str, str] = {}
    for flaw in flaws:
        by_field.setdefault(field(flaw), told(flaw))
    return "; ".join(f"{name}: {what}" for name, what in by_field.items())


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return "that"
    return f"“{value[:SHOWN_LETTERS]}…”" if len(value) > SHOWN_LETTERS else f"“{value}”"
