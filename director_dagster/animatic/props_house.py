"""Things of the house that an insert shows: candle, clock, box, bread, cup and the like."""

import math

from director_dagster.animatic.ink import brush, ellipse, fill, group, line, mass, rect
from director_dagster.animatic.palette import Palette, mix


def cup(p: Palette) -> str:
    china = p.tone("#efe8dc")
    handle = f'<path d="M120 -60C230 -80 230 80 110 70" fill="none" stroke="{china}" stroke-width="26"/>'
    body = fill("M-140 -110C-136 40 -90 130 0 132C90 130 136 40 140 -110Z", china) + fill(
        "M60 -110C64 20 40 110 -10 132C90 130 136 40 140 -110Z", mix(china, p.ink, 0.35), 0.6
    )
    top = ellipse(0, -110, 140, 34, mix(china, p.ink, 0.15)) + ellipse(
        0, -106, 122, 26, mix(p.tone("#5a3420"), p.ink, 0.2)
    )
    return (
        ellipse(0, 148, 230, 40, mix(china, p.ink, 0.25))
        + ellipse(0, 140, 230, 38, china)
        + handle
        + body
        + top
        + line("M-132 -60Q0 -20 132 -60", p.vivid("#3f6fa0"), 9)
    )


def phone(p: Palette) -> str:
    shell = mix(p.tone("#2c2c30"), p.ink, 0.4)
    base = (
        fill("M-210 170Q-200 20 -120 -30H120Q200 20 210 170Z", shell)
        + ellipse(0, 70, 92, 84, mix(shell, p.paper, 0.25))
        + ellipse(0, 70, 40, 36, shell)
    )
    holes = "".join(
        ellipse(66 * x, 70 + 60 * y, 12, 11, p.ink)
        for x, y in (
            (1, 0),
            (0.8, 0.6),
            (0.3, 0.95),
            (-0.3, 0.95),
            (-0.8, 0.6),
            (-1, 0),
            (-0.8, -0.6),
            (-0.3, -0.95),
            (0.3, -0.95),
        )
    )
    receiver = fill(
        "M-270 -40C-290 -120 -200 -170 0 -170C200 -170 290 -120 270 -40C230 -10 170 -20 150 -50"
        "C140 -90 90 -104 0 -104C-90 -104 -140 -90 -150 -50C-170 -20 -230 -10 -270 -40Z",
        mix(shell, p.paper, 0.08),
    )
    return (
        base
        + holes
        + rect(-60, -60, 30, 36, shell)
        + rect(30, -60, 30, 36, shell)
        + receiver
        + line("M210 150q80 30 60 80t70 60", p.ink, 10)
    )


def bottle(p: Palette) -> str:
    glass = mix(p.tone("#2f6a4c"), p.ink, 0.2)
    body = fill(
        "M-34 -300H34V-150C36 -110 96 -90 96 -20V230Q96 250 76 250H-76Q-96 250 -96 230V-20C-96 -90 -36 -110 -34 -150Z",
        glass,
    )
    return (
        body
        + rect(-40, -312, 80, 30, mix(p.tone("#a07a4a"), p.ink, 0.1))
        + rect(-88, 20, 176, 130, p.tone("#efe4c8"))
        + line("M-60 60H60M-60 88H60M-40 116H40", p.ink, 5, 0.6)
        + line("M-70 -20V220", mix(glass, p.paper, 0.7), 10, 0.7)
    )


def candle(p: Palette) -> str:
    wax = mix(p.lamp, "#fff6e0", 0.7)
    flame = fill("M0 -300C50 -220 46 -170 0 -150C-46 -170 -50 -220 0 -300Z", mix(p.lamp, "#ffffff", 0.25)) + fill(
        "M0 -250C24 -205 22 -172 0 -160C-22 -172 -24 -205 0 -250Z", "#fffdf0"
    )
    drips = fill("M-60 -130H60V200H-60ZM-60 -110q-10 60 4 100ZM60 -120q14 80 -2 140Z", wax) + fill(
        "M20 -130H60V200H30Z", mix(wax, p.ink, 0.35), 0.5
    )
    dish = (
        ellipse(0, 210, 170, 36, mix(p.tone("#b08a44"), p.ink, 0.25))
        + ellipse(0, 200, 150, 28, mix(p.tone("#b08a44"), p.ink, 0.05))
        + '<circle cx="186" cy="196" r="34" fill="none"'
        f' stroke="{mix(p.tone("#b08a44"), p.ink, 0.25)}" stroke-width="13"/>'
    )
    return dish + drips + line("M0 -134V-160", p.ink, 7) + flame


_CLOCK_MINUTES = 10
"""Past twelve, on every clock that is shown: the hour of stories."""


def _hand(minutes: float, long: float, wide: float, colour: str) -> str:
    """A hand that points where the minute hand is at `minutes`."""
    turn = math.radians(6 * minutes)
    return line(f"M0 -40L{long * math.sin(turn):.1f} {-40 - long * math.cos(turn):.1f}", colour, wide)


def hours(y: int, outer: int, inner: int, ink: str, width: int) -> str:
    """The twelve marks of a dial around (0, `y`), from one radius to the other."""
    ways = [(0.0, 1.0), (0.5, 0.866), (0.866, 0.5), (1.0, 0.0), (0.866, -0.5), (0.5, -0.866)]
    ways += [(-across, -up) for across, up in ways]
    return "".join(
        line(f"M{outer * across:.0f} {y - outer * up:.0f}L{inner * across:.0f} {y - inner * up:.0f}", ink, width)
        for across, up in ways
    )


def clock(p: Palette) -> str:
    wood, face = mix(p.tone("#6b4028"), p.ink, 0.15), p.tone("#f4ecd8")
    case = fill("M-220 240V-60C-220 -200 -120 -290 0 -290C120 -290 220 -200 220 -60V240Z", wood) + rect(
        -260, 236, 520, 34, mix(wood, p.ink, 0.35)
    )
    dial = ellipse(0, -40, 170, 170, mix(p.tone("#c9a24a"), p.ink, 0.15)) + ellipse(0, -40, 152, 152, face)
    marks = hours(-40, 132, 114, p.ink, 9)
    return (
        case
        + dial
        + marks
        + _hand(_CLOCK_MINUTES / 12, 74, 13, p.ink)
        + _hand(_CLOCK_MINUTES, 116, 8, p.ink)
        + ellipse(0, -40, 12, 12, p.ink)
        + ellipse(0, 190, 26, 26, mix(p.tone("#c9a24a"), p.ink, 0.15))
    )


def box(p: Palette) -> str:
    wood = mix(p.tone("#8a5f36"), p.ink, 0.1)
    lid = fill("M-250 -60L-190 -190H230L270 -60Z", mix(wood, p.light, 0.15)) + rect(
        -256, -66, 532, 34, mix(wood, p.ink, 0.25)
    )
    front = rect(-244, -32, 508, 240, wood) + "".join(
        line(f"M-244 {30 + 60 * k}H264", mix(wood, p.ink, 0.45), 4, 0.7) for k in range(3)
    )
    brass = mix(p.tone("#c9a24a"), p.ink, 0.1)
    return (
        lid
        + front
        + "".join(rect(x, -66, 36, 274, mix(wood, p.ink, 0.4)) for x in (-200, 184))
        + rect(-34, -76, 88, 84, brass)
        + ellipse(10, -34, 10, 14, p.ink)
        + rect(6, -30, 8, 28, p.ink)
    )


def flower(p: Palette) -> str:
    green, petal = mix(p.tone("#3f6a3c"), p.ink, 0.1), p.vivid("#c8322e")
    stem = (
        fill(brush([(0, -60), (14, 80), (-10, 300)], 22, ends=0.5), green)
        + mass([(4, 120), (90, 60), (170, 70), (90, 140)], green)
        + mass([(4, 190), (-90, 130), (-180, 150), (-80, 214)], mix(green, p.ink, 0.2))
    )
    turns = "".join(
        group(
            [fill("M0 0C-70 -60 -66 -150 0 -190C66 -150 70 -60 0 0Z", mix(petal, p.ink, 0.10 * (k % 3)))],
            f"translate(0 -110) rotate({45 * k})",
        )
        for k in range(8)
    )
    heart = "".join(
        group(
            [fill("M0 0C-40 -30 -36 -84 0 -104C36 -84 40 -30 0 0Z", mix(petal, p.ink, 0.28))],
            f"translate(0 -110) rotate({60 * k + 20})",
        )
        for k in range(6)
    )
    return stem + turns + heart + ellipse(0, -110, 30, 30, mix(p.tone("#d8a12f"), p.ink, 0.1))


def bread(p: Palette) -> str:
    crust = mix(p.tone("#b5743a"), p.ink, 0.05)
    loaf = mass([(-280, 90), (-296, -10), (-200, -120), (0, -160), (200, -120), (296, -10), (280, 90), (0, 120)], crust)
    cuts = "".join(
        fill(
            brush([(x - 40, -70 + abs(x) * 0.12), (x, -90 + abs(x) * 0.16), (x + 46, 10)], 34, ends=0.1),
            p.tone("#ecd3a0"),
        )
        for x in (-170, -50, 70, 180)
    )
    return (
        rect(-340, 96, 680, 40, mix(p.tone("#7a5434"), p.ink, 0.2))
        + loaf
        + cuts
        + mass([(-270, 84), (-200, 40), (0, 60), (200, 40), (270, 84), (0, 116)], p.ink, 0.25)
    )


def mirror(p: Palette) -> str:
    gold = mix(p.tone("#b08a44"), p.ink, 0.12)
    glass = mix(p.low, p.paper, 0.35)
    frame = (
        ellipse(0, -70, 196, 236, gold)
        + ellipse(0, -70, 160, 200, glass)
        + fill("M-120 60L60 -240L110 -220L-70 120Z", "#ffffff", 0.35)
        + fill("M-30 116L120 -130L136 -100L20 122Z", "#ffffff", 0.25)
    )
    return frame + rect(-24, 150, 48, 190, gold) + ellipse(0, 340, 40, 24, gold) + ellipse(0, -310, 36, 30, gold)


def violin(p: Palette) -> str:
    wood, dark = mix(p.tone("#a5562a"), p.ink, 0.08), p.ink
    body = mass(
        [
            (0, -110),
            (-96, -90),
            (-120, -20),
            (-76, 50),
            (-84, 90),
            (-140, 150),
            (-128, 250),
            (0, 290),
            (128, 250),
            (140, 150),
            (84, 90),
            (76, 50),
            (120, -20),
            (96, -90),
        ],
        wood,
    )
    holes = line("M-52 40q-24 50 -6 110M52 40q24 50 6 110", dark, 9) + rect(-46, 150, 92, 14, mix(wood, p.paper, 0.5))
    neck = (
        rect(-16, -330, 32, 400, dark)
        + ellipse(0, -346, 26, 26, mix(wood, p.ink, 0.4))
        + fill("M-30 170H30L20 270H-20Z", dark)
    )
    strings = "".join(line(f"M{x} -320V220", mix(p.paper, wood, 0.3), 2) for x in (-9, -3, 3, 9))
    bow = line("M150 -320L290 270", mix(p.tone("#5a3422"), p.ink, 0.2), 12) + line("M164 -310L280 262", p.paper, 4, 0.8)
    return group([body, holes, neck, strings, bow], "rotate(16)")
