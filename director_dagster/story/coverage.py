"""Coverage: which pictures a scene's action needs, as a first assistant director would list them."""

import re
from collections.abc import Sequence
from itertools import takewhile

from director_dagster.story import exchange, lexicon, timing, wire, words
from director_dagster.story.beats import Action, Beat, Caption, Speech, Told, Turn
from director_dagster.story.board import Board
from director_dagster.story.cast import NARRATOR
from director_dagster.story.shot import (
    Angle,
    Channel,
    Figure,
    Framing,
    Line,
    Move,
    Pose,
    Setting,
    TimeOfDay,
    Transition,
)
from director_dagster.story.staging import entrance

_THREAT = re.compile(
    r"\b(knife|gun|blade|threat\w*|looms?|looming|towers?|towering|menac\w*|monster|wolf|scream\w*|shadow falls|"
    r"raises? (?:his|her) (?:fist|hand)|blocks? the|attack\w*|thunder|lightning|huge|giant|enormous)\b"
)
_SMALL = re.compile(
    r"\b(alone|tiny|small|smaller|lost|little figure|far below|from above|collaps\w*|kneels?|empty|abandoned|"
    r"on the floor|on the ground|helpless|speck|distant)\b"
)
_NEAR = re.compile(
    r"\b(eyes?|face|tears?|smiles?|smiling|lips|mouth|stares?|breath\w*|listens?|listening|frowns?|blinks?|weeps?|cries|"
    r"crying|expression|whispers?|thinks?|remembers?|reads?|reading|nods?|shakes (?:his|her) head|laughs?)\b"
)
_UPWARD = re.compile(r"\b(up|above|tower\w*|tall|climb\w*|rises?|rising|sky|stars?|moon|ceiling|mast)\b")
_DOWNWARD = re.compile(r"\b(down|below|falls?|drops?|floor|ground|sinks?|lowers?|kneel\w*)\b")
_GONE = re.compile(
    r"\b(leaves|goes|away|off|exits?|disappear\w*|vanish\w*|far|distant|out to sea|recedes?|grows? small)\b"
)
_TALL = frozenset({"lighthouse", "mountain", "church", "stairs", "roofs", "lamp-room", "forest"})
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{2,})[\"”“»]")


class Coverage:
    """Covers one scene: beats go in, shots without codes stand on its board.

    `narrated`: the narrator tells all action; `reads`: the narrator reads what is written on things.
    """

    def __init__(self, board: Board, *, narrated: bool, reads: bool) -> None:
        self.board, self.floor = board, board.floor
        self.narrated, self.reads = narrated, reads
        self.fades_out = False
        self.ignored: list[str] = []
        self._parts_told: dict[str, int] = {}

    def cover(self, beats: Sequence[Beat]) -> None:
        """Cover `beats`, all of the scene's; a scene with a heading has at least one picture."""
        run: list[Speech] = []
        turns = len(list(takewhile(lambda beat: isinstance(beat, Turn), reversed(beats))))
        for index, beat in enumerate(beats):
            if isinstance(beat, Speech):
                run.append(beat)
                continue
            self._speak(run, ends=index >= len(beats) - turns)
            run = []
            self._beat(beat)
        self._speak(run, ends=True)
        if not self.board.shots and (self.board.scene_id in self.board.pending_ids or self.board.caption):
            self._place(())

    def _speak(self, run: Sequence[Speech], *, ends: bool) -> None:
        self.fades_out = self.fades_out and not run
        exchange.cover(run, self.board, ends=ends)

    def _beat(self, beat: Action | Caption | Turn) -> None:
        if isinstance(beat, Turn):
            self._turn(beat)
        elif isinstance(beat, Caption):
            self._caption(beat)
        else:
            self.fades_out = False
            tell = {
                Told.ACTION: self._action,
                Told.INSERT: self._insert,
                Told.POV: self._view,
                Told.SILENCE: self._silence,
                Told.MONTAGE: self._image,
            }
            self.floor.at_rest()
            tell[beat.told](beat)

    def _turn(self, beat: Turn) -> None:
        self.board.begins, self.fades_out = beat.begins, beat.fades_out
        if self.board.shots:
            self.board.attach(beat.element_ids)
        else:
            self.board.pending_ids += beat.element_ids

    def _caption(self, beat: Caption) -> None:
        last = self.board.last
        if last is None:
            self.board.caption = " ".join(filter(None, (self.board.caption, beat.text)))
            self.board.pending_ids += beat.element_ids
        elif last.caption or any(line.channel is not Channel.VOICE_OVER for line in last.lines):
            self.board.caption = beat.text
            self._place(beat.element_ids)
        else:
            self.board.attach(beat.element_ids, caption=beat.text)

    def _place(self, element_ids: Sequence[str]) -> None:
        """The place as a whole, with everyone in it."""
        seen = self.floor.group(self.floor.present, wide=True)
        self.board.add(element_ids, Framing.WIDE, seen, move=self._establishing_move())

    def _action(self, beat: Action) -> None:
        people = self.floor.people_in(beat.text)
        text = lexicon.fold(beat.text)
        framing = self._framing(text, people)
        figures = self._figures(framing, people)
        angle = self._angle(text, people)
        self.board.add(
            beat.element_ids,
            framing,
            figures,
            move=self._move(text, framing, figures, angle),
            angle=angle,
            lines=self._told(beat),
            prop=next(iter(lexicon.props(beat.text)), None) if people and framing is not Framing.WIDE else None,
            action=beat.text,
        )
        self.floor.leave_after(beat.text)

    def _framing(self, text: str, people: Sequence[str]) -> Framing:
        """How near: the place first, faces for what only a face shows, never the same picture twice in a row."""
        last = self.board.last
        if not self.board.established or not people:
            return Framing.WIDE
        near = len(people) == 1 and bool(_NEAR.search(text))
        far = entrance(text) or bool(_GONE.search(text)) or bool(_SMALL.search(text))
        wanted = Framing.CLOSE_UP if near else Framing.WIDE if far else Framing.MEDIUM
        if last is None or last.framing is not wanted or not {f.character for f in last.figures} >= set(people):
            return wanted
        if wanted is not Framing.MEDIUM:
            return Framing.MEDIUM
        return Framing.CLOSE_UP if len(people) == 1 else Framing.WIDE

    def _figures(self, framing: Framing, people: Sequence[str]) -> tuple[Figure, ...]:
        if framing is Framing.WIDE:
            return self.floor.group(self.floor.present, wide=True)
        if framing is Framing.CLOSE_UP:
            return (self.floor.single(people[-1], self.floor.pose(people[-1])),)
        return self.floor.group(people, wide=False)

    def _angle(self, text: str, people: Sequence[str]) -> Angle:
        if not people:
            return Angle.EYE
        return Angle.LOW if _THREAT.search(text) else Angle.HIGH if _SMALL.search(text) else Angle.EYE

    def _move(self, text: str, framing: Framing, figures: Sequence[Figure], angle: Angle) -> Move:
        """One intention: with the walk, up or down with the look, away from who goes, else nearer."""
        walking = [figure for figure in figures if figure.pose is Pose.WALK]
        if not self.board.established and not walking and angle is Angle.EYE:
            return self._establishing_move()
        if framing is Framing.CLOSE_UP:
            return Move.PUSH
        if angle is Angle.HIGH or _GONE.search(text):
            return Move.PULL
        if walking:
            return Move.PAN_RIGHT if walking[0].faces > 0 else Move.PAN_LEFT
        vertical = Move.TILT_UP if _UPWARD.search(text) else Move.TILT_DOWN if _DOWNWARD.search(text) else None
        return vertical or (Move.DRIFT if len(self.board.shots) % 2 else Move.PUSH)

    def _establishing_move(self) -> Move:
        if _TALL & set(self.board.setting.pieces[:1]):
            return Move.TILT_UP
        choices = (Move.PUSH, Move.PAN_RIGHT, Move.DRIFT, Move.PAN_LEFT)
        return choices[wire.seed(["establish", self.board.setting.place]) % len(choices)]

    def _insert(self, beat: Action) -> None:
        """A thing by itself; a face where the page is close on someone; else what the page says, as action."""
        things = lexicon.props(beat.subject) or lexicon.props(beat.text)
        people = self.floor.roster.named(beat.subject)
        if not things:
            if not people:
                self.ignored.append(f"close on {beat.subject or beat.text}: shown from afar")
            self._close_on(beat, people)
            return
        self.floor.enter(*people)
        packs = self._read(beat)
        last = self.board.last
        if last is not None and last.framing is Framing.INSERT and last.prop == things[0] and not last.lines:
            self.board.attach(beat.element_ids, lines=packs.pop(0) if packs else ())
            if not packs:
                return
        for number, lines in enumerate(packs or [self._told(beat)]):
            move = Move.DRIFT if number % 2 else Move.PUSH
            self.board.add(
                beat.element_ids, Framing.INSERT, (), move=move, lines=lines, prop=things[0], action=beat.text
            )

    def _close_on(self, beat: Action, people: Sequence[str]) -> None:
        if not people:
            self._action(beat)
            return
        self.floor.enter(*people)
        figure = self.floor.single(people[0], self.floor.pose(people[0]))
        lines = self._told(beat)
        self.board.add(beat.element_ids, Framing.CLOSE_UP, (figure,), move=Move.PUSH, lines=lines, action=beat.text)

    def _view(self, beat: Action) -> None:
        """What someone sees: they themselves are not in the picture."""
        seen = self.floor.roster.named(beat.subject)
        self.floor.enter(*seen)
        figures = self.floor.group(seen, wide=False)
        framing = Framing.MEDIUM if figures else Framing.WIDE
        prop = next(iter(lexicon.props(beat.subject)), None) if figures else None
        self.board.add(
            beat.element_ids, framing, figures, move=Move.DRIFT, lines=self._told(beat), prop=prop, action=beat.text
        )

    def _silence(self, beat: Action) -> None:
        """A beat of action: on the face of who was just spoken to, or who is there."""
        here = [name for name in self.floor.focus if name in self.floor.present] or self.floor.present
        if not here or not self.board.established:
            self._place(beat.element_ids)
            return
        spoke = self.board.last is not None and bool(self.board.last.lines)
        others = [name for name in (*self.floor.present, *here) if name != here[-1]]
        whose = others[-1] if spoke and others else here[-1]
        figure = self.floor.single(whose, self.floor.pose(whose), here[-1])
        self.board.add(beat.element_ids, Framing.CLOSE_UP, (figure,), move=Move.HOLD, action=beat.text)

    def _image(self, beat: Action) -> None:
        """One image of a montage, in the place that its own words name; images dissolve."""
        people = self.floor.people_in(beat.text)
        near = len(people) == 1 and _NEAR.search(lexicon.fold(beat.text))
        framing = Framing.CLOSE_UP if near else Framing.MEDIUM if people else Framing.WIDE
        prop = next(iter(lexicon.props(beat.text)), None)
        if prop and not people:
            framing = Framing.INSERT
        figures = self._figures(framing, people) if people else ()
        self.board.add(
            beat.element_ids,
            framing,
            figures,
            move=Move.DRIFT if len(self.board.shots) % 2 else Move.PUSH,
            lines=self._told(beat),
            prop=prop,
            action=beat.text,
            setting=_own_setting(beat.text, self.board.setting),
            begins=Transition.FADE_IN if self.board.begins is Transition.FADE_IN else Transition.DISSOLVE,
        )

    def _read(self, beat: Action) -> list[tuple[Line, ...]]:
        """What is written on the thing, for the narrator to read: a shot's worth each."""
        if not self.reads:
            return []
        parts = [
            part for quote in _QUOTED.findall(beat.text) for part in timing.spoken_parts(quote, self.board.language)
        ]
        return [(self._line(beat.element_ids[0], part),) for part in parts if words.spoken(part)]

    def _told(self, beat: Action) -> tuple[Line, ...]:
        """The narrator's words over a beat, when there is no other voice in the film."""
        text = words.narrated(beat.subject or beat.text)
        if not self.narrated or not words.spoken(text):
            return ()
        return tuple(self._line(beat.element_ids[0], part) for part in timing.spoken_parts(text, self.board.language))

    def _line(self, element_id: str, text: str) -> Line:
        number = self._parts_told[element_id] = self._parts_told.get(element_id, 0) + 1
        return Line(id=f"{element_id}.{number}", character=NARRATOR, text=text, channel=Channel.VOICE_OVER)


def _own_setting(text: str, around: Setting) -> Setting:
    """The setting of a montage's image: of the place it names, at the time it names, in the weather of the scene."""
    times = lexicon.TIMES.all(text)
    time: TimeOfDay = times[0] if times else around.time
    named = [piece for piece in lexicon.PLACES.all(text) if piece not in around.pieces]
    if not named:
        return around
    interior = named[0] in lexicon.INTERIORS
    return Setting(
        place=named[0].upper(),
        interior=interior,
        pieces=lexicon.pieces(" ".join(named), interior=interior),
        time=time,
        weather=around.weather,
    )
