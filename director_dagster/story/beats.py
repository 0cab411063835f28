"""A scene's page read as beats, in order: what is told, what is said, captions, and how a picture gives way."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from director_dagster.story import lexicon, timing, words
from director_dagster.story.cast import NARRATOR, is_narrator
from director_dagster.story.screenplay import Cue, Element, Kind, Scene
from director_dagster.story.shot import Channel, Line, Manner, Transition

# Two lines of action are one look of the camera.
CHUNK_LETTERS = 140
BEAT_S, LONG_BEAT_S = 0.9, 1.8


class Told(StrEnum):
    """What kind of action a beat is."""

    ACTION = "action"
    INSERT = "insert"
    POV = "pov"
    SILENCE = "silence"
    MONTAGE = "montage"


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that is seen, `text` in the page's own words; `subject` is what an insert or POV is of."""

    element_ids: tuple[str, ...]
    text: str
    told: Told = Told.ACTION
    subject: str = ""


@dataclass(frozen=True, kw_only=True)
class Speech:
    """One cue. `to` is whom its parentheticals name, `held` whether a beat follows its last words."""

    element_ids: tuple[str, ...]
    speaker: str
    channel: Channel
    lines: tuple[Line, ...]
    to: str = ""
    held: bool = False
    dual: bool = False


@dataclass(frozen=True, kw_only=True)
class Caption:
    """Words on the screen."""

    element_ids: tuple[str, ...]
    text: str


@dataclass(frozen=True, kw_only=True)
class Turn:
    """How the next picture begins."""

    element_ids: tuple[str, ...]
    begins: Transition
    fades_out: bool = False


Beat = Action | Speech | Caption | Turn

_MANNERS: lexicon.WordTable[Manner] = lexicon.WordTable(
    {
        Manner.WHISPER: """whisper, whispering, whispered, sotto, sotto voce, quiet, quietly, soft, softly, hushed,
            under his breath, under her breath, in a low voice, murmur, murmuring, flüstert, flüsternd, leise,
            chuchote, chuchotant, murmure, à voix basse, doucement, susurra, susurrando, en voz baja, sussurra,
            sussurrando, sottovoce, piano, шёпотом, шепотом, шепчет, тихо""",
        Manner.SHOUT: """shout, shouting, shouted, yell, yelling, scream, screaming, loud, loudly, calling, calling
            out, calls out, cries out, over the wind, over the storm, schreit, schreiend, ruft, rufend, laut, crie,
            criant, hurle, fort, grita, gritando, urla, urlando, grida, gridando, кричит, громко""",
        Manner.SLOW: """slow, slowly, weary, wearily, tired, sad, sadly, hesitant, hesitating, haltingly,
            thoughtful, thoughtfully, heavily, langsam, müde, zögernd, lentement, las, hésitant, lento, lentamente,
            cansado, despacio, stanco, медленно, устало""",
        Manner.FAST: """fast, quick, quickly, hurried, hurriedly, excited, excitedly, breathless, panicked,
            rapidly, in a rush, schnell, aufgeregt, hastig, vite, excité, rápido, rápidamente, veloce, in fretta,
            быстро""",
    }
)
_BEATS: lexicon.WordTable[float] = lexicon.WordTable(
    {
        LONG_BEAT_S: "long beat, long pause, long silence, lange pause, long silence, larga pausa, lunga pausa",
        BEAT_S: "beat, pause, silence, stille, pausa, temps, un temps, silencio, silenzio, пауза, тишина",
    }
)
_VOICE_OVER = re.compile(r"v\.? ?o\b|voice.?over|voix off|narrat|з\.? ?к\b|за кадром")
_OFF_SCREEN = re.compile(r"o\.? ?[sc]\b|off|filter|phone|radio|speaker|\btv\b|intercom")
_SAME_VOICE = re.compile(r"cont|more|weiter|suite|cont\.|прод")
_SUPER = re.compile(
    r"(?:SUPER(?:IMPOSED?)?|TITLES?(?: CARD)?|CAPTION|CHYRON|TITEL|EINBLENDUNG|CARTON|ТИТР)\s*[:–—-]\s*(?P<words>.+)",
    re.DOTALL,
)
_FADE_OUT = re.compile(r"(?:FADE OUT|FADE TO BLACK|CUT TO BLACK|ABBLENDE|FONDU AU NOIR)\b.*", re.DOTALL)
_FADE_IN = re.compile(r"(?:FADE (?:UP|IN)(?: ON| FROM BLACK)?|AUFBLENDE)\s*[.:]*")
_PLAIN_CUTS = frozenset({"CUT TO", "CUT", "SCHNITT", "SCHNITT AUF", "COUPE", "CORTE A", "STACCO"})
_DISSOLVE = re.compile(r".*(?:DISSOLVE|CROSS ?FADE|ÜBERBLEND|FONDU ENCHAÎNÉ|FUNDIDO|DISSOLVENZA|НАПЛЫВ).*", re.DOTALL)
_INSERT = re.compile(
    r"(?:INSERT|(?:EXTREME )?CLOSE(?:R|[ -]?UP)?(?: SHOT)?(?: ON| OF)?|E?CU|TIGHT ON|DETAIL|GROSSAUFNAHME|GROS PLAN)\b"
    r"(?:\s+(?:ON|OF)\b)?\s*[:–—-]*\s*(?P<subject>.*)",
    re.DOTALL,
)
_POV = re.compile(r"(?P<whose>[^.:–—]{0,40}?)(?:['’]S)?\s*\bPOV\b\s*(?:OF\b)?\s*[:.–—-]*\s*(?P<subject>.*)", re.DOTALL)
_MONTAGE = re.compile(r"(?:BEGIN )?(?:(?:A )?MONTAGE|SERIES OF SHOTS)\b[^.:–—]*[.:–—-]*\s*")
_MONTAGE_END = re.compile(r"END (?:OF )?(?:MONTAGE|SERIES)\b.*|BACK TO (?:SCENE|PRESENT)\b.*", re.DOTALL)
_ITEM = re.compile(r"^\s*(?:[-–—•*]+|\(?[A-Za-z0-9]{1,2}[.)])\s+")
_SILENT = re.compile(
    r"(?:an? |the )?(?:long |short |heavy )?(?:beat|pause|silence|stille|un temps|пауза|тишина)[.…!]*", re.IGNORECASE
)
_NOT_DONE = re.compile(
    r"\b(INTERCUT|SPLIT SCREEN|SLOW MOTION|FREEZE FRAME|SMASH ZOOM|ZOOMS? (?:IN|OUT)|DOLLY|CRANE|STEADICAM|"
    r"FLASHBACK|STOCK SHOT|TIME LAPSE|MUSIC CUE)\b"
)
_CLOSING_QUOTES = " \"“”«»„'"


@dataclass
class Reader:
    """Reads scenes one after another; `ignored` gathers what a film leaves out of them.

    Attributes:
        canonical: A cue's name → the name as its first cue writes it.
        shows: Whether a sentence of action is of a thing alone, so that it is an insert.
        narrated: Whether the narrator tells all action, which then must come in parts that can be spoken.
        language: Of the speech.
    """

    canonical: Callable[[str], str]
    shows: Callable[[str], bool]
    narrated: bool
    language: str
    ignored: list[str] = field(default_factory=list)
    _opens: bool = True
    _in_montage: bool = False

    def read(self, scene: Scene) -> Iterator[Beat]:
        """The beats of `scene`; every action and every cue with words is in at least one."""
        cues = {cue.id: cue for cue in scene.cues}
        self._opens = True
        self._in_montage = scene.heading is not None and "MONTAGE" in scene.heading.text.upper()
        for element in scene.elements:
            text = words.plain(element.text)
            if element.id in cues:
                yield self._speech(cues[element.id])
            elif element.kind is Kind.TRANSITION:
                yield self._turn(element, text.upper())
            elif element.kind is Kind.CENTERED and text:
                yield Caption(element_ids=(element.id,), text=text)
            elif element.kind is Kind.ACTION and text:
                yield from self._told(element, text)
        self.ignored += [f"line {e.span.first}: lyrics outside a cue are not sung" for e in _loose_lyrics(scene)]

    def _told(self, element: Element, text: str) -> Iterator[Beat]:
        ends = bool(_MONTAGE_END.fullmatch(text))
        self._in_montage = (self._in_montage or bool(_MONTAGE.match(text))) and not ends
        if directive := _directive(element.id, text):
            yield directive
        elif ends:
            yield Turn(element_ids=(element.id,), begins=Transition.CUT)
        elif self._in_montage:
            yield from self._images(element)
        elif (match := _INSERT.fullmatch(text)) and not self._too_long(text):
            yield Action(element_ids=(element.id,), text=text, told=Told.INSERT, subject=match["subject"])
        elif (match := _POV.fullmatch(text)) and not self._too_long(text):
            yield Action(element_ids=(element.id,), text=text, told=Told.POV, subject=match["subject"])
        else:
            self._note_ignored(element, text)
            yield from self._chunks(element.id, text)

    def _images(self, element: Element) -> Iterator[Action | Turn]:
        """A montage's images, one each; its heading alone is a turn to the first."""
        lines = [words.plain(_ITEM.sub("", line)) for line in element.text.splitlines()]
        images = [image for line in lines if (image := _MONTAGE.sub("", line, count=1)) and words.spoken(image)]
        if not images:
            yield Turn(element_ids=(element.id,), begins=Transition.DISSOLVE)
        for image in images:
            for part in timing.spoken_parts(image, self.language) if self.narrated else [image]:
                yield Action(element_ids=(element.id,), text=part, told=Told.MONTAGE)

    def _too_long(self, text: str) -> bool:
        """Whether the narrator cannot tell `text` in one shot."""
        return self.narrated and timing.speech_s(text, self.language) > timing.PART_S

    def _chunks(self, element_id: str, text: str) -> Iterator[Action]:
        """A paragraph as looks of the camera: sentences up to two lines together, a thing alone by itself."""
        chunk = ""
        for sentence in self._sentences(text):
            # The first sentence of a scene is of its place, whatever it names: the place must be seen first.
            if self.shows(sentence) and not self._opens:
                yield from [Action(element_ids=(element_id,), text=chunk)] if chunk else []
                yield Action(element_ids=(element_id,), text=sentence, told=Told.INSERT, subject=sentence)
                chunk = ""
            elif chunk and self._full(f"{chunk} {sentence}"):
                yield Action(element_ids=(element_id,), text=chunk)
                chunk = sentence
            else:
                chunk = f"{chunk} {sentence}".strip()
            self._opens = False
        if chunk:
            yield Action(element_ids=(element_id,), text=chunk)

    def _sentences(self, text: str) -> Iterator[str]:
        for sentence in words.sentences(text):
            yield from timing.spoken_parts(sentence, self.language) if self.narrated else [sentence]

    def _full(self, text: str) -> bool:
        """Whether `text` is more than one picture holds."""
        return self._too_long(text) or len(text) > CHUNK_LETTERS

    def _speech(self, cue: Cue) -> Speech:
        narrator = is_narrator(cue.character)
        speaker = NARRATOR if narrator else self.canonical(cue.character)
        said = _Said(cue, speaker, Channel.VOICE_OVER if narrator else self._channel(cue), self.language)
        for element in cue.lines:
            said.take(element)
        self.ignored += said.ignored
        if cue.dual:
            self.ignored.append(f"{cue.character}: dual dialogue is spoken one after the other")
        return said.speech()

    def _channel(self, cue: Cue) -> Channel:
        extension = lexicon.fold(cue.extension or "")
        if _VOICE_OVER.search(extension):
            return Channel.VOICE_OVER
        if _OFF_SCREEN.search(extension):
            return Channel.OFF_SCREEN
        if extension and not _SAME_VOICE.search(extension):
            self.ignored.append(f"{cue.character}: ({cue.extension}) is not heard")
        return Channel.ON

    def _turn(self, element: Element, text: str) -> Turn:
        if turn := _fade(element.id, text):
            return turn
        if _DISSOLVE.fullmatch(text):
            return Turn(element_ids=(element.id,), begins=Transition.DISSOLVE)
        if text.strip(" .:") not in _PLAIN_CUTS:
            self.ignored.append(f"line {element.span.first}: {text} is a plain cut")
        return Turn(element_ids=(element.id,), begins=Transition.CUT)

    def _note_ignored(self, element: Element, text: str) -> None:
        for word in _NOT_DONE.findall(text):
            self.ignored.append(f"line {element.span.first}: {word} is not shown")


class _Said:
    """A cue on its way to a `Speech`: its texts, each with the manner and pause that parentheticals ask for."""

    def __init__(self, cue: Cue, speaker: str, channel: Channel, language: str) -> None:
        self.cue, self.speaker, self.channel, self.language = cue, speaker, channel, language
        self.to = ""
        self.ignored: list[str] = []
        self._said: list[tuple[str, Manner, float]] = []
        self._manner, self._pause_s = Manner.PLAIN, 0.0

    def take(self, element: Element) -> None:
        """Add one element of the cue."""
        text = words.plain(element.text)
        if element.kind is Kind.PARENTHETICAL:
            self._direct(text.strip("() "), element.span.first)
        elif not words.spoken(text):
            self._pause_s += BEAT_S
        else:
            for part in timing.spoken_parts(text, self.language, self._manner):
                self._said.append((part, self._manner, min(self._pause_s, timing.LONGEST_PAUSE_S)))
                self._pause_s = 0.0

    def _direct(self, text: str, line: int) -> None:
        beats, manners = _BEATS.all(text), _MANNERS.all(text)
        self._pause_s += max(beats, default=0.0)
        self._manner = manners[0] if manners else self._manner
        if text.casefold().startswith(("to ", "zu ", "à ", "a ")):
            self.to = text.partition(" ")[2]
        elif not beats and not manners:
            self.ignored.append(f"line {line}: ({text}) is not heard")

    def speech(self) -> Speech:
        """The speech; parts of one cue are numbered from 1, a cue in one part has its own id."""
        several = len(self._said) > 1
        lines = tuple(
            Line(
                id=f"{self.cue.id}.{number}" if several else self.cue.id,
                character=self.speaker,
                text=text,
                manner=manner,
                channel=self.channel,
                pause_s=pause_s,
            )
            for number, (text, manner, pause_s) in enumerate(self._said, start=1)
        )
        return Speech(
            element_ids=(self.cue.id, *(element.id for element in self.cue.lines)),
            speaker=self.speaker,
            channel=self.channel,
            lines=lines,
            to=self.to,
            held=self._pause_s > 0,
            dual=self.cue.dual,
        )


def _directive(element_id: str, text: str) -> Beat | None:
    """Action that is a direction of the page: a fade, a caption, a silence; None when it is told."""
    if turn := _fade(element_id, text):
        return turn
    if match := _SUPER.fullmatch(text):
        return Caption(element_ids=(element_id,), text=match["words"].strip(_CLOSING_QUOTES) or match["words"])
    if _SILENT.fullmatch(text):
        return Action(element_ids=(element_id,), text=text, told=Told.SILENCE)
    return None


def _fade(element_id: str, text: str) -> Turn | None:
    if _FADE_IN.fullmatch(text.upper()):
        return Turn(element_ids=(element_id,), begins=Transition.FADE_IN)
    if _FADE_OUT.fullmatch(text):
        return Turn(element_ids=(element_id,), begins=Transition.FADE_IN, fades_out=True)
    return None


def _loose_lyrics(scene: Scene) -> list[Element]:
    sung = {element.id for cue in scene.cues for element in cue.lines}
    return [element for element in scene.elements if element.kind is Kind.LYRICS and element.id not in sung]
