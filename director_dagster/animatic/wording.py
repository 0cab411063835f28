"""What of a line can be said aloud: the words as SVOX Pico wants them."""

import re
import unicodedata

from director_dagster.errors import BadInput

# Longer words make the engine raise (40,000 letters) or drone on; no one says them.
_LONGEST_WORD = 40
_SPELLED = str.maketrans(
    {
        "’": "'", "‘": "'", "“": "", "”": "", "„": "", "«": "", "»": "", '"': "", "…": " . ",
        "ß": "ss", "œ": "oe", "Œ": "Oe", "ł": "l", "Ł": "L", "đ": "d", "ø": "ö", "Ø": "Ö", "ı": "i", "–": "—",
    }
)  # fmt: skip
_AND = {"en": "and", "de": "und", "es": "y", "fr": "et", "it": "e"}
_KNOWN_MARKS = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜàáâãäåæçèéêëìíîïñòóôõöùúûü"
_UNSAID = re.compile(r"[^A-Za-z0-9" + _KNOWN_MARKS + r"¿¡—'.,;:?!%$£€+\s-]")
_SHOUTED = re.compile(r"\b[A-ZÀ-Ü][A-ZÀ-Ü']{3,}\b")


def sayable(text: str, language: str) -> str:
    """`text` without what no voice of `language` can say: emoji, letters of other alphabets, markup, quotes.

    Dashes and dots become pauses, capitals of shouted words small (the engine would spell some of them out), words of
    more than 40 letters are cut. Raises BadInput when nothing is left to say.
    """
    words = unicodedata.normalize("NFC", text).translate(_SPELLED).replace("&", f" {_AND.get(language[:2], '')} ")
    words = _UNSAID.sub(" ", "".join(_plain(letter) for letter in words))
    words = re.sub(r"\s*—[—\s]*|\s-+\s|--+", ", ", words)
    words = re.sub(r"\.{2,}", " . ", words)
    words = _lower_shouts(re.sub(rf"(\w{{{_LONGEST_WORD}}})\w+", r"\1", words))
    said = re.sub(r"\s+", " ", words).strip()
    if not re.search(r"\w", said):
        raise BadInput(f"nothing in {text[:40]!r} can be said aloud in {language!r}")
    closed = re.sub(r"\s+([,.;:?!])", r"\1", said)
    # Where a sign between two stops has gone ("0./."), they have come together.
    return re.sub(r"\.{2,}", ".", closed).lstrip(" ,.;:?!'-")


def _plain(letter: str) -> str:
    """`letter`, without its mark where the engine does not know it (``č`` is said as ``c``)."""
    if letter.isascii() or letter in _KNOWN_MARKS:
        return letter
    bare = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in bare if not unicodedata.combining(part))


def _lower_shouts(words: str) -> str:
    """Four capitals and more are a shout; up to three may be initials (USA), unless the whole line is in capitals."""
    if words.isupper() and len(words.split()) > 1:
        return words.lower().capitalize()
    return _SHOUTED.sub(lambda word: word[0].lower(), words)
