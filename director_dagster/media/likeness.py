"""How alike two pictures look: by a difference hash, which survives other sizes, encodings and small changes.

The hash is Neal Krawetz's dHash ("Kind of Like That", 2013): of the picture in grey, 9 by 8, whether each point is
brighter than its right neighbour.
"""

from io import BytesIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from director_dagster.errors import MediaDamaged

SIDE = 8
BITS = SIDE * SIDE


def look(data: bytes) -> int:
    """The 64 bits that a picture looks like. Raises MediaDamaged for what is no picture."""
    try:
        with Image.open(BytesIO(data)) as picture:
            grey = picture.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError, ValueError) as exc:
        raise MediaDamaged(f"no picture to look at: {exc}") from exc
    points = np.asarray(grey, np.int16)
    brighter = (points[:, :-1] > points[:, 1:]).ravel()
    return int.from_bytes(np.packbits(brighter).tobytes(), "big")


def likeness(one: int, other: int) -> float:
    """From 0 to 1: how many of their bits two looks have in common; strangers have about half of them."""
    return 1 - (one ^ other).bit_count() / BITS
