"""The film from its clips: pictures are copied, only what fades or blends is encoded; sound once; captions beside."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from heapq import merge
from math import floor
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.subtitles.stream import SubtitleStream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from director_dagster.errors import BadInput, MediaDamaged
from director_dagster.media import transitions
from director_dagster.media.captions import Caption, captions, iso_639_2
from director_dagster.media.conform import black
from director_dagster.media.encode import Pixels, VideoWriter, beside, create, encode_aac
from director_dagster.media.probe import Audio, opened, probe
from director_dagster.media.sound import RATE_HZ
from director_dagster.media.transitions import ClipFile, Edit, Span, edits, spans
from director_dagster.story.cut import FPS, Speech

DISSOLVE_FRAMES = 12
AAC = Audio(codec="aac", rate_hz=RATE_HZ, channels=2)
CAPTION_CLOCK = Fraction(1, 1000)

# FFmpeg's encoder for MP4's captions makes its sample description from the head of an ASS file.
CAPTION_STYLE = b"""[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, BackColour, Alignment
Style: Default,Sans,18,&Hffffff,&H80000000,2
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""

AnyPacket: TypeAlias = "Packet[Any]"  # quoted: generic in PyAV's stubs, not when it runs
Timed: TypeAlias = tuple[float, AnyPacket]
"""A packet for the film and its time there, in seconds."""


@dataclass(frozen=True, kw_only=True)
class Film:
    """What holds for a film as a whole.

    Attributes:
        width_px: Even.
        height_px: Even.
        fade_frames: Length of the fades from and to black, 0 for none.
        dissolve_frames: Length of a dissolve.
        title: The title in the file's metadata; empty: none.
        language: Of what is said, e.g. ``"en"``; captions and sound carry it.
    """

    width_px: int = 1280
    height_px: int = 720
    fade_frames: int = 0
    dissolve_frames: int = DISSOLVE_FRAMES
    title: str = ""
    language: str = "und"


def assemble(
    film: Film, clips: Sequence[ClipFile], *, sound: Path | None, speeches: Sequence[Speech], out: Path
) -> None:
    """Write the film to `out`, replacing what was there: H.264 and AAC in MP4, 24 frames a second, faststart.

    It has exactly as many frames as the clips ask for. A clip whose file was written by `VideoWriter` in the film's
    size is copied, save the groups of pictures that a fade or a dissolve touches; any other file is scaled, framed in
    black and encoded whole. `sound` is copied when it is what `encode_aac` writes, and else encoded. Sound, and the
    captions that `speeches` become, are cut where the picture ends. The same input gives the same bytes; memory does
    not grow with the number of clips.

    Raises `BadInput` without clips or for a clip without frames, `MediaDamaged` for a file that cannot be read.
    """
    if not clips or any(clip.frames <= 0 for clip in clips):
        raise BadInput("a film needs clips, and each at least one frame")
    frames = sum(clip.frames for clip in clips)
    shown = _until_the_end(captions(speeches), floor(frames / FPS * 1000))
    with beside(out) as part, TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as name:
        heard = _as_aac(sound, Path(name)) if sound else None
        # A caption and the gap after it are a packet each.
        packets = frames + (_packets_in(heard) if heard else 0) + 2 * len(shown) + 1
        with create(part, packets=packets) as container:
            if film.title:
                container.metadata["title"] = film.title
            tracks = [_picture(film, clips, container, Path(name))]
            if heard:
                tracks.append(_sound(heard, container, film, float(frames / FPS)))
            if shown:
                tracks.append(_captions(shown, container, film))
            for _, packet in merge(*tracks, key=itemgetter(0)):
                container.mux_one(packet)


def _picture(film: Film, clips: Sequence[ClipFile], container: OutputContainer, folder: Path) -> Iterator[Timed]:
    """Add the film's video stream to `container`; returns its packets."""
    model = folder / "model.mp4"
    _encode(model, [black(film.width_px, film.height_px)], film)
    with opened(model, packets_only=True) as source:
        stream = container.add_stream_from_template(source.streams.video[0])
    cut = edits(clips, fade_frames=film.fade_frames, dissolve_frames=film.dissolve_frames)
    packets = (packet for edit in cut for packet in _packets(edit, film, stream.codec_context, folder))
    return _in_a_row(packets, stream)


def _packets(edit: Edit, film: Film, codec: VideoCodecContext, folder: Path) -> Iterator[AnyPacket]:
    """A clip's packets: its own where they can be copied, else those of its pictures encoded anew."""
    with opened(edit.clip.path, packets_only=True) as own:
        keyframes, available = _index(own, codec)
        for span in spans(edit, keyframes, available):
            if span.copied:
                yield from _copied(own, span, edit.clip.path.name)
                continue
            piece = folder / "piece.mp4"
            _encode(piece, transitions.shown(edit, span, width_px=film.width_px, height_px=film.height_px), film)
            with opened(piece, packets_only=True) as made:
                yield from _copied(made, Span(first=0, last=span.last - span.first, copied=True), piece.name)


def _encode(path: Path, pictures: Iterable[Pixels], film: Film) -> None:
    with VideoWriter(path, width_px=film.width_px, height_px=film.height_px) as writer:
        for picture in pictures:
            writer.write_frame(VideoFrame.from_ndarray(picture, format="yuv420p"))


def _index(container: InputContainer, codec: VideoCodecContext) -> tuple[list[int], int]:
    """Which frames of a clip are keyframes and how many frames it has; no keyframes when it cannot be copied.

    It can when its codec parameters are the film's to the byte and it has a frame in each tick of the film.
    """
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream) or stream.time_base != codec.time_base:
        return [], 0
    if stream.codec_context.extradata != codec.extradata:
        return [], 0
    entries = list(stream.index_entries)
    ticks = _ticks(codec.time_base)
    if any(entry.timestamp != number * ticks for number, entry in enumerate(entries)):
        return [], 0
    return [number for number, entry in enumerate(entries) if entry.is_keyframe], len(entries)


def _copied(container: InputContainer, span: Span, name: str) -> Iterator[AnyPacket]:
    """The packets of the span's frames. Raises `MediaDamaged` when they are not where the file's index says."""
    stream = container.streams.video[0]
    ticks, number = _ticks(stream.time_base), span.first
    container.seek(number * ticks, stream=stream)
    for packet in container.demux(stream):
        if packet.pts != number * ticks:
            break
        yield packet
        number += 1
        if number == span.last:
            return
    raise MediaDamaged(f"{name}: frame {number} cannot be read")


def _ticks(clock: Fraction | None) -> int:
    """How many ticks of a clock a frame of the film lasts."""
    return round(1 / FPS / Fraction(clock or 1))


def _in_a_row(packets: Iterable[AnyPacket], stream: VideoStream) -> Iterator[Timed]:
    ticks, frame_s = _ticks(stream.codec_context.time_base), float(1 / FPS)
    for number, packet in enumerate(packets):
        packet.pts = packet.dts = number * ticks
        packet.stream = stream
        yield number * frame_s, packet


def _as_aac(sound: Path, folder: Path) -> Path:
    described = probe(sound)
    if described.audio == AAC and "mp4" in described.container:
        return sound
    encoded = folder / "sound.m4a"
    encode_aac(sound, encoded)
    return encoded


def _packets_in(sound: Path) -> int:
    with opened(sound, packets_only=True) as source:
        return source.streams.audio[0].frames


def _sound(sound: Path, container: OutputContainer, film: Film, end_s: float) -> Iterator[Timed]:
    """Add the film's audio stream to `container`; returns its packets up to the picture's end."""
    with opened(sound, packets_only=True) as source:
        stream = container.add_stream_from_template(source.streams.audio[0])
    stream.metadata["language"] = iso_639_2(film.language)
    return _heard(sound, stream, end_s)


def _heard(sound: Path, stream: AudioStream, end_s: float) -> Iterator[Timed]:
    with opened(sound, packets_only=True) as source:
        tick_s = float(source.streams.audio[0].time_base or 1)
        for packet in source.demux(audio=0):
            if packet.dts is None or packet.dts * tick_s >= end_s:
                return
            packet.stream = stream
            yield packet.dts * tick_s, packet


def _until_the_end(captions: Iterable[Caption], end_ms: int) -> list[Caption]:
    return [replace(one, end_ms=min(one.end_ms, end_ms)) for one in captions if one.start_ms < end_ms]


def _captions(captions: Iterable[Caption], container: OutputContainer, film: Film) -> Iterator[Timed]:
    """Add the film's caption stream to `container`; returns its packets."""
    stream = container.add_stream("mov_text")
    stream.codec_context.subtitle_header = CAPTION_STYLE
    stream.codec_context.time_base = CAPTION_CLOCK
    stream.metadata["language"] = iso_639_2(film.language)
    return (_caption_packet(caption, stream) for caption in captions)


def _caption_packet(caption: Caption, stream: SubtitleStream) -> Timed:
    # MP4's timed text is its length and UTF-8; written by hand, so that nothing in it is read as ASS markup.
    text = "\n".join(caption.lines).encode()
    packet: AnyPacket = Packet(len(text).to_bytes(2, "big") + text)
    packet.stream = stream
    packet.time_base = CAPTION_CLOCK
    packet.pts = packet.dts = caption.start_ms
    packet.duration = caption.end_ms - caption.start_ms
    return caption.start_ms / 1000, packet
