"""Rules that join several fields, each a small function: the problem with a shot, or None. Pure.

The catalogue has checked names, values and counts before; a rule here may rely on that. Where a rule is for some models
only, it looks at what they have (a parameter, a slot), so that a new model with the same traits gets it by itself.
Sources: field descriptions of the official client runwayml 5.24 and the OpenAPI document of 2026-08-08.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from providers.catalogue import Model, given_kind
from providers.errors import Problem
from providers.price import ARCHIVES
from providers.runway.codecs import CODECS, parse_ranges, parse_shots, parse_tags, parse_times
from providers.runway.dialect import DRAFT
from providers.shot import Input, Role, Shot

__all__ = ["RULES", "problems"]

T = TypeVar("T")
Rule = Callable[[Shot, Model], Problem | None]

FRAMES = (Role.START_IMAGE, Role.END_IMAGE)
SLUG = re.compile(r"[a-z][a-z0-9_-]{0,63}")
SHOTS_S = (3, 15)
URL_CHARACTERS = (13, 2048)


def problems(shot: Shot, model: Model, keeps: frozenset[str]) -> list[Problem]:
    """Everything that the rules say against a shot. `keeps`: the kinds of files that the caller can keep."""
    found = [rule(shot, model) for rule in RULES]
    found.append(made_for_keeping(shot, model, keeps))
    return [each for each in found if each is not None]


# ── what comes out ───────────────────────────────────────────────────────────────────────────────────────────────────


def made_for_keeping(shot: Shot, model: Model, keeps: frozenset[str]) -> Problem | None:
    """Nothing is paid for that could not be verified and kept afterwards."""
    if model.output not in keeps:
        return Problem("model", f"makes {model.output} files, which cannot be kept here yet; choose a model for clips")
    if "archive" not in keeps and str(shot.params.get("output_format", "")).endswith(ARCHIVES):
        return Problem("output_format", "makes an archive of pictures, which cannot be kept here; choose mp4 or prores")
    return None


def prores_has_its_file(shot: Shot, _model: Model) -> Problem | None:
    """A ProRes flavour needs a ProRes file; the HDR one takes three of them."""
    profile, made = shot.params.get("prores_profile"), shot.params.get("output_format")
    if profile is None or made == "prores":
        return None
    if made != "hdr_prores":
        return Problem("prores_profile", "is only for output_format prores or hdr_prores; leave it out")
    fit = ("422", "422 HQ", "4444")
    return None if profile in fit else Problem("prores_profile", f"must be {', '.join(fit)} for hdr_prores", fit)


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def router_has_a_name(_shot: Shot, model: Model) -> Problem | None:
    """The part behind `router:` is the slug of a router of this account."""
    if not model.prefix or SLUG.fullmatch(model.name.removeprefix(model.prefix)):
        return None
    return Problem("model", f"needs the slug of your router behind {model.prefix} (a-z, 0-9, - and _)")


def something_to_see(shot: Shot, model: Model) -> Problem | None:
    """Without a picture or a clip there must be words: a prompt, shots, or a draft that has them."""
    if shot.prompt.strip() or shot.inputs or not model.prompt.max:
        return None
    if any(shot.params.get(name) for name in ("shots", DRAFT)):
        return None
    return Problem("prompt", "is empty; say what should be seen")


def something_to_change(shot: Shot, model: Model) -> Problem | None:
    """A model that only edits wants to know what: words, keyframes, or a new shape."""
    edits = model.modes == ("video_to_video",)
    told = shot.prompt.strip() or shot.params.get("ratio") or shot.input(Role.REFERENCE)
    return (
        Problem("prompt", "is empty; say what to change, or give keyframes or a ratio") if edits and not told else None
    )


def codes_can_be_read(shot: Shot, model: Model) -> Problem | None:
    """Texts that become lists on the wire."""
    for name, value in shot.params.items():
        param = model.find_param(name, shot.mode)
        if param is None or not param.codec:
            continue
        try:
            CODECS[param.codec].check(str(value))
        except ValueError as error:
            return Problem(name, str(error))
    return None


def shots_fill_the_clip(shot: Shot, _model: Model) -> Problem | None:
    """The shots of one clip last 3 to 15 s together, which is the clip's length."""
    total = sum(each["duration"] for each in _read(parse_shots, shot, "shots"))
    if not total:
        return None
    low, high = SHOTS_S
    if not low <= total <= high:
        return Problem("shots", f"last {total} s together; they must last {low} to {high} s")
    if "duration" in shot.params and shot.params["duration"] != total:
        return Problem("duration", f"is {shot.params['duration']}, but the shots last {total} s; make them equal")
    return None


def own_cuts_need_a_prompt(shot: Shot, _model: Model) -> Problem | None:
    """The model cuts by the prompt."""
    if shot.params.get("shot_type") == "intelligence" and not shot.prompt.strip():
        return Problem("prompt", "is needed with shot_type intelligence")
    return None


# ── frames and references ────────────────────────────────────────────────────────────────────────────────────────────


def picture_mode_has_a_picture(shot: Shot, _model: Model) -> Problem | None:
    """Image-to-video without any picture is text-to-video."""
    if shot.mode == "image_to_video" and not shot.inputs:
        return Problem("start_image", "is needed for image_to_video; or choose text_to_video")
    return None


def frames_or_references(shot: Shot, model: Model) -> Problem | None:
    """Where both go into one list of pictures, the vendor takes frames or references, never both."""
    places: dict[str, set[bool]] = {}
    for each in shot.inputs:
        slot = model.slot(each, shot.mode)
        if slot is not None and slot.form == "position":
            places.setdefault(slot.wire, set()).add(bool(slot.position))
    if any(len(kinds) > 1 for kinds in places.values()):
        return Problem("ref", f"{model.name} takes a first and last frame or references, not both; leave one out")
    return None


def frames_keep_their_shape(shot: Shot, model: Model) -> Problem | None:
    """Where a model has `auto` frame sizes for pictures, a first or last frame wants one of them."""
    param = model.find_param("ratio", shot.mode)
    automatic = tuple(value for value in (param.values if param else ()) if str(value).startswith("auto_"))
    ratio = shot.params.get("ratio")
    if shot.mode != "image_to_video" or not automatic or ratio is None or not _has(shot, *FRAMES):
        return None
    return (
        None if ratio in automatic else Problem("ratio", f"must be one of {', '.join(map(str, automatic))}", automatic)
    )


def adaptive_needs_a_reference(shot: Shot, _model: Model) -> Problem | None:
    """From words alone there is nothing to take the shape from."""
    if shot.params.get("ratio") != "adaptive" or any(given_kind(each) != "audio" for each in shot.inputs):
        return None
    return Problem("ratio", "must be a shape such as 16:9 without a picture or clip to take it from")


def one_character(shot: Shot, model: Model) -> Problem | None:
    """The acting face is one picture or one clip."""
    wanted = [slot for slot in model.slots(shot.mode) if slot.wire == "character"]
    given = [each for each in shot.inputs if model.slot(each, shot.mode) in wanted]
    if not wanted or len(given) == 1:
        return None
    if given:
        return Problem("start_image", "the character is one picture or one clip (ref); leave one out")
    return Problem("start_image", "is needed: a picture of the character, or a clip of it as ref")


def pictures_in_all(shot: Shot, model: Model) -> Problem | None:
    """Where references and frames are counted together."""
    slots = {slot.role: slot for slot in model.slots(shot.mode) if slot.media == "image"}
    looks = slots.get(Role.REFERENCE)
    together = looks is not None and looks.wire == "references" and looks.form == "uris" and Role.START_IMAGE in slots
    count = sum(each.role in slots and given_kind(each) in (None, "image") for each in shot.inputs)
    if looks is None or not together or count <= looks.max_count:
        return None
    return Problem("ref", f"{count} pictures in all, frames included; at most {looks.max_count}")


def lists_hold_so_many(shot: Shot, model: Model) -> Problem | None:
    """Where inputs of several slots go into one list, they share the list's bound."""
    slots = model.slots(shot.mode)
    most = {slot.wire: max(each.max_count for each in slots if each.wire == slot.wire) for slot in slots}
    counts: dict[str, int] = {}
    for each in shot.inputs:
        slot = model.slot(each, shot.mode)
        if slot is not None:
            counts[slot.wire] = counts.get(slot.wire, 0) + 1
    over = next((wire for wire, count in counts.items() if most[wire] > 1 and count > most[wire]), None)
    if over is None:
        return None
    return Problem("ref", f"{counts[over]} in all, frames and the clip included; at most {most[over]}")


def sounds_have_company(shot: Shot, model: Model) -> Problem | None:
    """References of sound want words beside them; where nothing else can hold them, a picture too."""
    if not any(given_kind(each) == "audio" for each in shot.inputs) or model.output == "audio":
        return None
    if not shot.prompt.strip():
        return Problem("prompt", "is needed beside a reference of sound")
    kinds = {slot.media for slot in model.slots(shot.mode) if slot.role is Role.REFERENCE}
    alone = all(given_kind(each) == "audio" for each in shot.inputs)
    if alone and kinds == {"image", "audio"} and shot.mode == "text_to_video" and not model.prefix:
        return Problem("ref", "a reference of sound needs at least one picture beside it")
    return None


def references_stay_small(shot: Shot, model: Model) -> Problem | None:
    """Where `resolution` and picture references meet without clips (Grok Imagine), 720p is the most."""
    kinds = {slot.media for slot in model.slots(shot.mode) if slot.role is Role.REFERENCE}
    pictures = any(each.role is Role.REFERENCE and given_kind(each) in (None, "image") for each in shot.inputs)
    if kinds == {"image", "audio"} and pictures and not model.prefix and shot.params.get("resolution") == "1080p":
        return Problem("resolution", "must be 480p or 720p with picture references", ("480p", "720p"))
    return None


def keyframes_have_their_times(shot: Shot, _model: Model) -> Problem | None:
    """One time for each keyframe, one window for each or none, and each time inside its window."""
    count = sum(each.role is Role.REFERENCE for each in shot.inputs)
    times, windows = _read(parse_times, shot, "keyframe_times"), _read(parse_ranges, shot, "keyframe_ranges")
    for name, given in (("keyframe_times", times), ("keyframe_ranges", windows)):
        if given and len(given) != count:
            return Problem(name, f"has {len(given)} for {count} references; give one for each")
    for time, (start, end) in zip(times, windows, strict=False):
        if not start <= time.get("seconds", start) < end:
            return Problem("keyframe_times", f"{time['seconds']:g} s lies outside its window {start}-{end}")
    return None


def tags_fit_the_references(shot: Shot, _model: Model) -> Problem | None:
    """Tags name the references in order."""
    count, tags = sum(each.role is Role.REFERENCE for each in shot.inputs), _read(parse_tags, shot, "tags")
    if tags and len(tags) != count:
        return Problem("tags", f"has {len(tags)} for {count} references; give one for each")
    return Problem("tags", "has the same name twice") if len(set(tags)) < len(tags) else None


# ── drafts, and what a given clip is used for ────────────────────────────────────────────────────────────────────────


def draft_stands_alone(shot: Shot, _model: Model) -> Problem | None:
    """A finished draft is made whole as it was; the vendor takes nothing beside its id."""
    if not shot.params.get(DRAFT):
        return None
    if shot.prompt.strip():
        return Problem("prompt", "must be empty with draft_task: the draft has its own")
    if shot.inputs:
        return Problem(shot.inputs[0].role.value, "must be left out with draft_task: the draft has its own")
    return Problem("draft", "must be off with draft_task") if shot.params.get("draft") else None


def draft_is_mp4(shot: Shot, _model: Model) -> Problem | None:
    """Drafts come as mp4 alone."""
    if shot.params.get("draft") and shot.params.get("output_format", "mp4") != "mp4":
        return Problem("output_format", "must be mp4 for a draft", ("mp4",))
    return None


def clip_use_fits(shot: Shot, model: Model) -> Problem | None:
    """Going on from a clip or editing it wants words and the clip's own shape; editing has the clip's length."""
    use = shot.params.get("clip_use")
    if use not in {"extend", "edit"} or not model.find_param("draft", shot.mode):
        return None
    if not shot.prompt.strip():
        return Problem("prompt", f"is needed to {use} a clip")
    if shot.params.get("ratio") is not None:
        return Problem("ratio", f"must be left out to {use} a clip: it keeps its shape")
    if use == "edit" and shot.params.get("duration") != "auto":
        return Problem("duration", "must be auto to edit a clip", ("auto",))
    return None


# ── sources, as far as they show without looking ─────────────────────────────────────────────────────────────────────


def no_gif(shot: Shot, _model: Model) -> Problem | None:
    """Runway, inputs: JPEG, PNG and WebP."""
    for each in shot.inputs:
        if each.source.partition("?")[0].casefold().endswith(".gif"):
            return Problem(each.role.value, "is a GIF, which Runway does not take; give a JPEG, PNG or WebP")
    return None


def links_can_be_fetched(shot: Shot, _model: Model) -> Problem | None:
    """Runway, inputs: https, 13 to 2048 characters, a domain and no address in numbers."""
    for each in shot.inputs:
        if "://" in each.source and (fault := _link_fault(each)):
            return Problem(each.role.value, fault)
    return None


def _link_fault(each: Input) -> str | None:
    low, high = URL_CHARACTERS
    if not low <= len(each.source) <= high:
        return f"is a link of {len(each.source)} characters; Runway takes {low} to {high}"
    host = urlsplit(each.source).hostname or ""
    if ":" in host or re.fullmatch(r"[\d.]+", host) or "." not in host:
        return "must be a link to a domain; Runway takes no numeric address"
    return None


def _has(shot: Shot, *roles: Role) -> bool:
    return any(each.role in roles for each in shot.inputs)


def _read(parse: Callable[[str], list[T]], shot: Shot, name: str) -> list[T]:
    """A coded parameter; nothing where it is absent or unreadable, which another rule says."""
    try:
        return parse(str(shot.params[name])) if shot.params.get(name) else []
    except ValueError:
        return []


RULES: tuple[Rule, ...] = (
    router_has_a_name,
    no_gif,
    links_can_be_fetched,
    something_to_see,
    something_to_change,
    picture_mode_has_a_picture,
    frames_or_references,
    frames_keep_their_shape,
    adaptive_needs_a_reference,
    one_character,
    pictures_in_all,
    lists_hold_so_many,
    sounds_have_company,
    references_stay_small,
    codes_can_be_read,
    shots_fill_the_clip,
    own_cuts_need_a_prompt,
    keyframes_have_their_times,
    tags_fit_the_references,
    draft_stands_alone,
    draft_is_mp4,
    clip_use_fits,
    prores_has_its_file,
)
