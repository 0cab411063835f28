"""Captions: the film's speeches as SubRip, WebVTT and as captions of at most two lines that never overlap."""

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from director_dagster.errors import MediaDamaged
from director_dagster.story.cut import Speech
from director_dagster.story.shot import Channel

LINE_CHARS = 42
LINES = 2

# SubRip has no escape: a zero-width character after these keeps someone's words from being read as markup.
SRT_MARKUP = re.compile(r"<(?=[a-zA-Z/])|\{(?=\\)|--(?=>)")
WORD_JOINER = "\N{WORD JOINER}"
CUE_TIMES = re.compile(r"(\d+):(\d\d):(\d\d)[.,](\d{3}) --> (\d+):(\d\d):(\d\d)[.,](\d{3})")

# ISO 639-1 to 639-2/T, as MP4 wants it, of languages that films here are likely in.
LANGUAGES = {
    "ar": "ara", "bg": "bul", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng",
    "es": "spa", "et": "est", "fa": "fas", "fi": "fin", "fr": "fra", "he": "heb", "hi": "hin", "hr": "hrv",
    "hu": "hun", "id": "ind", "is": "isl", "it": "ita", "ja": "jpn", "ko": "kor", "lt": "lit", "lv": "lav",
    "nb": "nob", "nl": "nld", "no": "nor", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sk": "slk",
    "sl": "slv", "sr": "srp", "sv": "swe", "th": "tha", "tr": "tur", "uk": "ukr", "vi": "vie", "zh": "zho",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Caption:
    """What stands under the picture from start to end, in milliseconds of the film."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def captions(speeches: Sequence[Speech]) -> tuple[Caption, ...]:
    """The speeches as captions in the order of time, none overlapping another.

    A long speech is split where its lines break, at the time when its speaker comes there, or shared by length of text
    where that is not told, so that its captions stand for just as long as it does. Speeches at the same time (dual
    dialogue) share a caption, a dash before each. Who speaks
    is named when they are not in the picture.
    """
    pieces = sorted(
        (piece for speech in speeches for piece in _pieces(speech, lines=1 if _doubled(speech, speeches) else LINES)),
        key=lambda piece: piece.start_ms,
    )
    return tuple(_flat(pieces))


def srt(speeches: Sequence[Speech]) -> str:
    """The speeches as a SubRip file, with a newline at its end; empty without speeches."""
    return "\n".join(
        f"{number}\n{_clock(caption.start_ms, ',')} --> {_clock(caption.end_ms, ',')}\n{_srt_text(caption)}\n"
        for number, caption in enumerate(captions(speeches), start=1)
    )


def vtt(speeches: Sequence[Speech]) -> str:
    """The speeches as a WebVTT file."""
    cues = (
        f"\n{_clock(caption.start_ms, '.')} --> {_clock(caption.end_ms, '.')}\n{_vtt_text(caption)}\n"
        for caption in captions(speeches)
    )
    return "WEBVTT\n" + "".join(cues)


def read(text: str) -> tuple[Caption, ...]:
    """The captions of a SubRip or a WebVTT file as `srt` and `vtt` write them. Raises MediaDamaged for another text."""
    blocks = (block.split("\n") for block in text.removeprefix("WEBVTT\n").strip("\n").split("\n\n") if block)
    return tuple(_cue(block if "-->" in block[0] else block[1:], vtt=text.startswith("WEBVTT")) for block in blocks)


def iso_639_2(language: str) -> str:
    """The three letters that MP4 wants for a tag like ``en-GB``; ``und`` (undetermined) for one not listed here."""
    primary = language.lower().replace("_", "-").split("-")[0]
    return primary if primary in LANGUAGES.values() else LANGUAGES.get(primary, "und")


def _doubled(speech: Speech, speeches: Sequence[Speech]) -> bool:
    return any(
        other is not speech and other.start_s < speech.end_s and speech.start_s < other.end_s for other in speeches
    )


def _pieces(speech: Speech, *, lines: int) -> Iterator[Caption]:
    name = "" if speech.channel is Channel.ON else f"{speech.character}: "
    wrapped = _wrapped(name + " ".join(speech.text.split()), lines)
    # The name is read, and not said.
    said, told = max(sum(map(len, wrapped)) - len(name), 1), -len(name)
    for first in range(0, len(wrapped), lines):
        group = tuple(wrapped[first : first + lines])
        begins, told = told, told + sum(map(len, group))
        yield Caption(
            start_ms=_when_ms(speech, max(begins, 0) / said), end_ms=_when_ms(speech, max(told, 0) / said), lines=group
        )


def _when_ms(speech: Speech, share: float) -> int:
    """When that share of a speech is said, in milliseconds of the film."""
    letters_s = speech.letters_s
    if letters_s:
        return round(letters_s[round(share * (len(letters_s) - 1))] * 1000)
    return round((speech.start_s + (speech.end_s - speech.start_s) * share) * 1000)


def _wrapped(text: str, lines: int) -> list[str]:
    """`text` in as few captions of `lines` lines as possible, and those about equally full."""
    wide = any(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    at_most = LINE_CHARS // 2 if wide else LINE_CHARS
    wrapped = textwrap.wrap(text, at_most)
    wanted = len(wrapped) if len(wrapped) <= lines else -(-len(wrapped) // lines) * lines
    narrowest = min(at_most, max(map(len, text.split()), default=at_most))
    tries = (textwrap.wrap(text, width) for width in range(narrowest, at_most))
    return next((tried for tried in tries if len(tried) <= wanted), wrapped)


def _flat(pieces: Sequence[Caption]) -> Iterator[Caption]:
    times = sorted({time for piece in pieces for time in (piece.start_ms, piece.end_ms)})
    for start, end in pairwise(times):
        heard = [piece for piece in pieces if piece.start_ms <= start and end <= piece.end_ms]
        if heard:
            yield Caption(start_ms=start, end_ms=end, lines=_together(heard))


def _together(heard: Sequence[Caption]) -> tuple[str, ...]:
    if len(heard) == 1:
        return heard[0].lines
    return tuple(f"- {' '.join(piece.lines)}" for piece in heard)


def _clock(ms: int, point: str) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"


def _srt_text(caption: Caption) -> str:
    return SRT_MARKUP.sub(lambda mark: mark[0] + WORD_JOINER, "\n".join(caption.lines))


def _vtt_text(caption: Caption) -> str:
    return "\n".join(caption.lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cue(block: Sequence[str], *, vtt: bool) -> Caption:
    """A cue from its line of times on."""
    times = CUE_TIMES.fullmatch(block[0]) if block else None
    if times is None:
        raise MediaDamaged(f"no times of a cue: {block[0][:80] if block else ''!r}")
    start, end = ((int(h) * 60 + int(m)) * 60_000 + int(s) * 1000 + int(ms) for h, m, s, ms in _clocks(times))
    plain = _unescaped if vtt else _without_joiners
    return Caption(start_ms=start, end_ms=end, lines=tuple(map(plain, block[1:])))


def _clocks(times: re.Match[str]) -> Iterator[tuple[str, ...]]:
    yield times.groups()[:4]
    yield times.groups()[4:]


def _unescaped(line: str) -> str:
    return line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _without_joiners(line: str) -> str:
    return re.sub(f"(<|\\{{|--){WORD_JOINER}", r"\1", line)
