"""Every check passes on a film as it was made, and fails, naming the culprit, when what it looks at is broken."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from director_dagster.catalog.queries import blobs
from director_dagster.errors import BadInput
from director_dagster.media import assemble, captions, sound
from director_dagster.media.sound import Samples
from director_dagster.media.transitions import ClipFile
from director_dagster.story.cut import Clip, Speech
from director_dagster.story.film import parse_film_key
from director_dagster.studio import reel
from director_dagster.studio.edit import cut_of, reel_of
from director_dagster.studio.findings import Severity
from director_dagster.studio.page import read_page
from director_dagster.studio.reel import Reel
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio
from director_dagster_tests.film import broken
from director_dagster_tests.film.broken import (
    added,
    altered,
    blob,
    culprits,
    failed,
    flipped,
    overwrite,
    piece,
    removed,
)
from director_dagster_tests.film.conftest import Home, Short

pytestmark = pytest.mark.slow

SCREENPLAY = Path(__file__).with_name("short.fountain")
FILM = parse_film_key("home/short")
NODES = ("script", "characters", "dialogue", "music", "storyboard", "shots", "film")
OF_ALL = {"intact", "decodes", "complete", "priced", "lineage", "current"}
OF_FILM = {"length", "loudness", "rights", "subtitles"}
EVALUATIONS = "SELECT asset_key, check_name, execution_status, partition FROM asset_check_executions WHERE run_id = %s"
SELECTED = """
    SELECT count(*) FROM takes JOIN slots ON slots.id = takes.slot_id
    WHERE selected_at IS NOT NULL AND film_id IS NOT NULL AND character_id IS NULL
"""
MADE = "SELECT (SELECT count(*) FROM generations), (SELECT count(*) FROM assets)"


@pytest.fixture(scope="module")
def home(home_of_short: Home) -> Home:
    """A home whose only film each test leaves as it was."""
    return home_of_short


@pytest.fixture
def made(short: Short) -> Mapping[str, Any]:
    """What its making has told."""
    return short.report


def look(home: Home, node: str) -> dict[str, Any]:
    """What is found of the film's pieces, by check."""
    return broken.look(home, FILM, node)


def test_all_checks_of_a_film_that_was_made_pass_and_are_of_its_partition(home: Home, made: Mapping[str, Any]) -> None:
    rows = home.rows(EVALUATIONS, made["run_id"])

    assert made["failure"] is None
    assert len(rows) == len(NODES) * len(OF_ALL) + len(OF_FILM)
    assert {row[2:] for row in rows} == {("SUCCEEDED", "home/short")}


def test_the_checks_of_a_making_note_that_all_of_it_is_current(home: Home) -> None:
    [(selected,)] = home.rows(SELECTED)

    assert home.rows("SELECT state, count(*) FROM standings GROUP BY state") == [("current", selected)]


def test_each_check_has_looked_at_something(home: Home) -> None:
    examined = {(node, name): found.examined for node in NODES for name, found in look(home, node).items()}

    # The script was handed in: nobody was paid for it, and it is made of nothing.
    assert {key for key, count in examined.items() if count == 0} == {("script", "priced"), ("script", "lineage")}
    assert [examined[node, "intact"] for node in NODES] == [1, 6, 2, 3, 4, 4, 7]
    assert examined["film", "lineage"] >= 10
    assert examined["film", "subtitles"] == 4


@pytest.mark.parametrize("damage", [flipped, lambda data: data[:-100], lambda _: None])
def test_bytes_that_are_damaged_cut_off_or_gone_are_found_and_marked_until_they_are_back(
    damage: Callable[[bytes], bytes | None], home: Home
) -> None:
    frame = piece(home, "frame:sh010")
    file = blob(home, frame.digest)
    whole = file.read_bytes()
    overwrite(file, damage(whole))

    found = look(home, "storyboard")
    marked = home.rows("SELECT lost_at IS NOT NULL FROM assets WHERE id = %s", frame.asset)
    overwrite(file, whole)
    mended = look(home, "storyboard")

    assert failed(found) == {"intact": Severity.ERROR}
    assert culprits(found["intact"]) == {("frame:sh010", frame.asset)}
    assert found["decodes"].examined == found["intact"].examined - 1
    assert marked == [(True,)]
    assert failed(mended) == {}
    assert home.rows("SELECT lost_at FROM assets WHERE id = %s", frame.asset) == [(None,)]
    told = home.rows("SELECT what FROM events WHERE subject = %s ORDER BY id DESC LIMIT 2", str(frame.asset))
    assert told == [("found",), ("lost",)]


def test_two_blobs_that_hold_each_others_bytes_are_both_found(home: Home) -> None:
    frames = [piece(home, slot) for slot in ("frame:sh010", "frame:sh020")]
    files = [blob(home, frame.digest) for frame in frames]
    ours, theirs = (file.read_bytes() for file in files)
    overwrite(files[0], theirs)
    overwrite(files[1], ours)

    found = look(home, "storyboard")
    overwrite(files[0], ours)
    overwrite(files[1], theirs)

    assert failed(found) == {"intact": Severity.ERROR}
    assert culprits(found["intact"]) == {("frame:sh010", frames[0].asset), ("frame:sh020", frames[1].asset)}
    assert failed(look(home, "storyboard")) == {}


def test_a_size_that_is_recorded_wrongly_is_found(home: Home) -> None:
    frame = piece(home, "frame:sh010")

    with altered(home, "blobs", f"digest = '{frame.digest}'", {"size_bytes": "size_bytes + 1"}):
        found = look(home, "storyboard")

    assert failed(found) == {"intact": Severity.ERROR}
    assert culprits(found["intact"]) == {("frame:sh010", frame.asset)}
    assert failed(look(home, "storyboard")) == {}


def test_a_thumbnail_or_a_sidecar_that_is_lost_is_said_and_made_anew(home: Home) -> None:
    frame = piece(home, "frame:sh010")
    sidecar = home.path / "vault" / "sidecars" / str(frame.workspace) / f"{frame.asset}.json"
    picture = blob(home, frame.thumbnail)
    before = picture.read_bytes(), sidecar.read_bytes()
    overwrite(picture, flipped(before[0]))

    no_thumbnail = look(home, "storyboard")
    sidecar.unlink()
    no_sidecar = look(home, "storyboard")

    assert failed(no_thumbnail) == failed(no_sidecar) == {"intact": Severity.WARN}
    assert "expected its thumbnail" in no_thumbnail["intact"].summary
    assert "expected its sidecar" in no_sidecar["intact"].summary
    assert (picture.read_bytes(), sidecar.read_bytes()) == before
    assert failed(look(home, "storyboard")) == {}


def test_a_making_that_meets_damage_says_so_in_a_line_and_the_next_one_mends_it_and_buys_nothing(home: Home) -> None:
    before = home.rows(MADE)
    shot = blob(home, piece(home, "shot:sh010").digest)
    overwrite(shot, flipped(shot.read_bytes()))

    met = home.run("make", str(SCREENPLAY))
    mended = home.run("make", str(SCREENPLAY))

    said = [line for line in met.stderr.splitlines() if "intact" in line]
    assert met.returncode == 1
    assert len(said) == 1
    assert all(words in said[0] for words in ("check intact of shots", "shot:sh010", "brings it back"))
    assert mended.returncode == 0, mended.stderr
    assert home.rows(MADE) == before
    assert home.rows("SELECT count(*) FROM assets WHERE lost_at IS NOT NULL") == [(0,)]


def test_nothing_is_made_from_a_frame_that_is_damaged(home: Home) -> None:
    frame = blob(home, piece(home, "frame:sh010").digest)
    overwrite(frame, flipped(frame.read_bytes()))
    overwrite(blob(home, piece(home, "shot:sh010").digest), None)

    met = home.run("make", str(SCREENPLAY), "--json")
    mended = home.data("make", str(SCREENPLAY))[0]

    assert met.returncode == 1
    assert "check intact of storyboard" in met.stderr
    assert '"shots"' not in met.stdout
    assert mended["failure"] is None


def test_a_row_that_says_another_size_length_or_type_than_its_file_is_found(home: Home) -> None:
    shot = piece(home, "shot:sh010")
    row = f"id = '{shot.asset}'"
    found = []

    for change in ({"width": "width + 2"}, {"duration_s": "duration_s + 0.5", "generation_metadata": LONGER}):
        with altered(home, "assets", row, change):
            found.append(look(home, "shots"))
    with altered(home, "blobs", f"digest = '{shot.digest}'", {"media_type": "'image/png'"}):
        found.append(look(home, "shots"))

    for each in found:
        assert failed(each) == {"decodes": Severity.ERROR}
        assert culprits(each["decodes"]) == {("shot:sh010", shot.asset)}
    assert failed(look(home, "shots")) == {}


LONGER = "jsonb_set(generation_metadata, '{duration}', to_jsonb(duration_s + 0.5))"


@pytest.mark.parametrize(
    ("node", "slot", "extension", "media_type"),
    [
        ("shots", "shot:sh010", "mp4", "video/mp4"),
        ("storyboard", "frame:sh010", "png", "image/png"),
        ("music", "music", "wav", "audio/wav"),
    ],
)
def test_a_file_that_was_filed_cut_off_cannot_be_played(
    node: str, slot: str, extension: str, media_type: str, home: Home
) -> None:
    whole = blob(home, piece(home, slot).digest).read_bytes()

    async def file_part(studio: Studio) -> str:
        put = await studio.vault.put(whole[: len(whole) * 3 // 4], extension)
        async with studio.catalog.session() as db:
            size = put.size_bytes
            row = await blobs.record(db, digest=put.digest, size_bytes=size, media_type=media_type, extension=extension)
        return blobs.url_of(row)

    row = f"id = '{piece(home, slot).asset}'"
    with altered(home, "assets", row, {"url": f"'{broken.in_studio(home, file_part)}'"}):
        found = look(home, node)

    assert failed(found) == {"decodes": Severity.ERROR}
    assert culprits(found["decodes"]) == {(slot, piece(home, slot).asset)}
    assert failed(look(home, node)) == {}


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("generation_metadata", "generation_metadata - 'seed'", "expected the metadata seed"),
        ("generation_metadata", 'generation_metadata || \'{"model": "other"}\'', "expected the metadata model"),
        ("tags", "tags - 'ai-generated'", "expected the tags ai-generated"),
        ("kind", "'poster'", "a poster (image)"),
        ("film_id", "(SELECT id FROM films WHERE slug = 'another')", "made for the film"),
    ],
)
def test_a_row_that_does_not_say_all_that_it_must_is_found(column: str, value: str, said: str, home: Home) -> None:
    frame = piece(home, "frame:sh020")

    with another_film(home, frame.workspace), altered(home, "assets", f"id = '{frame.asset}'", {column: value}):
        found = look(home, "storyboard")

    assert failed(found) == {"complete": Severity.ERROR}
    assert culprits(found["complete"]) == {("frame:sh020", frame.asset)}
    assert said in found["complete"].summary
    assert failed(look(home, "storyboard")) == {}


def another_film(home: Home, workspace: object) -> AbstractContextManager[None]:
    """A film that nobody has made."""
    row = {"id": uuid4(), "workspace_id": workspace, "slug": "another", "title": "Another"}
    return added(home, "films", row)


def test_a_slot_without_a_take_is_found(home: Home) -> None:
    frame = piece(home, "frame:sh020")

    with altered(home, "takes", f"id = '{frame.take}'", {"selected_at": "NULL", "selected_by": "NULL"}):
        found = look(home, "storyboard")

    assert failed(found) == {"complete": Severity.ERROR, "current": Severity.WARN}
    assert culprits(found["complete"]) == {("frame:sh020", None)}
    assert failed(look(home, "storyboard")) == {}


def test_a_cost_that_nobody_knows_is_a_warning_and_one_that_the_ledger_denies_an_error(home: Home) -> None:
    frame = piece(home, "frame:sh010")
    generation = home.rows("SELECT generation_id FROM assets WHERE id = %s", frame.asset)[0][0]

    with altered(home, "assets", f"id = '{frame.asset}'", {"cost_microusd": "NULL"}):
        denied = look(home, "storyboard")
        with altered(home, "generations", f"id = '{generation}'", {"cost_microusd": "NULL"}):
            unknown = look(home, "storyboard")

    assert failed(denied) == {"priced": Severity.ERROR}
    assert failed(unknown) == {"priced": Severity.WARN}
    assert unknown["priced"].facts["unknown"] == 1
    assert culprits(unknown["priced"]) == culprits(denied["priced"]) == {("frame:sh010", frame.asset)}
    assert failed(look(home, "storyboard")) == {}


def test_an_edge_that_dagsters_graph_does_not_have_is_found(home: Home) -> None:
    frame, music = piece(home, "frame:sh010"), piece(home, "music")
    edge = {"workspace_id": frame.workspace, "asset_id": frame.asset, "source_id": music.asset, "role": "rhythm"}

    with added(home, "asset_sources", edge):
        found = look(home, "storyboard")

    assert failed(found) == {"lineage": Severity.ERROR}
    assert culprits(found["lineage"]) == {("frame:sh010", frame.asset)}
    assert f"rhythm {music.asset} of music" in found["lineage"].summary
    assert failed(look(home, "storyboard")) == {}


def test_a_piece_without_a_source_or_with_another_primary_one_is_found(home: Home) -> None:
    music, shot = piece(home, "music"), piece(home, "shot:sh010")

    with altered(home, "assets", f"id = '{music.asset}'", {"source_asset_id": f"'{shot.asset}'"}):
        other = look(home, "music")
    with removed(home, "asset_sources", f"asset_id = '{music.asset}'"):
        none = look(home, "music")

    assert failed(other) == failed(none) == {"lineage": Severity.ERROR}
    assert culprits(other["lineage"]) == culprits(none["lineage"]) == {("music", music.asset)}
    assert failed(look(home, "music")) == {}


def test_a_film_that_is_not_as_long_as_its_cut_is_found(home: Home, tmp_path: Path) -> None:
    def without_its_last_frames(wound: Reel, folder: Path) -> Path:
        *clips, last = wound.cut.clips
        return put_together(wound, folder, clips=[*clips, replace(last, frames=last.frames - 6)])

    with replaced(home, "film", remade(home, tmp_path, without_its_last_frames)):
        found = look(home, "film")

    assert failed(found) == {"length": Severity.ERROR}
    assert culprits(found["length"]) == {("film", piece(home, "film").asset)}
    assert found["length"].facts["frames"] == found["length"].facts["cut_frames"] - 6
    assert failed(look(home, "film")) == {}


def test_a_film_whose_sound_ends_before_its_picture_is_found(home: Home, tmp_path: Path) -> None:
    def with_less_sound(wound: Reel, folder: Path) -> Path:
        return put_together(wound, folder, heard=lambda samples: samples[: -sound.frames(0.2)])

    with replaced(home, "film", remade(home, tmp_path, with_less_sound)):
        found = look(home, "film")

    assert failed(found) == {"length": Severity.ERROR}
    assert "within a frame" in found["length"].summary
    assert failed(look(home, "film")) == {}


def test_a_film_that_is_too_loud_is_found_whenever_one_looks(home: Home, tmp_path: Path) -> None:
    def louder(wound: Reel, folder: Path) -> Path:
        return put_together(wound, folder, heard=lambda samples: samples * np.float32(sound.gain(6.0)))

    with replaced(home, "film", remade(home, tmp_path, louder)):
        found = [look(home, "film") for _ in range(2)]

    for each in found:
        assert failed(each) == {"loudness": Severity.ERROR}
        assert culprits(each["loudness"]) == {("film", piece(home, "film").asset)}
        assert each["loudness"].facts["integrated_lufs"] > -15
    assert failed(look(home, "film")) == {}


def test_what_forbids_commercial_use_is_named_and_gravely_where_the_film_says_that_it_is_for_that(home: Home) -> None:
    look_of_mara = piece(home, next(iter(home.rows("SELECT name FROM slots WHERE name LIKE 'look:%'")))[0])
    here, sold = f"id = '{look_of_mara.asset}'", {"settings": "jsonb_set(settings, '{film,commercial}', 'true')"}
    bound = {"licence": "'CC-BY-NC-4.0'", "commercial": "false"}

    with altered(home, "assets", here, bound):
        told = look(home, "film")
        with altered(home, "films", "true", sold):
            refused = look(home, "film")
    with altered(home, "films", "true", sold):
        unknown = look(home, "film")

    assert failed(told) == {"rights": Severity.WARN}
    assert {asset for _, asset in culprits(told["rights"])} == {look_of_mara.asset}
    assert failed(refused) == {"rights": Severity.ERROR}
    assert "it forbids commercial use (CC-BY-NC-4.0)" in refused["rights"].summary
    assert failed(unknown) == {"rights": Severity.WARN}, "nobody has said what may be done with the screenplay"
    assert "director assets rights" in unknown["rights"].summary
    assert failed(look(home, "film")) == {}


@pytest.mark.parametrize(
    ("slot", "write", "late_s", "said"),
    [
        ("subtitles:srt", captions.srt, 0.5, "the words and times of the cut's speeches"),
        ("subtitles:vtt", captions.vtt, 0.5, "the words and times of the cut's speeches"),
        ("subtitles:srt", captions.srt, 60.0, "cues inside the film"),
    ],
)
def test_subtitles_that_are_late_are_found(
    slot: str, write: Callable[[Sequence[Speech]], str], late_s: float, said: str, home: Home, tmp_path: Path
) -> None:
    def late(wound: Reel, folder: Path) -> Path:
        times = [replace(each, start_s=each.start_s + late_s, end_s=each.end_s + late_s) for each in wound.cut.speeches]
        (folder / "late").write_text(write(times), encoding="utf-8")
        return folder / "late"

    with replaced(home, slot, remade(home, tmp_path, late)):
        found = look(home, "film")

    assert failed(found) == {"subtitles": Severity.ERROR}
    assert {each[0] for each in culprits(found["subtitles"])} == {slot}
    assert said in found["subtitles"].summary
    assert failed(look(home, "film")) == {}


def test_subtitles_that_overlap_lack_a_cue_or_are_none_are_found(home: Home, tmp_path: Path) -> None:
    srt = blob(home, piece(home, "subtitles:srt").digest).read_text(encoding="utf-8")
    first, second = captions.read(srt)
    overlapping = srt.replace(clock(second.start_ms), clock(first.end_ms - 100))
    said = {
        overlapping: "where the cue before it ends",
        srt.partition("\n2\n")[0]: "no such cue",
        "no subtitles": "no times of a cue",
    }

    for text, words in said.items():
        (tmp_path / "other.srt").write_text(text, encoding="utf-8")
        with replaced(home, "subtitles:srt", tmp_path / "other.srt"):
            found = look(home, "film")
        assert failed(found) == {"subtitles": Severity.ERROR}
        assert any(words in str(each) for each in found["subtitles"].offenders)
    assert failed(look(home, "film")) == {}


def test_of_a_film_whose_bytes_are_damaged_nothing_else_is_known(home: Home) -> None:
    film = blob(home, piece(home, "film").digest)
    whole = film.read_bytes()
    overwrite(film, flipped(whole))

    found = look(home, "film")
    overwrite(film, whole)

    warned = {"current", "length", "loudness"}
    assert failed(found) == {"intact": Severity.ERROR} | dict.fromkeys(warned, Severity.WARN)
    assert failed(look(home, "film")) == {}


def test_the_checks_of_a_film_that_was_not_made_say_what_is_missing(home: Home) -> None:
    script = piece(home, "script")

    with pytest.raises(BadInput, match="no film home/another"):
        broken.look(home, parse_film_key("home/another"), "shots")
    with (
        altered(home, "takes", f"id = '{script.take}'", {"selected_at": "NULL", "selected_by": "NULL"}),
        pytest.raises(BadInput, match="materialize `script` first"),
    ):
        look(home, "shots")


def clock(ms: int) -> str:
    """As SubRip writes a time under a minute."""
    return f"00:00:{ms // 1000:02},{ms % 1000:03}"


def remade(home: Home, folder: Path, make: Callable[[Reel, Path], Path]) -> Path:
    """A file that `make` writes into `folder` from what the film is put together from."""

    async def wind(studio: Studio) -> Path:
        async with begin(studio, FILM, "a test") as step:
            page, there = await read_page(step), await step.takes()
            return make(await reel_of(step, there, cut_of(step, page, there), "The Key"), folder)

    return broken.in_studio(home, wind)


def put_together(
    wound: Reel,
    folder: Path,
    *,
    clips: Sequence[Clip] | None = None,
    heard: Callable[[Samples], Samples] = lambda samples: samples,
) -> Path:
    """The film of a reel, with other clips or sound than it has."""
    reel.mixed(wound).write(folder / "mix.wav")
    sound.write(folder / "heard.wav", heard(sound.read(folder / "mix.wav")))
    files = [
        ClipFile(path=wound.clips[clip.name], frames=clip.frames, begins=clip.begins)
        for clip in clips or wound.cut.clips
    ]
    film = assemble.Film(fade_frames=wound.cut.fade_frames)
    out = folder / "other.mp4"
    assemble.assemble(film, files, sound=folder / "heard.wav", speeches=wound.cut.speeches, out=out)
    return out


@contextmanager
def replaced(home: Home, slot: str, file: Path) -> Iterator[None]:
    """A row of the film whose bytes are another file's, and whose columns say so."""
    media_type = {"film": "video/mp4", "subtitles:srt": "application/x-subrip", "subtitles:vtt": "text/vtt"}[slot]
    filed = broken.in_studio(home, lambda studio: studio.file(file, media_type))
    change = {"url": f"'{filed.url}'", "duration_s": str(filed.duration_s or "NULL")}
    if filed.duration_s is not None:
        change["generation_metadata"] = f"generation_metadata || '{{\"duration\": {filed.duration_s}}}'"
    with altered(home, "assets", f"id = '{piece(home, slot).asset}'", change):
        yield
