"""What the animatic can make, as functions that a child process runs: parameters and files in, a file out."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from director_dagster.animatic import ambience, artist, camera, cards, composer, voice, writer
from director_dagster.errors import BadInput
from director_dagster.providers.contract import Output
from director_dagster.story import wire
from director_dagster.story.shot import Look, Manner, Mouth, Move, Setting, Size, Stage, Voice

Params = Mapping[str, Any]
Inputs = Sequence[tuple[str, Path]]
Operation = Callable[[Params, int, Inputs, Path], Output]

PNG, MP4, WAV, FOUNTAIN = "image/png", "video/mp4", "audio/wav", "text/vnd.fountain"


def perform(operation: str, params: Params, seed: int, inputs: Inputs, into: Path) -> Output:
    """Make one piece and write it to `into`; the same arguments write the same bytes. Raises BadInput."""
    return OPERATIONS[operation](params, seed, inputs, into)


def _draft(params: Params, seed: int, inputs: Inputs, into: Path) -> Output:  # noqa: ARG001 (one signature for all)
    text = writer.write_draft(
        params["idea"], seed=seed, language=params["language"], genre=params["genre"], style=params["style"]
    )
    into.write_bytes(text.encode("utf-8"))
    return Output(media_type=FOUNTAIN, details={})


def _character(params: Params, seed: int, inputs: Inputs, into: Path) -> Output:  # noqa: ARG001 (one signature for all)
    look = wire.load(Look, params["look"])
    into.write_bytes(artist.draw_character(params["name"], look, _size(params)))
    return Output(media_type=PNG, details={"look": params["look"]})


def _location(params: Params, seed: int, inputs: Inputs, into: Path) -> Output:  # noqa: ARG001 (one signature for all)
    into.write_bytes(artist.draw_location(wire.load(Setting, params["setting"]), _size(params)))
    return Output(media_type=PNG, details={})


def _prop(params: Params, seed: int, inputs: Inputs, into: Path) -> Output:  # noqa: ARG001 (one signature for all)
    into.write_bytes(artist.draw_prop(params["prop"], _size(params)))
    return Output(media_type=PNG, details={})


def _frame(params: Params, seed: int, inputs: Inputs, into: Path) -> Output:  # noqa: ARG001 (one signature for all)
    into.write_bytes(artist.draw(wire.load(Stage, params["stage"]), _size(params)))
    return Output(media_type=PNG, details={})


def _shot(params: Params, seed: int, inputs: Inputs, into: Path) -> Output:
    frame = next((path for role, path in inputs if role == "frame"), None)
    if frame is None:
        raise BadInput("a shot is filmed from its storyboard frame, and none was given")
    camera.shoot(
        frame.read_bytes(),
        move=Move(params["move"]),
        frames=params["frames"],
        size=_size(params),
        mouths=tuple(wire.load(Mouth, mouth) for mouth in params["mouths"]),
        seed=seed,
        out=into,
    )
    return Output(media_type=MP4, details={"frames": params["frames"]})


def _title(params: Params, seed: int, inputs: Inputs, into: Path) -> Output:  # noqa: ARG001 (one signature for all)
    cards.shoot_title(
        params["title"], params["author"], frames=params["frames"], size=_size(params), seed=seed, out=into
    )
    return Output(media_type=MP4, details={"frames": params["frames"]})


def _credits(params: Params, seed: int, inputs: Inputs, into: Path) -> Output:  # noqa: ARG001 (one signature for all)
    lines = tuple((role, name) for role, name in params["lines"])
    cards.shoot_credits(lines, frames=params["frames"], size=_size(params), seed=seed, out=into)
    return Output(media_type=MP4, details={"frames": params["frames"]})


def _line(params: Params, seed: int, inputs: Inputs, into: Path) -> Output:  # noqa: ARG001 (one signature for all)
    spoken = voice.speak(params["text"], wire.load(Voice, params["voice"]), manner=Manner(params["manner"]), out=into)
    return Output(media_type=WAV, details=wire.dump(spoken))


def _score(params: Params, seed: int, inputs: Inputs, into: Path) -> Output:  # noqa: ARG001 (one signature for all)
    score = composer.compose(
        seed=seed,
        genre=params["genre"],
        style=params["style"],
        moods=tuple(params["moods"]),
        seconds=params["seconds"],
        out=into,
    )
    return Output(media_type=WAV, details={"score": wire.dump(score)})


def _ambience(params: Params, seed: int, inputs: Inputs, into: Path) -> Output:  # noqa: ARG001 (one signature for all)
    ambience.bed(wire.load(Setting, params["setting"]), seconds=params["seconds"], seed=seed, out=into)
    return Output(media_type=WAV, details={"duration_s": params["seconds"]})


def _size(params: Params) -> Size:
    return wire.load(Size, params["size"])


# A model's number goes up when its work changes: then old and new requests have different fingerprints.
_GRAMMAR = ("grammar-1", "Story Grammar 1")
_INK = ("ink-1", "Ink and Wash 1")
_PARALLAX = ("parallax-1", "Parallax Camera 1")
_PICO = ("pico-1", "SVOX Pico 1")
_CHAMBER = ("chamber-1", "Chamber Composer 1")

MODELS: Mapping[str, tuple[str, str]] = {
    "draft": _GRAMMAR,
    "character": _INK,
    "location": _INK,
    "prop": _INK,
    "frame": _INK,
    "shot": _PARALLAX,
    "title": _PARALLAX,
    "credits": _PARALLAX,
    "line": _PICO,
    "voice": _PICO,
    "score": _CHAMBER,
    "ambience": _CHAMBER,
}

READS: Mapping[str, Sequence[str]] = {"shot": ("frame",)}
"""Which inputs an operation reads, by their roles. Figures, places and things are drawn from the page alone."""

OPERATIONS: Mapping[str, Operation] = {
    "draft": _draft,
    "character": _character,
    "location": _location,
    "prop": _prop,
    "frame": _frame,
    "shot": _shot,
    "title": _title,
    "credits": _credits,
    "line": _line,
    "voice": _line,
    "score": _score,
    "ambience": _ambience,
}
