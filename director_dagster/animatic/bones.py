"""Where a figure's joints are in each pose: an adult 200 units high, feet at 0, 0, looking right, up is negative."""

import math
from dataclasses import dataclass, replace

from director_dagster.animatic.ink import Point
from director_dagster.story.shot import Pose

STEPS = 8
"""How many drawings make two steps of a walk."""


@dataclass(frozen=True, kw_only=True)
class Bones:
    """Joints. Near is the side towards us; `pocket` hides both hands, `crossed` lays the far forearm before the body;
    `tilt` turns the head, in degrees.
    """

    hip: Point = (0.0, -104.0)
    shoulder: Point = (-1.0, -161.0)
    head: Point = (4.0, -183.0)
    near_elbow: Point = (-17.5, -131.0)
    near_hand: Point = (-14.0, -106.0)
    far_elbow: Point = (15.5, -132.0)
    far_hand: Point = (16.0, -104.0)
    near_knee: Point = (-5.0, -55.0)
    near_foot: Point = (-8.0, -5.0)
    far_knee: Point = (7.0, -55.0)
    far_foot: Point = (7.0, -4.0)
    tilt: float = 0.0
    pocket: bool = False
    crossed: bool = False
    seated: bool = False
    hem_swing: float = 0.0


_DOWN = Bones()
_COLLAR = Bones(near_elbow=(-19.0, -132.0), near_hand=(1.0, -151.0))
_POCKETS = Bones(near_elbow=(-21.0, -130.0), near_hand=(-10.0, -107.0), far_elbow=(20.0, -131.0),
                 far_hand=(14.0, -108.0), pocket=True)  # fmt: skip
_FOLDED = Bones(near_elbow=(-16.0, -130.0), near_hand=(9.0, -137.0), far_elbow=(16.0, -131.0),
                far_hand=(-6.0, -133.0), crossed=True)  # fmt: skip
_LOW = Bones(far_elbow=(19.0, -131.0), far_hand=(37.0, -139.0), tilt=1.0)
_CLASPED = Bones(near_elbow=(-18.0, -130.0), near_hand=(3.0, -112.0), far_elbow=(17.0, -130.0),
                 far_hand=(6.0, -114.0), crossed=True)  # fmt: skip
_OPEN = Bones(near_elbow=(-17.0, -131.0), near_hand=(6.0, -124.0), far_elbow=(19.0, -131.0), far_hand=(36.0, -128.0),
              tilt=1.0)  # fmt: skip

_HABITS = {
    Pose.STAND: (_DOWN, _COLLAR, _POCKETS, _FOLDED, _CLASPED),
    Pose.TALK: (_LOW, _CLASPED, _POCKETS, _LOW, _COLLAR, _OPEN, _FOLDED),
}
"""How people hold their hands; each has habits of their own."""

_POSES = {
    Pose.TURN_AWAY: Bones(
        head=(0.0, -183.0), shoulder=(0.0, -161.0), far_hand=(19.0, -103.0), near_hand=(-19.0, -103.0)
    ),
    Pose.REACH: Bones(
        shoulder=(2.0, -160.0),
        head=(9.0, -181.5),
        near_elbow=(12.0, -135.0),
        near_hand=(44.0, -149.0),
        far_elbow=(16.0, -130.0),
        far_hand=(15.0, -104.0),
        near_foot=(-14.0, -5.0),
        far_foot=(14.0, -4.0),
        tilt=-3.0,
    ),
    Pose.LOOK_UP: Bones(shoulder=(-3.0, -161.0), head=(0.0, -183.5), tilt=-20.0),
    Pose.SIT: Bones(
        hip=(-8.0, -58.0),
        shoulder=(-5.0, -114.0),
        head=(1.0, -137.5),
        near_elbow=(-12.0, -86.0),
        near_hand=(16.0, -70.0),
        far_elbow=(14.0, -88.0),
        far_hand=(26.0, -72.0),
        near_knee=(31.0, -58.0),
        near_foot=(26.0, -5.0),
        far_knee=(36.0, -60.0),
        far_foot=(38.0, -4.0),
        seated=True,
    ),
}


def bones(pose: Pose, step: int = 0, *, habit: int = 0) -> Bones:
    """The joints of `pose`; for a walk, of its `step` (0 … `STEPS` − 1); `habit` chooses what idle hands do."""
    if pose is Pose.WALK:
        return _walk(step)
    kinds = _HABITS.get(pose)
    return kinds[habit % len(kinds)] if kinds else _POSES[pose]


def at_ease(base: Bones) -> Bones:
    """`base` with its hands down, where a face fills the picture."""
    return replace(base, near_elbow=_DOWN.near_elbow, near_hand=_DOWN.near_hand, far_elbow=_DOWN.far_elbow,
                   far_hand=_DOWN.far_hand, crossed=False)  # fmt: skip


def young(base: Bones) -> Bones:
    """`base` with a child's shorter trunk and arms: its head, which is larger, stays where it was."""

    def lowered(at: Point) -> Point:
        return (at[0] * 0.96, at[1] + (0 if base.seated else 5.0))

    return replace(base, shoulder=lowered(base.shoulder), near_elbow=lowered(base.near_elbow),
                   near_hand=lowered(base.near_hand), far_elbow=lowered(base.far_elbow),
                   far_hand=lowered(base.far_hand), head=(base.head[0], base.head[1] + 4.0))  # fmt: skip


def carrying(base: Bones) -> Bones:
    """`base` with the far hand held out, a lantern or a cane in it."""
    if base.seated:
        return replace(base, far_elbow=(18.0, -88.0), far_hand=(38.0, -86.0))
    return replace(base, far_elbow=(24.0, -134.0), far_hand=(40.0, -118.0))


def _walk(step: int) -> Bones:
    turn = 2 * math.pi * (step + 1) / STEPS
    stride, lift = math.sin(turn), math.cos(turn)
    bob = 2.2 * abs(stride)
    near_knee, near_foot = _leg(stride, lift)
    far_knee, far_foot = _leg(-stride, -lift)
    return Bones(
        hip=(0.0, -103.0 + bob), shoulder=(4.0, -160.0 + bob), head=(10.0, -182.5 + bob),
        near_elbow=(-9.0 - 9 * stride, -131.0 + bob), near_hand=(-2.0 - 24 * stride, -107.0 + bob),
        far_elbow=(8.0 + 10 * stride, -132.0 + bob), far_hand=(14.0 + 22 * stride, -108.0 + bob),
        near_knee=near_knee, near_foot=near_foot, far_knee=far_knee, far_foot=far_foot, tilt=2.0, hem_swing=4 * lift,
    )  # fmt: skip


def _leg(forward: float, lift: float) -> tuple[Point, Point]:
    """Knee and foot of a leg: `forward` −1 … 1, the foot off the ground while it swings (`lift` above 0)."""
    raised = max(lift, 0.0)
    knee = (13 * forward + 9 * raised, -54.0 - 4 * raised)
    foot = (25 * forward - 3 * raised, -5.0 - 15 * raised * (1 - 0.4 * max(forward, 0)))
    return knee, foot
