"""A scene heading read: inside or outside, which place, when, in what weather; in six languages."""

import re
from dataclasses import dataclass

from director_dagster.story import lexicon
from director_dagster.story.shot import Setting, TimeOfDay, Weather
from director_dagster.story.words import listed

_INSIDE = "int|interior|intérieur|interiore|interno|innen|инт|интерьер"
_OUTSIDE = "ext|exterior|extérieur|esterno|est|aussen|außen|нат|натура|экст"
_PREFIX = re.compile(
    rf"(?:(?P<both>(?:{_INSIDE})\.?\s*/\s*(?:{_OUTSIDE})|(?:{_OUTSIDE})\.?\s*/\s*(?:{_INSIDE})|i\s*/\s*e)"
    rf"|(?P<inside>{_INSIDE})|(?P<outside>{_OUTSIDE}))(?:\.\s*|\s+|$)"
)
_CONTINUES = lexicon.WordTable(
    {
        "same": """continuous, continuing, later, moments later, same, same time, meanwhile, fortlaufend, später,
            weiter, gleichzeitig, continu, plus tard, suite, même moment, continuo, más tarde, después, continua,
            più tardi, stesso momento, продолжение, позже, то же время, тогда же, непрерывно"""
    }
)
# What may stand beside a time or weather in its part of the heading without being a place.
_BESIDE_TIME = listed(
    """a an the and in of with at on by after before next following same that early late later moments moment few
    seconds minutes hours days weeks months years one two three ten heavy light hard cold hot deep thick full moon
    present past flashback dream winter summer spring autumn fall am im in der die das am bei mit früher später
    nächster à la le les de du des au l et sous pleine tôt tard el los las por con al bajo lluvia la il lo gli di
    del sotto con в на и под при раннее поздний поздно следующий"""
)
_SEPARATOR = re.compile(r"(\s+[-–—−]+\s+|\s*—\s*|\s*[,;]\s*|\s*[()\[\]]+\s*)")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_NEGATED = re.compile(
    r"\b(no|not|without|stops?|stopped|over|gone|clears?|cleared|lifts?|lifted|like|after the|as if|memory)\b"
)
# The stronger of two weathers of one scene is the one that is seen.
_STRENGTH = (Weather.STORM, Weather.SNOW, Weather.RAIN, Weather.FOG, Weather.WIND, Weather.CLEAR)


@dataclass(frozen=True, kw_only=True)
class Slug:
    """What a heading says; None where it says nothing. `continues`: its time is that of the scene before."""

    interior: bool | None
    place: str
    time: TimeOfDay | None
    weather: Weather | None
    continues: bool


def read(text: str) -> Slug:
    """The heading `text` read, e.g. ``EXT. SHORE - NIGHT, RAIN`` or ``INNEN. KÜCHE - ABEND``.

    Parts that hold nothing but time, weather and words beside them are no place; a heading of nothing else names its
    place by its own words.
    """
    prefix = _PREFIX.match(lexicon.fold(text).strip())
    body = text.strip()[prefix.end() :] if prefix else text.strip()
    pieces = _SEPARATOR.split(f" - {body}")
    segments = list(zip(pieces[1::2], pieces[2::2], strict=True))
    place = "".join(between + part for between, part in segments if part and not _is_when(part)).strip(" .,;-–—()[]")
    place = _without_last_time(place)
    when = " / ".join(part for _, part in segments if _is_when(part)) or body
    return Slug(
        interior=_interior(prefix, body),
        place=" ".join((place or body.strip(" .-–—") or "somewhere").upper().split()),
        time=next(iter(lexicon.TIMES.all(when)), None),
        weather=_strongest(lexicon.WEATHERS.all(when)),
        continues=bool(_CONTINUES.all(when)),
    )


def _interior(prefix: re.Match[str] | None, body: str) -> bool | None:
    if prefix is not None and not prefix["both"]:
        return prefix["inside"] is not None
    known = lexicon.PLACES.all(body)
    if prefix is not None:
        return True
    return known[0] in lexicon.INTERIORS if known else None


def _is_when(part: str) -> bool:
    rest = lexicon.fold(part)
    for table in (lexicon.TIMES, lexicon.WEATHERS, _CONTINUES):
        rest = table.without(rest)
    return rest != lexicon.fold(part) and all(word in _BESIDE_TIME for word in _WORD.findall(rest))


def _without_last_time(place: str) -> str:
    """`place` without a time of day that stands at its end without a dash: ``BEACH NIGHT`` is a beach."""
    head, _, last = place.rpartition(" ")
    return head if head and _is_when(last) and lexicon.TIMES.all(last) else place


def _strongest(weathers: tuple[Weather, ...]) -> Weather | None:
    return next((weather for weather in _STRENGTH if weather in weathers), None)


def weather_told(sentences: tuple[str, ...]) -> Weather | None:
    """The strongest weather that the action's sentences tell of, without those that say it is gone."""
    told = [lexicon.WEATHERS.all(sentence) for sentence in sentences if not _NEGATED.search(lexicon.fold(sentence))]
    return _strongest(tuple(weather for found in told for weather in found if weather is not Weather.CLEAR))


def setting(slug: Slug, sentences: tuple[str, ...], pieces: tuple[str, ...], before: Setting | None) -> Setting:
    """Where and when a scene plays: from its heading, else from its action's `sentences`, else from the scene before.

    `pieces` is what the place is drawn with all through the film.

    CONTINUOUS, LATER and SAME keep the time and weather of the scene before; so does a heading without a time whose
    place is the same. What nobody says is a clear day, seen from outside.
    """
    interior = bool(slug.interior)
    goes_on = before is not None and (slug.continues or (slug.time is None and before.place == slug.place))
    kept = before if goes_on else None
    told = weather_told(sentences[:4])
    return Setting(
        place=slug.place,
        interior=interior,
        pieces=pieces,
        time=slug.time or (kept.time if kept else TimeOfDay.DAY),
        weather=slug.weather or (kept.weather if kept else None) or told or Weather.CLEAR,
    )
