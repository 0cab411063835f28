"""People for the tests of voices: looks by what a voice depends on."""

from director_dagster.story.shot import Look


def look(presents: str, age: str, build: str = "medium") -> Look:
    """Somebody of whom only this is known."""
    return Look(
        age=age, build=build, height=1.0, presents=presents, hair="short", hair_colour="#202020", skin="#c0a080",
        hat="none", beard=False, coat="coat", coat_colour="#304050", accent="#c02020", accessory="none", seed=1,
    )  # fmt: skip


EIGHT = [
    ("MARA", look("female", "adult")), ("TOM", look("male", "old")), ("EDDA", look("female", "child")),
    ("JON", look("male", "adult")), ("EVA", look("female", "young")), ("KIT", look("male", "child")),
    ("BO", look("neutral", "adult", "heavy")), ("ANN", look("female", "old")),
]  # fmt: skip
