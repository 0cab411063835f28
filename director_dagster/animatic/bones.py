"""Where a figure's joints are in each pose: an adult 200 units high, feet at 0, 0, looking right, up is negative."""

import math
from dataclasses import dataclass, replace

from director_dagster.animatic.ink import Point
from director_dagster.story.shot import Pose

STEPS = 8
"""How many drawings make two steps of a walk."""


@dataclass(frozen=True, kw_only=True)
class Bones:
    """Joints. Near is the side towards us; `pocket` hides the near hand; `tilt` turns the head, in degrees."""

    hip: Point = (0.0, -104.0)
    shoulder: Point = (-1.0, -161.0)
    head: Point = (4.0, -184.5)
    near_elbow: Point = (-17.5, -131.0)
    near_hand: Point = (-11.0, -105.0)
    far_elbow: Point = (15.5, -132.0)
    far_hand: Point = (16.0, -104.0)
    near_knee: Point = (-5.0, -55.0)
    near_foot: Point = (-8.0, -5.0)
    far_knee: Point = (7.0, -55.0)
    far_foot: Point = (7.0, -4.0)
    tilt: float = 0.0
    pocket: bool = False
    seated: bool = False
    hem_swing: float = 0.0


_POSES = {
    Pose.STAND: Bones(pocket=True),
    Pose.TURN_AWAY: Bones(
        head=(0.0, -184.5), shoulder=(0.0, -161.0), far_hand=(19.0, -103.0), near_hand=(-19.0, -103.0)
    ),
    Pose.TALK: Bones(
        near_elbow=(-14.0, -130.0),
        near_hand=(14.0, -142.0),
        far_elbow=(20.0, -134.0),
        far_hand=(30.0, -154.0),
        tilt=2.0,
    ),
    Pose.REACH: Bones(
        shoulder=(2.0, -160.0),
        head=(9.0, -182.5),
        near_elbow=(22.0, -146.0),
        near_hand=(48.0, -158.0),
        far_elbow=(16.0, -130.0),
        far_hand=(14.0, -104.0),
        near_foot=(-14.0, -5.0),
        far_foot=(14.0, -4.0),
        tilt=-3.0,
    ),
    Pose.LOOK_UP: Bones(shoulder=(-3.0, -161.0), head=(0.0, -184.5), tilt=-20.0, pocket=True),
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


def bones(pose: Pose, step: int = 0) -> Bones:
    """The joints of `pose`; for a walk, of its `step` (0 … `STEPS` − 1)."""
    return _walk(step) if pose is Pose.WALK else _POSES[pose]


def carrying(base: Bones) -> Bones:
    """`base` with the far hand held out, a lantern or a cane in it."""
    if base.seated:
        return replace(base, far_elbow=(18.0, -88.0), far_hand=(38.0, -86.0))
    return replace(base, far_elbow=(24.0, -134.0), far_hand=(40.0, -118.0))


def _walk(step: int) -> Bones:
    turn = 2 * math.pi * step / STEPS
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
