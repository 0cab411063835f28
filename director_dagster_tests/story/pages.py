"""Pages for tests: scenes to put together, and a strategy that writes pages nobody would."""

from hypothesis import strategies as st

SHORE = """EXT. SHORE - DAWN - FOG

Grey water. MARA (30s), a red scarf, stands at the edge of the sea. Behind her a lighthouse, dark.

She picks up a bottle. Inside, a LETTER.

INSERT - THE LETTER: "The light is out. Come home."

MARA
(whispers)
He wrote it.

TOM (70s), a cap and a white beard, comes down the path.

TOM
You found it, then. I told the boy to throw it far out, past the rocks, where nobody would ever go looking for it.

MARA
Why?

TOM
(beat)
Because I can't climb the stairs any more. And somebody has to. Somebody always had to, every night, for ninety \
years, and I will not be the one who let it go dark.

MARA
(to Tom)
Then we go now!

Silence.

DISSOLVE TO:

"""
LAMP = """INT. LIGHTHOUSE - LAMP ROOM - NIGHT

Rain on the glass. Mara holds a lantern. Tom leaves.

TOM (O.S.)
Light it!

MARA (V.O.)
And I did.

"""
STREET = """EXT. STREET - DAY

Ada walks down the street, alone.

ADA
Is there anybody?

"""
GARDEN = """EXT. GARDEN - DUSK

MONTAGE

-- Ada digs in the rain.

-- Her face, tired.

-- A key in the earth.

END MONTAGE

ADA'S POV - the gate.

SUPER: "Ten years later"

"""
SCENES = (SHORE, LAMP, STREET, GARDEN)

_LINES = st.one_of(
    st.sampled_from(
        [
            "",
            "",
            "EXT. SHORE - NIGHT",
            "INT. ROOM - CONTINUOUS",
            "MARA",
            "TOM (V.O.)",
            "ADA ^",
            "NARRATOR",
            "(beat)",
            "(whispers)",
            "...",
            "Yes!",
            "Mara and Tom walk to the boat. She leaves.",
            "INSERT - THE LETTER: “Come home.”",
            "CLOSE ON: nothing",
            "MARA'S POV - the sea",
            "SUPER: later",
            "MONTAGE - THE YEARS",
            "END MONTAGE",
            "A beat.",
            "FADE IN:",
            "FADE OUT.",
            "DISSOLVE TO:",
            "SMASH CUT TO:",
            "> centered <",
            "~la la la",
            "# Act",
            "[[a note]]",
            "word " * 120,
        ]
    ),
    st.text(max_size=40),
)
pages = st.lists(_LINES, max_size=30).map("\n".join)
