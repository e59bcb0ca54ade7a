"""What the canvas needs to find our nodes and templates by: no name in it may be of something that isn't there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from storyreel.nodes import NODES

FREE = {
    *("photo_story", "six_transitions", "text_film", "audio_onto_video"),
    *("narrated_sequence", "captioned_vertical_teaser", "music_video", "svd_from_a_keyframe"),
}


def test_the_templates_titles_are_those_of_their_notes(docs: Any, repo: Path) -> None:
    written = (repo / "web" / "templates.json").read_text(encoding="utf-8")
    assert written == docs.templates(), "run scripts/make_node_docs.py"
    templates = json.loads(written)["templates"]
    assert {each["name"] for each in templates} == {path.stem for path in (repo / "workflows").glob("*.json")}
    assert len({each["title"] for each in templates}) == len(templates)
    assert all(re.fullmatch(r"[\w ,']+", each["title"]) for each in templates)  # it becomes a file's name


def test_free_templates_come_first_and_are_those_without_a_provider(docs: Any) -> None:
    templates = json.loads(docs.templates())["templates"]
    assert {each["name"] for each in templates if each["free"]} == FREE
    assert [each["free"] for each in templates] == [True] * len(FREE) + [False] * (len(templates) - len(FREE))


def test_search_words_are_of_nodes_that_exist(repo: Path) -> None:
    written = (repo / "web" / "finding.js").read_text(encoding="utf-8")
    table = written.split("const SEARCH_ALIASES = {")[1].split("\n}")[0]
    aliases = dict(re.findall(r"(Storyreel\w+): \[(.*)\]", table))
    assert set(aliases) <= {node.GET_SCHEMA().node_id for node in NODES}
    assert "'ken burns'" in aliases["StoryreelAnimaticClip"]
    assert "'subtitles'" in aliases["StoryreelCaptions"]


def test_every_type_of_ours_has_a_color_of_its_own(repo: Path) -> None:
    written = (repo / "web" / "finding.js").read_text(encoding="utf-8")
    colors = re.findall(r"\[/(\w+)/, '(#[0-9a-f]{6})'\]", written)
    assert len({color for _, color in colors}) == len(colors)
    outputs = {output.io_type for node in NODES for output in node.GET_SCHEMA().outputs}
    ours = {each for each in outputs if each.startswith("STORYREEL_")}
    assert ours
    for each in ours:
        assert len([pattern for pattern, _ in colors if re.search(pattern, each)]) == 1
