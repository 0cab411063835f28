"""The breakdown: a screenplay's shot list, by rules and without a language model.

Coverage, as a first assistant director would list it (`coverage`, `exchange`, `staging`):

- a place is first seen wide, with whoever is in it; action is told in mediums, two lines of the page a picture;
  what only a face shows is a close-up, what goes or is lost is wide;
- dialogue goes over the shoulder and back, everyone on their own side of the 180-degree line; two quick lines that
  open an exchange share a two-shot; close on the line that matters: stressed, whispered, before a beat, few words
  after many, the last of an exchange;
- an insert shows a prop that the page is close on, writes in capitals, or tells of alone;
- LOW looks up to threat and shouting, HIGH down on smallness; each shot has one move.

The narrator tells what the picture cannot show and a viewer needs:

- cues of a narrator (NARRATOR, ERZÄHLER …);
- what is written on a thing that an insert shows, when the page quotes it;
- all action of a screenplay in which nobody has a word to say;
- else the first sentence of a film whose first scene has no voice, so that the place is named.

Captions (SUPER:) stay captions. Where the numbers are from stands in `timing`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from director_dagster.story import beats, cast, codes, heading, lexicon, timing, wire, words
from director_dagster.story.board import Board
from director_dagster.story.cast import NARRATOR, Roster
from director_dagster.story.coverage import Coverage
from director_dagster.story.heading import Slug
from director_dagster.story.line_ids import with_line_ids
from director_dagster.story.screenplay import Kind, Scene, Screenplay
from director_dagster.story.shot import (
    Breakdown,
    Channel,
    Character,
    Framing,
    Line,
    Location,
    Setting,
    Shot,
    Transition,
)
from director_dagster.story.staging import Floor

_ALONE_LETTERS = 70
_UNTITLED = "Untitled"
_Side = tuple[str, bool | None]
_PRONOUN = re.compile(r"\b(he|she|they|him|them|er|sie|il|elle|ils|él|ella|lui|lei|он|она|они)\b")


def break_down(
    screenplay: Screenplay,
    *,
    previous: Sequence[Shot] = (),
    retired: Sequence[Shot] = (),
    language: str = "en",
    narration: bool = True,
) -> Breakdown:
    """The shot list of `screenplay`, with its characters, locations and props.

    Args:
        screenplay: The page.
        previous: As `coded` has it.
        retired: As `coded` has it.
        language: Of the speech, for its length, e.g. ``"en"``.
        narration: Whether the narrator may tell what the picture cannot show; a narrator's own cues are always said.

    Every cue's words are in exactly one line of the list, in parts when they are long; every action with words is in
    at least one shot. No shot is planned under 1.5 s, and none over 12 s. A page without scenes or words gives no
    shots. The same page gives the same list.
    """
    return coded(uncoded(screenplay, language=language, narration=narration), previous, retired)


def coded(breakdown: Breakdown, previous: Sequence[Shot] = (), retired: Sequence[Shot] = ()) -> Breakdown:
    """The breakdown with the shots' codes and the lines' ids.

    Args:
        breakdown: From `uncoded`.
        previous: The film's shots until now, in order: what is of the same part of the page keeps its code, and a line
            its id, also when it was rewritten where it stood.
        retired: Shots that it had before those: one that comes back has its code again, and no code is given twice.
    """
    pairs = zip(breakdown.shots, codes.with_codes(breakdown.shots, previous, retired), strict=True)
    return replace(breakdown, shots=with_line_ids([replace(shot, code=code) for shot, code in pairs], previous))


def uncoded(screenplay: Screenplay, *, language: str = "en", narration: bool = True) -> Breakdown:
    """The breakdown as `break_down` tells it, of the page alone: its shots have no codes yet."""
    people = cast.characters(screenplay)
    production = _Production(screenplay, people, language=language, narration=narration)
    shots = production.shots()
    page = screenplay.title_page
    return Breakdown(
        title=screenplay.title or _UNTITLED,
        author=words.plain(page.get("author") or page.get("authors") or "") or None,
        shots=tuple(shots),
        characters=people,
        locations=_locations(shots),
        props=tuple(dict.fromkeys(shot.prop for shot in shots if shot.prop and shot.framing is Framing.INSERT)),
        ignored=tuple(dict.fromkeys(production.ignored)),
        closing="fade-out" if production.fades_out else "cut",
    )


class _Production:
    """Scene after scene, with what passes from one to the next."""

    def __init__(self, screenplay: Screenplay, people: Sequence[Character], *, language: str, narration: bool) -> None:
        self.scenes = screenplay.scenes
        self.language, self.narration = language, narration
        self.roster = Roster([person.name for person in people])
        self.presents = {person.name: person.look.presents for person in people}
        silent = not any(words.spoken(line.text) for scene in self.scenes for cue in scene.cues for line in cue.lines)
        self.reader = beats.Reader(
            self.roster.canonical, self._shows_thing, narrated=narration and silent, language=language
        )
        self.ignored: list[str] = []
        self.fades_out = False
        self._slugs = [heading.read(words.plain(scene.heading.text) if scene.heading else "") for scene in self.scenes]
        self._actions = [_action_of(scene) for scene in self.scenes]
        self._pieces = _pieces(self._slugs, self._actions)

    def shots(self) -> list[Shot]:
        """All shots, in order, without codes."""
        shots: list[Shot] = []
        begins = Transition.CUT
        waiting: tuple[str, ...] = ()
        before: Setting | None = None
        for index, scene in enumerate(self.scenes):
            number = (shots[-1].scene if shots else 0) + 1
            coverage = self._covered(scene, number, self._setting(index, before), begins, waiting)
            board = coverage.board
            shots += board.shots
            begins, waiting = board.begins, board.pending_ids
            before = board.setting
            self.fades_out = coverage.fades_out if board.shots else self.fades_out
        self.ignored += self.reader.ignored
        if shots and waiting:
            shots[-1] = replace(shots[-1], element_ids=(*shots[-1].element_ids, *waiting))
        return self._opened(shots)

    def _covered(
        self, scene: Scene, number: int, setting: Setting, begins: Transition, waiting: tuple[str, ...]
    ) -> Coverage:
        looks_right = wire.seed(["looks", setting.place]) % 2 == 0
        board = Board(
            setting=setting,
            floor=Floor(roster=self.roster, presents=self.presents, looks_right=looks_right),
            scene=number,
            scene_id=scene.id,
            language=self.language,
            begins=begins,
            pending_ids=(*waiting, scene.id) if scene.heading else waiting,
        )
        coverage = Coverage(board, narrated=self.reader.narrated, reads=self.narration)
        coverage.cover(list(self.reader.read(scene)))
        self.ignored += coverage.ignored
        if scene.heading and not board.setting.pieces:
            self.ignored.append(f"{board.setting.place}: a place we cannot draw, a plain stage")
        return coverage

    def _setting(self, index: int, before: Setting | None) -> Setting:
        """The scene's setting; a place that the film comes back to is drawn with the same pieces each time."""
        slug = self._slugs[index]
        return heading.setting(slug, self._actions[index], self._pieces[slug.place, slug.interior], before)

    def _shows_thing(self, sentence: str) -> bool:
        """Whether a sentence of action is a prop's alone: it is written in capitals, or nobody else is in it."""
        found = lexicon.THINGS.find(sentence)
        if not found:
            return False
        if any(word.isupper() and lexicon.props(word) for word in sentence.split()):
            return True
        people = self.roster.mentions(sentence) or _PRONOUN.search(lexicon.fold(sentence))
        return len(sentence) <= _ALONE_LETTERS and not people

    def _opened(self, shots: list[Shot]) -> list[Shot]:
        """`shots`, the first told by the narrator when its whole scene has no voice."""
        if not shots or not self.narration or any(shot.lines for shot in shots if shot.scene == shots[0].scene):
            return shots
        first = shots[0]
        told = words.narrated(next(iter(words.sentences(first.action)), ""))
        if first.caption or not words.spoken(told) or timing.speech_s(told, self.language) > timing.PART_S:
            return shots
        line = Line(id=f"{first.scene_id}.1", character=NARRATOR, text=told, channel=Channel.VOICE_OVER, pause_s=1.0)
        opened = replace(first, lines=(line,))
        return [replace(opened, planned_s=timing.planned_s(opened, self.language)), *shots[1:]]


def _pieces(slugs: Sequence[Slug], actions: Sequence[Sequence[str]]) -> dict[_Side, tuple[str, ...]]:
    """What each place, inside and outside apart, is drawn with: by its name and all action that plays there."""
    seen: dict[_Side, list[str]] = {}
    for slug, sentences in zip(slugs, actions, strict=True):
        seen.setdefault((slug.place, slug.interior), []).extend(sentences)
    return {
        (place, interior): lexicon.pieces(place, " ".join(sentences), interior=bool(interior))
        for (place, interior), sentences in seen.items()
    }


def _action_of(scene: Scene) -> tuple[str, ...]:
    actions = [words.plain(element.text) for element in scene.elements if element.kind is Kind.ACTION]
    return tuple(sentence for action in actions for sentence in words.sentences(action))


def _locations(shots: Sequence[Shot]) -> tuple[Location, ...]:
    """Each place, inside and outside apart, as it is first seen."""
    first: dict[tuple[str, bool], Setting] = {}
    for shot in shots:
        first.setdefault((shot.setting.place, shot.setting.interior), shot.setting)
    sides = Counter(place for place, _ in first)
    return tuple(
        Location(name=f"{place}, {'inside' if interior else 'outside'}" if sides[place] > 1 else place, setting=s)
        for (place, interior), s in first.items()
    )
