"""Thirty revisions of the example, as a writer makes them, and how many pieces of a kind each of them makes anew.

The animatic draws what is on the stage and no other words: an action that is reworded leaves its picture as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path

import director_dagster

PAGE = (Path(director_dagster.__file__).parent / "examples" / "no-longer-needed.fountain").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Revision:
    """An edit of the page: words and what stands there instead; and how many pieces of each kind are made anew, beside
    those that are made of the whole film."""

    edits: Mapping[str, str]
    anew: Mapping[str, int] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """The edited page."""
        return reduce(lambda page, edit: page.replace(*edit), self.edits.items(), PAGE)


def _moved(heading: str, before: str) -> Mapping[str, str]:
    """The scene under a heading moved before another heading's."""
    scene = _scene(heading)
    return {scene: "", before: scene + before}


def _scene(heading: str) -> str:
    start = PAGE.index(heading)
    ends = [at for mark in ("\nINT. ", "\nEXT. ", "\nDISSOLVE TO:") if (at := PAGE.find(mark, start + 1)) > 0]
    return PAGE[start : min(ends) + 1]


SEA = "EXT. SEA - NIGHT - FOG"
KITCHEN = "INT. LIGHTHOUSE - KITCHEN - NIGHT"
LAST = "FADE OUT."

REVISIONS: Mapping[str, Revision] = {
    "nothing": Revision({}),
    "blank lines": Revision({"\n\nWREN\n": "\n\n\nWREN\n"}),
    "a note and a remark": Revision({"Silence.": "Silence. [[longer?]]", SEA: f"/* cut? */\n\n{SEA}"}),
    "a line reworded": Revision({"Which way is home?": "Which way is the shore?"}, anew={"line": 1, "shot": 1}),
    "a line's mark": Revision({"There isn't one.": "There isn't one!"}, anew={"line": 1, "shot": 1}),
    "a line cut": Revision({"MARA\nThere you are.\n\n": ""}),
    "a line more": Revision(
        {"Your mother did.": "Your mother did.\n\nMARA\nI know."}, anew={"line": 1, "frame": 2, "shot": 3}
    ),
    "a line twice as long": Revision(
        {"I brought a letter.": "I brought a letter, and it is not a good one, Wren."},
        anew={"line": 1, "shot": 1},
    ),
    "a line whispered": Revision(
        {"MARA\nThere you are.": "MARA\n(whispers)\nThere you are."}, anew={"line": 1, "shot": 1}
    ),
    "a line by another": Revision(
        {"MARA\nThere you are.": "ELIAS (O.S.)\nThere you are."}, anew={"line": 1, "frame": 1, "shot": 1}
    ),
    "two lines swapped": Revision(
        {
            "Forty years. And they send paper.": "#",
            "Your mother did.": "Forty years. And they send paper.",
            "#": "Your mother did.",
        },
        anew={"shot": 2},
    ),
    "the last words": Revision(
        {"We have been lit every night since.": "We have been lit ever since."}, anew={"line": 1, "shot": 1}
    ),
    "an action reworded": Revision({"polishes the great lamp": "cleans the great lamp"}),
    "an action more": Revision({"Not one light.": "Not one light.\n\nA wave breaks over the bow."}, anew={"shot": 1}),
    "an action cut": Revision({"Silence.\n\n": ""}),
    "the insert's words": Revision(
        {"your light is no longer needed": "your lamp is no longer needed"}, anew={"line": 1, "shot": 1}
    ),
    "an insert less": Revision({"CLOSE ON: the clock. Ten minutes past midnight.\n\n": ""}, anew={"shot": 2}),
    "a dissolve less": Revision({"There you are.\n\nDISSOLVE TO:\n\n": "There you are.\n\n"}),
    "day for night": Revision(
        {"EXT. SHORE - DAY - WIND": "EXT. SHORE - NIGHT - WIND"},
        anew={"location": 1, "ambience": 1, "frame": 5, "shot": 5},
    ),
    "other weather": Revision(
        {SEA: "EXT. SEA - NIGHT - RAIN"}, anew={"location": 2, "ambience": 2, "frame": 3, "shot": 3}
    ),
    "another place": Revision(
        {"LIGHTHOUSE - KITCHEN": "LIGHTHOUSE - STUDY"}, anew={"location": 1, "ambience": 1, "frame": 5, "shot": 5}
    ),
    "a look": Revision({"a red scarf": "a green scarf"}, anew={"look": 1, "frame": 16, "shot": 17}),
    "a look that nobody films": Revision({"WREN (8), a child in": "WREN (8), a girl in"}),
    "another name": Revision({"MARA": "NORA", "Mara": "Nora"}, anew={"look": 1, "frame": 16, "shot": 18}),
    "a scene moved": Revision(_moved(KITCHEN, SEA)),
    "a scene cut": Revision({_scene(KITCHEN): ""}, anew={"music": 1}),
    "a scene more": Revision(
        {LAST: f"EXT. HARBOUR - DAY\n\nGulls cry over the empty boats.\n\n{LAST}"},
        anew={"location": 1, "ambience": 1, "frame": 1, "shot": 1},
    ),
    "a scene first": Revision(
        {"EXT. SHORE - DAY": "EXT. HARBOUR - DAY\n\nGulls cry.\n\nEXT. SHORE - DAY"},
        anew={"location": 1, "ambience": 1, "line": 1, "frame": 1, "shot": 1},
    ),
    "another title": Revision({"Title: No Longer Needed": "Title: The Lamp"}),
    "another author": Revision({"Author: the director_dagster authors": "Author: Somebody Else"}, anew={"shot": 2}),
}
