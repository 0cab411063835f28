"""The noises that places are made of: stereo, and of RMS 1, the rare ones while they are heard."""

from collections.abc import Callable

import numpy as np

from director_dagster.animatic.loop import Loop, burst, level, ring, struck, swell
from director_dagster.media.filters import band
from director_dagster.media.sound import RATE_HZ, Samples

Noise = Callable[[Loop], Samples]


def sea(loop: Loop) -> Samples:
    """Waves on a shore: each runs up, breaks and hisses back, over the rumble of the others."""
    wash, hiss = np.zeros((loop.count, 2), np.float32), np.zeros((loop.count, 2), np.float32)
    for at in loop.moments(7.5):
        size, pan = loop.rng.uniform(0.5, 1.0), loop.rng.uniform(-0.7, 0.7)
        loop.drop(wash, size * swell(7.0, 0.42), at, pan)
        loop.drop(hiss, size * swell(5.0, 0.25), at + round(2.2 * RATE_HZ), -pan)
    rumble = loop.noise({30.0: -30.0, 60.0: 0.0, 180.0: -6.0, 600.0: -30.0})
    body = loop.noise({120.0: -24.0, 350.0: 0.0, 900.0: -4.0, 4000.0: -20.0, 12_000.0: -50.0})
    foam = loop.noise({900.0: -30.0, 2500.0: 0.0, 7000.0: -3.0, 14_000.0: -24.0})
    return level(0.5 * rumble + (0.15 + wash) * body + 0.35 * (0.08 + hiss) * foam)


def lapping(loop: Loop) -> Samples:
    """Small waves against wood or stone."""
    water = loop.noise({150.0: -20.0, 400.0: 0.0, 1500.0: -10.0, 5000.0: -34.0})
    tide = loop.empty()
    for at in loop.moments(0.9):
        loop.drop(tide, loop.rng.uniform(0.2, 1.0) * swell(1.1, 0.2), at, loop.rng.uniform(-1, 1))
    return level((0.12 + tide) * water)


def rain(loop: Loop) -> Samples:
    """Rain in the open: a bright hiss and single drops near by."""
    hiss = loop.noise({300.0: -34.0, 1200.0: -6.0, 3500.0: 0.0, 9000.0: -5.0, 16_000.0: -20.0})
    return level(loop.slow(0.3, 0.8, 1.1, 2) * hiss + 0.5 * _drops(loop, 40, 2200, 6000))


def roof(loop: Loop) -> Samples:
    """Rain on a roof, heard from below."""
    drum = loop.noise({80.0: -24.0, 200.0: 0.0, 700.0: -4.0, 1600.0: -16.0, 6000.0: -44.0})
    return level(loop.slow(0.25, 0.75, 1.1, 2) * drum + 0.7 * _drops(loop, 30, 350, 1300))


def wind(loop: Loop) -> Samples:
    """Gusts: three bands that rise and fall each in its own time."""
    gusts = loop.empty()
    for low, high, share in ((90, 260, 1.0), (260, 620, 0.7), (620, 1500, 0.35)):
        force = np.square(loop.slow(0.22, 0.15, 1.0, 2))
        gusts += share * force * loop.noise(band(low, high, octaves=1.0))
    return level(gusts)


def draught(loop: Loop) -> Samples:
    """Wind around a house: muffled, with a whistle under the door."""
    whistle = np.power(loop.slow(0.18, 0.0, 1.0), 3) * loop.noise(band(520, 640, octaves=0.2))
    return level(loop.colour(wind(loop), {150.0: 0.0, 500.0: -14.0, 2000.0: -40.0}) + 0.12 * whistle)


def leaves(loop: Loop) -> Samples:
    """Leaves and grass in a light wind."""
    rustle = loop.noise({600.0: -30.0, 2000.0: -3.0, 5000.0: 0.0, 9000.0: -8.0, 15_000.0: -30.0})
    return level(np.square(loop.slow(0.35, 0.25, 1.0, 2)) * rustle)


def fire(loop: Loop) -> Samples:
    """A fire: a low breath and crackling."""
    breath = loop.slow(1.2, 0.5, 1.0, 2) * loop.noise({30.0: -20.0, 90.0: 0.0, 500.0: -24.0})
    cracks = loop.empty()
    for at in loop.moments(0.11):
        size = loop.rng.exponential(0.35)
        pop = burst(loop.rng, loop.rng.uniform(0.008, 0.05), band(900, 5000))
        loop.drop(cracks, size * pop, at, loop.rng.uniform(-0.5, 0.5))
    return level(0.6 * level(breath) + 0.7 * struck(cracks))


def hum(loop: Loop) -> Samples:
    """A lamp or a machine: mains hum with a slow beat."""
    tones = sum(
        (share * loop.tone(hz) for hz, share in ((100, 1.0), (100.4, 0.4), (200, 0.4), (300, 0.2), (600, 0.05)))
    )
    return level(tones + 0.5 * loop.noise({80.0: -20.0, 150.0: 0.0, 900.0: -30.0}))


def insects(loop: Loop) -> Samples:
    """Crickets at night, near and far, each with a rhythm of its own."""
    choir = loop.empty()
    for _ in range(6):
        hz, every_s = loop.rng.uniform(3900, 4900), loop.rng.uniform(0.55, 1.1)
        size, pan = loop.rng.uniform(0.15, 1.0), loop.rng.uniform(-1, 1)
        pulse, first = ring(0.03, hz, attack_s=0.006), int(loop.rng.integers(RATE_HZ))
        for at in loop.times(every_s):
            for beat in range(3):
                loop.drop(choir, size * pulse, first + at + beat * RATE_HZ // 28, pan)
    return level(level(choir) + 0.06 * loop.noise(band(3000, 7000)))


def birds(loop: Loop) -> Samples:
    """Birds by day: short phrases from several trees, and the air between."""
    sky = loop.empty()
    for _ in range(4):
        base, pan, size = loop.rng.uniform(2300, 4600), loop.rng.uniform(-1, 1), loop.rng.uniform(0.2, 1.0)
        song = [(loop.rng.uniform(0.85, 1.25), loop.rng.uniform(0.8, 1.25)) for _ in range(loop.rng.integers(2, 5))]
        for at in loop.moments(5.5):
            for note, (start, glide) in enumerate(song):
                call = ring(0.16, base * start, to_hz=base * start * glide, attack_s=0.02)
                loop.drop(sky, size * call, at + round(note * 0.14 * RATE_HZ), pan)
    return struck(_far(loop, sky))


def gulls(loop: Loop) -> Samples:
    """Gulls: falling cries in twos and threes."""
    sky = loop.empty()
    for at in loop.moments(6.0):
        hz, pan, size = loop.rng.uniform(1100, 1500), loop.rng.uniform(-1, 1), loop.rng.uniform(0.3, 1.0)
        for cry in range(loop.rng.integers(2, 4)):
            for partial, share in ((1, 1.0), (2, 0.5), (3, 0.25)):
                call = ring(0.5, hz * partial, to_hz=hz * partial * 0.72, attack_s=0.06)
                loop.drop(sky, size * share * call, at + round(cry * 0.42 * RATE_HZ), pan)
    return struck(_far(loop, sky))


def street(loop: Loop) -> Samples:
    """Traffic: a far rumble, and now and then something passes from one side to the other."""
    far = loop.slow(0.15, 0.6, 1.0, 2) * loop.noise({30.0: -20.0, 80.0: 0.0, 300.0: -10.0, 1500.0: -34.0})
    passing, tyres = loop.empty(), loop.noise({100.0: -16.0, 300.0: 0.0, 900.0: -4.0, 4000.0: -26.0})
    for at in loop.moments(9.0):
        size, way = loop.rng.uniform(0.3, 1.0), loop.rng.choice([-1.0, 1.0])
        loop.drop(passing, size * swell(4.5, 0.5), at, -0.7 * way)
        loop.drop(passing, size * swell(4.5, 0.5), at + RATE_HZ, 0.7 * way)
    return level(far + passing * tyres)


def tone(loop: Loop) -> Samples:
    """A room in which nothing happens."""
    return level(
        loop.slow(0.2, 0.9, 1.0, 2) * loop.noise({30.0: -20.0, 70.0: 0.0, 250.0: -10.0, 1200.0: -26.0, 6000.0: -44.0})
    )


def hall(loop: Loop) -> Samples:
    """A long, dark, empty room: air, and two tones that it answers to."""
    air = loop.noise({30.0: -24.0, 60.0: 0.0, 200.0: -9.0, 800.0: -26.0, 3000.0: -44.0})
    answer = sum(loop.slow(0.12, 0.1, 1.0) * loop.tone(hz) for hz in (98.0, 98.3, 146.8))
    return level(air + 0.18 * answer)


def train(loop: Loop) -> Samples:
    """A train from inside: rumble, sway, and two wheels on every rail joint."""
    rumble = loop.slow(0.6, 0.75, 1.0, 2) * loop.noise({25.0: -20.0, 55.0: 0.0, 200.0: -8.0, 900.0: -26.0})
    joints = loop.empty()
    for at in loop.times(1.15):
        for wheel, size in ((0.0, 1.0), (0.17, 0.8), (0.55, 0.6), (0.70, 0.5)):
            knock = burst(loop.rng, 0.16, {60.0: -12.0, 140.0: 0.0, 500.0: -8.0, 2500.0: -34.0})
            loop.drop(joints, size * knock, at + round(wheel * RATE_HZ), 0.15 - 0.3 * wheel)
    return level(level(rumble) + 1.6 * struck(joints))


def engine(loop: Loop) -> Samples:
    """A car from inside: the motor's partials and the road."""
    motor = sum(share * loop.tone(hz) for hz, share in ((46, 1.0), (92, 0.7), (138, 0.35), (184, 0.2)))
    road = loop.noise({30.0: -16.0, 90.0: 0.0, 400.0: -14.0, 2000.0: -36.0})
    return level(0.5 * motor * loop.slow(0.5, 0.7, 1.0) + road)


def river(loop: Loop) -> Samples:
    """Running water: a broad flow and bubbles that rise in pitch."""
    flow = loop.slow(0.5, 0.8, 1.0, 2) * loop.noise({150.0: -20.0, 500.0: 0.0, 1800.0: -5.0, 6000.0: -24.0})
    bubbles = loop.empty()
    for at in loop.moments(0.035):
        hz = loop.rng.uniform(450, 1600)
        bubble = ring(loop.rng.uniform(0.03, 0.09), hz, to_hz=hz * loop.rng.uniform(1.1, 1.5), attack_s=0.004)
        loop.drop(bubbles, loop.rng.exponential(0.5) * bubble, at, loop.rng.uniform(-0.9, 0.9))
    return level(flow + 0.5 * level(bubbles))


def thunder(loop: Loop) -> Samples:
    """Far thunder, once in a round of twenty seconds."""
    sky = loop.empty()
    for at in loop.moments(20.0):
        rumble = loop.rng.standard_normal(6 * RATE_HZ) * swell(6.0, 0.12)[:, 0]
        rolls = np.interp(np.linspace(0, 14, len(rumble)), np.arange(15), loop.rng.uniform(0.15, 1.0, 15))
        loop.drop(sky, (rumble * rolls).astype(np.float32)[:, None], at, loop.rng.uniform(-0.6, 0.6))
    return struck(loop.colour(sky, {20.0: -20.0, 45.0: 0.0, 120.0: -4.0, 300.0: -18.0, 1000.0: -46.0}))


def murmur(loop: Loop) -> Samples:
    """People talking at other tables, and cups."""
    tables = loop.empty()
    for _ in range(9):
        syllables = np.square(loop.slow(4.0, 0.0, 1.0)) * np.clip(loop.slow(0.4, -0.6, 1.0), 0, None)
        hz = loop.rng.uniform(250, 420)
        voice = loop.noise({hz / 3: -30.0, hz: 0.0, hz * 2: -6.0, hz * 5: -14.0, hz * 12: -40.0}, 1)
        loop.drop(tables, syllables.astype(np.float32) * voice, 0, loop.rng.uniform(-0.9, 0.9))
    for at in loop.moments(2.5):
        cup: Samples = ring(0.25, loop.rng.uniform(2600, 5200)) + 0.6 * ring(0.25, loop.rng.uniform(3000, 7000))
        loop.drop(tables, loop.rng.uniform(0.1, 0.5) * cup, at, loop.rng.uniform(-0.9, 0.9))
    return level(tables)


def clock(loop: Loop) -> Samples:
    """A clock on the wall: tick and tock."""
    wall = loop.empty()
    for beat, at in enumerate(loop.times(0.5)):
        tick = burst(loop.rng, 0.05, band(1500, 4200)) + 0.4 * ring(0.05, 1900 if beat % 2 else 2300)
        loop.drop(wall, tick, at, 0.35)
    return struck(wall)


def drip(loop: Loop) -> Samples:
    """Single drops in a hollow place."""
    hollow = loop.empty()
    for at in loop.moments(2.2):
        hz, pan, size = loop.rng.uniform(700, 1300), loop.rng.uniform(-0.8, 0.8), loop.rng.uniform(0.3, 1.0)
        for echo in range(6):
            drop = ring(0.09, hz, to_hz=hz * 1.7, attack_s=0.003)
            loop.drop(hollow, size * 0.5**echo * drop, at + round(echo * 0.19 * RATE_HZ), pan * (-1) ** echo)
    return struck(hollow)


def creak(loop: Loop) -> Samples:
    """Timber that works: slow creaks of a ship or an old floor."""
    timber = loop.empty()
    for at in loop.moments(4.0):
        seconds, hz = loop.rng.uniform(0.5, 1.1), loop.rng.uniform(24, 48)
        time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
        phase = np.cumsum(hz * (1 + 0.5 * np.sin(2 * np.pi * time / seconds))) / RATE_HZ
        stick = (np.mod(phase, 1.0) < 0.06) * np.sin(np.pi * time / seconds)
        loop.drop(timber, stick.astype(np.float32)[:, None], at, loop.rng.uniform(-0.7, 0.7))
    return struck(loop.colour(timber, band(260, 900)))


def foghorn(loop: Loop) -> Samples:
    """A foghorn far out, once in a round of half a minute."""
    horizon = loop.empty()
    for at in loop.moments(30.0):
        blow = swell(3.2, 0.3) * sum(
            share * loop.tone(hz)[: round(3.2 * RATE_HZ)] for hz, share in ((87, 1.0), (131, 0.5), (174, 0.3))
        )
        loop.drop(horizon, blow.astype(np.float32), at, 0.4)
    return struck(horizon)


def _drops(loop: Loop, per_s: int, low_hz: float, high_hz: float) -> Samples:
    """Single drops, of RMS 1."""
    drops = loop.empty()
    for at in loop.moments(1 / per_s):
        drop = ring(0.02, loop.rng.uniform(low_hz, high_hz), attack_s=0.001)
        loop.drop(drops, loop.rng.exponential(0.5) * drop, at, loop.rng.uniform(-1, 1))
    return level(drops)


def _far(loop: Loop, near: Samples) -> Samples:
    """`near` with the echo of open country."""
    echo = np.zeros_like(near)
    for late_s, share in ((0.09, 0.4), (0.21, 0.3), (0.37, 0.18)):
        echo += np.float32(share) * np.roll(near[:, ::-1], round(late_s * RATE_HZ), axis=0)
    return near + loop.colour(echo, {800.0: 0.0, 3500.0: -6.0, 8000.0: -24.0})
