"""Rights: under which licence a piece is, and what may be done with it. What is not known stays unknown."""

import re
from dataclasses import dataclass

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from director_dagster.errors import BadInput

URL = re.compile(r"https?://[^\s\"<>]{1,500}")
CREATIVE_COMMONS = re.compile(r"CC-BY(?P<nc>-NC)?(-SA|(?P<nd>-ND))?-\d\.\d(-[A-Z]+)*")
PUBLIC_DOMAIN = frozenset({"CC0-1.0", "PDDL-1.0", "CC-PDDC", "Unlicense", "0BSD"})
EXPRESSION_CHARS = 200


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What may be done with a piece.

    Attributes:
        licence: An SPDX identifier or expression, or the URL of terms; None is not known.
        commercial: Whether it may be used to earn; None is not known.
        derivatives: Whether other things may be made from it; None is not known.
    """

    licence: str | None = None
    commercial: bool | None = None
    derivatives: bool | None = None


UNKNOWN_RIGHTS = Rights()
OWN_WORK = Rights(licence="LicenseRef-own-work", commercial=True, derivatives=True)
"""Of what the house makes: nobody else has a claim to it. Whose it then is, and what they allow others, is theirs."""


def rights(licence: str | None, *, commercial: bool | None = None, derivatives: bool | None = None) -> Rights:
    """The rights that a user tells of. Of Creative Commons' licences and the public domain, what they allow is known
    by their names; of others, only what is said.

    Raises BadInput for a licence that is neither an SPDX identifier nor a URL, and for a word that its name belies.
    """
    if licence is None:
        return Rights(commercial=commercial, derivatives=derivatives)
    name = licence.strip()
    if URL.fullmatch(name) is not None:
        return Rights(licence=name, commercial=commercial, derivatives=derivatives)
    spdx = _spdx(name)
    says = {"commercial": commercial, "derivatives": derivatives}
    for what, allowed in _by_name(spdx).items():
        if says[what] not in {None, allowed}:
            raise BadInput(
                f"{spdx} {'allows' if allowed else 'forbids'} {_ABOUT[what]}: who was allowed otherwise names the "
                "terms of that by their URL"
            )
        says[what] = allowed
    return Rights(licence=spdx, **says)


_ABOUT = {"commercial": "commercial use", "derivatives": "derivatives"}


def _spdx(name: str) -> str:
    try:
        if len(name) > EXPRESSION_CHARS:
            raise BadInput(f"a licence is named in up to {EXPRESSION_CHARS} letters")
        return str(canonicalize_license_expression(name))
    except InvalidLicenseExpression as exc:
        raise BadInput(
            f"{name[:60]!r} is no licence: write its SPDX identifier, like CC-BY-4.0 (spdx.org/licenses lists them), "
            "LicenseRef-NAME for one of your own, or the URL of its terms"
        ) from exc


def _by_name(spdx: str) -> dict[str, bool]:
    """What a licence's own name says of it; nothing where it says nothing."""
    if spdx in PUBLIC_DOMAIN:
        return {"commercial": True, "derivatives": True}
    found = CREATIVE_COMMONS.fullmatch(spdx)
    return {} if found is None else {"commercial": found["nc"] is None, "derivatives": found["nd"] is None}
