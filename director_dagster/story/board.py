"""The board of one scene: shots are pinned on it in order, as the beats are covered."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from director_dagster.story import timing
from director_dagster.story.shot import (
    Angle,
    Figure,
    Framing,
    Line,
    Move,
    Setting,
    Shot,
    Transition,
)
from director_dagster.story.staging import Floor


@dataclass
class Board:
    """Shots of one scene without codes.

    Attributes:
        setting: Where and when.
        floor: Who is there.
        scene: The scene's number, from 1.
        scene_id: The heading's id.
        language: Of the speech, for its length.
        begins: How the next shot begins.
        pending_ids: Elements that the next shot covers too: the heading, a fade in.
        caption: Words that the next shot shows.
        shots: What is pinned so far.
    """

    setting: Setting
    floor: Floor
    scene: int
    scene_id: str
    language: str
    begins: Transition = Transition.CUT
    pending_ids: tuple[str, ...] = ()
    caption: str | None = None
    shots: list[Shot] = field(default_factory=list)

    @property
    def last(self) -> Shot | None:
        """The shot pinned last."""
        return self.shots[-1] if self.shots else None

    @property
    def established(self) -> bool:
        """Whether the place has been seen as a whole."""
        return any(shot.framing is Framing.WIDE for shot in self.shots)

    def add(
        self,
        element_ids: Sequence[str],
        framing: Framing,
        figures: Sequence[Figure],
        *,
        move: Move,
        angle: Angle = Angle.EYE,
        lines: Sequence[Line] = (),
        prop: str | None = None,
        action: str = "",
        setting: Setting | None = None,
        begins: Transition | None = None,
    ) -> Shot:
        """Pin a shot, with whatever was waiting for the next one, and return it."""
        shot = Shot(
            code="",
            scene=self.scene,
            scene_id=self.scene_id,
            element_ids=tuple(dict.fromkeys((*self.pending_ids, *element_ids))),
            setting=setting or self.setting,
            framing=framing,
            angle=angle,
            move=move,
            figures=tuple(figures),
            lines=tuple(lines),
            prop=prop,
            action=action,
            caption=self.caption,
            planned_s=0.0,
            begins=begins or self.begins,
        )
        self.shots.append(self._planned(shot))
        self.begins, self.pending_ids, self.caption = Transition.CUT, (), None
        return self.shots[-1]

    def attach(self, element_ids: Sequence[str], *, lines: Sequence[Line] = (), caption: str | None = None) -> None:
        """Give the last shot more to cover, to say or to show; the board must not be empty."""
        last = self.shots[-1]
        more = replace(
            last,
            element_ids=tuple(dict.fromkeys((*last.element_ids, *element_ids))),
            lines=(*last.lines, *lines),
            caption=caption or last.caption,
        )
        self.shots[-1] = self._planned(more)

    def _planned(self, shot: Shot) -> Shot:
        return replace(shot, planned_s=timing.planned_s(shot, self.language))
