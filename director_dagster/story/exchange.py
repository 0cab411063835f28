"""Dialogue in pictures: over the shoulder and back, close on the line that matters, always on one side of the line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from director_dagster.story import timing
from director_dagster.story.beats import Speech
from director_dagster.story.board import Board
from director_dagster.story.shot import Angle, Channel, Framing, Line, Manner, Move, Pose

# What one set-up may hold before the eye wants another, and what two quick lines may take in one picture.
HELD_S = 9.0
_PAIR_S = 5.5
_DUAL_S = 11.0
_SHORT_LETTERS, _LONG_LETTERS = 22, 80
_CLOSE_IN_A_ROW = 2
# Who spoke longer ago, or will, is not who is spoken to.
_NEAR_TURNS = 50


@dataclass(frozen=True, kw_only=True)
class _Turn:
    """What is said in one picture: a speech or a part of it; `letters` are those of the whole speech."""

    element_ids: tuple[str, ...]
    speaker: str
    channel: Channel
    lines: tuple[Line, ...]
    to: str
    held: bool
    dual: bool
    letters: int

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


def cover(run: Sequence[Speech], board: Board, *, ends: bool) -> None:
    """Pin the pictures of an exchange: speeches with no action between. `ends`: nothing comes after it in the scene."""
    if not run:
        return
    board.floor.at_rest()
    here = [speech.speaker for speech in run if speech.channel is Channel.ON]
    board.floor.enter(*here)
    if not board.established:
        seen = board.floor.group(board.floor.present, wide=True)
        board.add((), Framing.WIDE, seen, move=Move.PUSH)
    turns = [turn for speech in run for turn in _turns(speech, board.language)]
    index = 0
    while index < len(turns):
        index += _Picture(turns, index, board, ends=ends).pin()


def _turns(speech: Speech, language: str) -> Iterator[_Turn]:
    """A speech in pictures that hold some nine seconds each."""
    held: list[Line] = []
    packs: list[tuple[Line, ...]] = []
    for line in speech.lines:
        if held and timing.reckon((*held, line), language) > HELD_S:
            packs.append(tuple(held))
            held = []
        held.append(line)
    packs.append(tuple(held))
    for number, lines in enumerate(packs, start=1):
        yield _Turn(
            element_ids=speech.element_ids,
            speaker=speech.speaker,
            channel=speech.channel,
            lines=lines,
            to=speech.to,
            held=speech.held and number == len(packs),
            dual=speech.dual and number == 1,
            letters=sum(len(line.text) for line in speech.lines),
        )


class _Picture:
    """The picture of one turn of an exchange, or of two."""

    def __init__(self, turns: Sequence[_Turn], index: int, board: Board, *, ends: bool) -> None:
        self.turns, self.index, self.board, self.ends = turns, index, board, ends
        self.turn = turns[index]
        self.floor = board.floor
        self.after = turns[index + 1] if index + 1 < len(turns) else None
        self.before = turns[index - 1] if index else None

    def pin(self) -> int:
        """Pin it and return how many turns it took."""
        if self.turn.channel is Channel.VOICE_OVER:
            self._over()
        elif self.turn.channel is Channel.OFF_SCREEN:
            self._unseen()
        elif not self.turn.lines:
            self._silent()
        elif self.after is not None and self._pairs(self.after):
            self._two_shot(self.after)
            return 2
        else:
            self._speaker()
        return 1

    def _over(self) -> None:
        last = self.board.last
        fits = timing.reckon(self.turn.lines, self.board.language) <= timing.LONGEST_S
        if last is not None and not last.lines and last.begins == last.begins and fits:
            self.board.attach(self.turn.element_ids, lines=self.turn.lines)
            return
        here = self.floor.present
        framing = Framing.MEDIUM if here and last is not None and last.framing is Framing.WIDE else Framing.WIDE
        figures = self.floor.group(here, wide=framing is Framing.WIDE)
        self.board.add(self.turn.element_ids, framing, figures, move=Move.PUSH, lines=self.turn.lines)

    def _unseen(self) -> None:
        listener = self._listener() or next(iter(self.floor.present), None)
        if listener is None:
            self.board.add(self.turn.element_ids, Framing.WIDE, (), move=Move.DRIFT, lines=self.turn.lines)
            return
        last = self.board.last
        close = last is not None and last.framing is Framing.MEDIUM
        framing = Framing.CLOSE_UP if close else Framing.MEDIUM
        figure = self.floor.single(listener, self.floor.pose(listener))
        self.board.add(self.turn.element_ids, framing, (figure,), move=Move.PUSH, lines=self.turn.lines)

    def _silent(self) -> None:
        figure = self.floor.single(self.turn.speaker, self.floor.pose(self.turn.speaker), self._listener())
        self.board.add(self.turn.element_ids, Framing.CLOSE_UP, (figure,), move=Move.HOLD)

    def _pairs(self, after: _Turn) -> bool:
        """Whether this turn and the next share a picture: dual dialogue, or two quick lines that open an exchange."""
        if after.channel is not Channel.ON or after.speaker == self.turn.speaker or not after.lines:
            return False
        together_s = timing.reckon((*self.turn.lines, *after.lines), self.board.language)
        if after.dual:
            return together_s <= _DUAL_S
        quick = self.index == 0 and len(self.turns) > 2 and together_s <= _PAIR_S
        return quick and not (self._stressed(self.turn) or self._stressed(after))

    def _two_shot(self, after: _Turn) -> None:
        figures = self.floor.talking(self.turn.speaker, after.speaker)
        self.board.add(
            (*self.turn.element_ids, *after.element_ids),
            Framing.MEDIUM,
            figures,
            move=Move.DRIFT,
            lines=(*self.turn.lines, *after.lines),
        )
        self.floor.look_at(self.turn.speaker, after.speaker)

    def _speaker(self) -> None:
        turn, listener = self.turn, self._listener()
        framing = self._framing(listener)
        if framing is Framing.OVER_SHOULDER and listener is not None:
            figures = self.floor.over_shoulder(turn.speaker, listener)
        else:
            figures = (self.floor.single(turn.speaker, Pose.TALK, listener),)
        self.board.add(
            turn.element_ids,
            framing,
            figures,
            move=self._move(framing),
            angle=Angle.LOW if turn.lines[0].manner is Manner.SHOUT else Angle.EYE,
            lines=turn.lines,
        )
        self.floor.look_at(turn.speaker)

    def _framing(self, listener: str | None) -> Framing:
        last = [shot.framing for shot in self.board.shots[-_CLOSE_IN_A_ROW:]]
        close_enough = last == [Framing.CLOSE_UP] * _CLOSE_IN_A_ROW
        if self._matters() and not close_enough:
            return Framing.CLOSE_UP
        goes_on = self.before is not None and self.before.element_ids == self.turn.element_ids
        if goes_on and last[-1:] != [Framing.CLOSE_UP]:
            return Framing.CLOSE_UP
        if listener is not None:
            return Framing.OVER_SHOULDER
        return Framing.CLOSE_UP if last[-1:] == [Framing.MEDIUM] else Framing.MEDIUM

    def _move(self, framing: Framing) -> Move:
        if framing is Framing.CLOSE_UP:
            return Move.PUSH
        return Move.DRIFT if len(self.board.shots) % 2 else Move.HOLD

    def _matters(self) -> bool:
        """The line to be close on: stressed, the answer in few words to many, or the last word."""
        turn, before = self.turn, self.before
        short_after_long = before is not None and turn.letters <= _SHORT_LETTERS and before.letters >= _LONG_LETTERS
        last_word = self.after is None and (self.ends or len(self.turns) > 2)
        return self._stressed(turn) or turn.held or short_after_long or last_word

    def _stressed(self, turn: _Turn) -> bool:
        return turn.text.endswith(("!", "!?", "?!")) or any(line.manner is Manner.WHISPER for line in turn.lines)

    def _listener(self) -> str | None:
        """Who is spoken to: whom the page names, else who spoke before or speaks next, else who else is here."""
        asked = self.floor.roster.named(self.turn.to.upper()) if self.turn.to else ()
        before = self.turns[max(0, self.index - _NEAR_TURNS) : self.index]
        after = self.turns[self.index + 1 : self.index + 1 + _NEAR_TURNS]
        near = [turn.speaker for turn in (*reversed(before), *after)]
        here = [*asked, *near, *reversed(self.floor.focus), *self.floor.present]
        fitting = (name for name in here if name != self.turn.speaker and name in self.floor.present)
        return next(fitting, None)
