"""The graph as the design draws it."""

EDGES = {
    ("script", "characters"),
    ("script", "storyboard"),
    ("script", "dialogue"),
    ("script", "music"),
    ("script", "film"),
    ("characters", "storyboard"),
    ("characters", "shots"),
    ("characters", "dialogue"),
    ("dialogue", "shots"),
    ("storyboard", "shots"),
    ("shots", "film"),
    ("dialogue", "film"),
    ("music", "film"),
}
