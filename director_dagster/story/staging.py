"""Who is in a scene, where they stand, what they do: the floor plan that keeps the 180-degree line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from director_dagster.story.cast import Roster
from director_dagster.story.lexicon import WordTable, fold
from director_dagster.story.shot import Figure, Pose

# More people than this are more than a small silhouette can tell apart.
SEEN_AT_MOST = 4

_POSES: WordTable[Pose] = WordTable(
    {
        Pose.SIT: """sit, sitting, sat, seated, crouch, crouching, crouched, kneel, kneeling, knelt, squat, lies,
            lying, slump, slumped, sitzt, kniet, assis, assise, sentado, sentada, seduto, seduta, сидит""",
        Pose.WALK: """walk, walking, walked, run, running, ran, step, stepping, stepped, climb, climbing, climbed,
            enter, entering, stride, striding, march, cross, crossing, hurry, hurrying, hurries, comes, coming,
            approach, approaching, rush, rushing, wander, descend, leaving, leave, exit, row, rowing, follow,
            following, push through, geht, läuft, kommt, marche, court, entre, camina, corre, entra, cammina, идёт,
            бежит, входит""",
        Pose.TURN_AWAY: """turns away, turned away, turns her back, turns his back, back to us, back turned, looks
            away, faces away, looking out, looks out, staring out, stares out, watches the, wendet sich ab,
            отворачивается""",
        Pose.REACH: """reach, reaching, reached, take, taking, took, pick, picking, picked, grab, grabbing, hand,
            handing, hands, hold, holding, held, lift, lifting, give, giving, gives, open, opening, opened, unfold,
            unfolding, pull, pulling, put, putting, find, finding, found, light, lighting, lights, turns the, nimmt,
            greift, prend, toma, prende, берёт""",
        Pose.LOOK_UP: """look up, looks up, looking up, stare up, stares up, gaze up, gazes up, gaze, gazing,
            upward, upwards, face up, skyward, the sky, the stars, blickt auf, lève les yeux, mira hacia arriba,
            смотрит вверх""",
        Pose.STAND: """stand, standing, stood, stop, stopping, stopped, wait, waiting, freeze, froze, rise, rises,
            rising, gets up, steht, debout, de pie, in piedi, стоит""",
    }
)
_ENTERS = re.compile(
    r"\b(enters?|comes? (?:in|up|down|out|through|running|back)|arrives?|appears?|"
    r"steps? (?:in|out|into|from|through)|walks? in|runs? in|rushes? in|bursts? in|emerges?|joins?|"
    r"climbs? in|tritt ein|kommt|entre|arrive|entra|входит|приходит)\b"
)
_LEAVES = re.compile(
    r"\b(exits?|leaves?(?=[.,;!]| the (?:room|house|kitchen|church|shop|office|cabin|boat|beach)|$)|"
    r"goes (?:out|away|off|home|inside|outside)|walks? (?:out|off|away)|runs? (?:out|off|away)|drives? (?:off|away)|"
    r"rows? (?:off|away|out)|steps? out|storms? (?:out|off)|"
    r"disappears?|vanishes|is gone|are gone|geht (?:ab|hinaus|weg)|sort|s'en va|sale|se va|esce|уходит|выходит)(?!\w)"
)
_THEY = re.compile(
    r"\b(they|them|both|each other|together|the two|everyone|all of them|sie|ils|elles|ellos|loro|они)\b"
)
_SHE = re.compile(r"\b(she|her|hers|herself|elle|ella|lei|она)\b")
_HE = re.compile(r"\b(he|him|his|himself|er|il|él|lui|он)\b")

_SPREAD: Mapping[int, tuple[float, ...]] = {
    1: (0.36,),
    2: (0.3, 0.7),
    3: (0.22, 0.5, 0.78),
    4: (0.16, 0.38, 0.62, 0.84),
}
_GROUP: Mapping[int, tuple[float, ...]] = {
    1: (0.36,),
    2: (0.36, 0.6),
    3: (0.3, 0.48, 0.66),
    4: (0.24, 0.42, 0.58, 0.76),
}


@dataclass
class Floor:
    """The floor of one scene: who is present, in which order from left to right, and who was last in view.

    The order never changes inside a scene, so that whoever looks right goes on looking right. `looks_right` says so of
    the first to come; the second comes in where they look.
    """

    roster: Roster
    presents: Mapping[str, str]
    looks_right: bool = True
    order: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    poses: dict[str, Pose] = field(default_factory=dict)
    focus: list[str] = field(default_factory=list)

    def enter(self, *names: str) -> None:
        """They are here from now on; who was here before keeps the place."""
        for name in names:
            if name not in self.order:
                self.order.insert(len(self.order) if self.looks_right else 0, name)
            if name not in self.present:
                self.present.append(name)

    def look_at(self, *names: str) -> None:
        """They are what the film is about just now: pronouns mean the last of them."""
        self.focus = [name for name in self.focus if name not in names] + list(names)

    def leave_after(self, text: str) -> None:
        """Who leaves in `text` is not here afterwards."""
        for name in self._doing(text, _LEAVES):
            self.present = [other for other in self.present if other != name]
            self.poses.pop(name, None)

    def people_in(self, text: str) -> tuple[str, ...]:
        """Whom `text` shows: those it names, else whom its pronouns mean; they enter. Empty when it shows nobody."""
        named = self.roster.named(text)
        meant = named or self._meant(fold(text))
        self.enter(*meant)
        self.look_at(*meant)
        self._pose(text, meant)
        return meant

    def _meant(self, text: str) -> tuple[str, ...]:
        here = [name for name in self.focus if name in self.present] or self.present
        if _THEY.search(text):
            return tuple(here[-3:])
        for pattern, presents in ((_SHE, "female"), (_HE, "male")):
            if pattern.search(text):
                fitting = [name for name in here if self.presents.get(name) == presents]
                return tuple((fitting or here)[-1:])
        return ()

    def _doing(self, text: str, what: re.Pattern[str]) -> list[str]:
        """Who does `what` in `text`: the last one named before each of its words, else whom the pronoun means."""
        doing: list[str] = []
        for clause in re.split(r"(?<=[.!?;])\s+", text):
            for match in what.finditer(fold(clause)):
                before = self.roster.named(clause[: match.start()]) or self._meant(fold(clause[: match.start()]))
                doing += before[-1:]
        return doing

    def _pose(self, text: str, people: Sequence[str]) -> None:
        for name in people:
            own = (
                " ".join(part for part in re.split(r"(?<=[.!?;,])\s+", text) if name in self.roster.named(part)) or text
            )
            found = _POSES.all(own) or (_POSES.all(text) if len(people) == 1 else ())
            self.poses[name] = found[0] if found else self._resting(name)

    def _resting(self, name: str) -> Pose:
        return Pose.SIT if self.poses.get(name) is Pose.SIT else Pose.STAND

    def at_rest(self) -> None:
        """What was done is done: whoever does not sit stands."""
        self.poses = {name: self._resting(name) for name in self.poses}

    def pose(self, name: str) -> Pose:
        """What `name` does now."""
        return self.poses.get(name, Pose.STAND)

    def faces(self, name: str, other: str | None = None) -> int:
        """Where `name` looks: towards `other`, else the middle of those present; alone, as the first to come."""
        if other is not None and other != name and other in self.order and name in self.order:
            return 1 if self.order.index(name) < self.order.index(other) else -1
        here = [person for person in self.order if person in self.present]
        if len(here) > 1 and name in here:
            return 1 if here.index(name) < len(here) / 2 else -1
        return 1 if self.looks_right else -1

    def group(self, names: Sequence[str], *, wide: bool) -> tuple[Figure, ...]:
        """`names` side by side in the scene's order, at most four; in a wide picture they stand closer."""
        seen = [name for name in self.order if name in names][:SEEN_AT_MOST]
        places = (_GROUP if wide else _SPREAD).get(len(seen), ())
        if len(seen) == 1:
            places = (self._lead_room(seen[0]),)
        return tuple(
            Figure(character=name, pose=self.pose(name), x=x, faces=self.faces(name))
            for name, x in zip(seen, places, strict=True)
        )

    def talking(self, *names: str) -> tuple[Figure, ...]:
        """`names` in conversation; who sits goes on sitting."""
        figures = self.group(names, wide=False)
        return tuple(figure if figure.pose is Pose.SIT else replace(figure, pose=Pose.TALK) for figure in figures)

    def single(self, name: str, pose: Pose, towards: str | None = None) -> Figure:
        """`name` alone in the picture, with room in front of the eyes."""
        faces = self.faces(name, towards)
        return Figure(character=name, pose=pose, x=0.4 if faces > 0 else 0.6, faces=faces)

    def over_shoulder(self, speaker: str, listener: str) -> tuple[Figure, ...]:
        """`speaker` seen past `listener`'s shoulder, each on the own side of the line."""
        faces = self.faces(speaker, listener)
        near = 0.82 if faces > 0 else 0.18
        return (
            Figure(character=speaker, pose=Pose.TALK, x=0.38 if faces > 0 else 0.62, faces=faces),
            Figure(character=listener, pose=Pose.STAND, x=near, faces=-faces, foreground=True),
        )

    def _lead_room(self, name: str) -> float:
        return 0.36 if self.faces(name) > 0 else 0.64


def entrance(text: str) -> bool:
    """Whether someone comes in in `text`."""
    return bool(_ENTERS.search(fold(text)))
