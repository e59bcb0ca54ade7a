"""The command line as a person and as a program meet it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from storyreel.runner.cli import app
from typer.testing import CliRunner

STORYREEL = [sys.executable, "-c", "from storyreel.runner.cli import main; main()"]


def storyreel(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\nfrom storyreel.runner.cli import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "heavy = {'numpy', 'cv2', 'av', 'torch', 'PIL', 'aiohttp', 'fontTools', 'requests', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd="/")
    assert run.stdout.strip() == "[]"


def test_without_arguments_it_helps() -> None:
    result = storyreel()
    assert result.exit_code == 0
    assert "storyreel render photo_story.json" in result.output
    for command in ("render", "run", "check", "convert", "nodes", "providers", "doctor", "serve"):
        assert f"\n  {command} " in result.output


@pytest.mark.parametrize("command", ["render", "run", "check", "convert", "serve"])
def test_each_command_shows_how_it_is_used(command: str) -> None:
    result = storyreel(command, "--help")
    assert result.exit_code == 0 and f"storyreel {command} " in result.output


def test_version() -> None:
    assert storyreel("--version").output.startswith("storyreel ")


def test_an_unknown_command_or_option_is_bad_usage() -> None:
    assert storyreel("rendr").exit_code == 2
    assert storyreel("render", "a.json", "--qualty", "high").exit_code == 2


@pytest.mark.parametrize("command", ["render", "run", "check", "convert"])
def test_a_missing_file(command: str, tmp_path: Path) -> None:
    result = storyreel(command, tmp_path / "no.json")
    assert result.exit_code == 2 and not result.stdout
    assert result.stderr.startswith(f"Error: there is no file {tmp_path}")


@pytest.mark.parametrize(
    "given",
    [
        ["run", "a.json", "--server", "http://a:secret@b:1", "--server=http://c:1"],
        ["run", "a.json", "-o", "x", "--output", "y"],
        ["run", "a.json", "-ox", "-oy"],
        ["ledger", "list", "--limit", "1", "--limit", "2"],
    ],
)
def test_an_option_of_one_value_given_two_is_refused_by_name(given: list[str]) -> None:
    result = storyreel(*given)
    assert result.exit_code == 2 and "secret" not in result.output
    assert "is given twice with different values" in result.output


def test_an_option_given_twice_with_one_value_or_meant_for_several_is_fine() -> None:
    for given in (["--server", "nowhere", "--server", "nowhere"], ["--set", "1.a=1", "--set", "1.a=2"]):
        assert "twice" not in storyreel("run", "none.json", *given).output


def test_an_error_is_one_block(tmp_path: Path) -> None:
    story = {
        "scenes": [{"prompt": "a", "transition": "crosfade"}, {"prompt": "b", "duration": -1}],
        "qualty": "high",
    }
    result = storyreel("render", write(tmp_path / "s.json", story))
    assert result.exit_code == 2
    assert result.stderr.splitlines()[0] == "Error: s.json has 3 faults"
    assert (
        "  • scenes[0].transition: 'crosfade' is not a transition; did you mean 'crossfade'?" in result.stderr
    )
    assert "did you mean 'quality'?" in result.stderr


def test_an_error_in_json_is_the_result(tmp_path: Path) -> None:
    result = storyreel(
        "render", write(tmp_path / "s.json", {"scenes": [{"prompt": "a", "duration": 0}]}), "--json"
    )
    assert result.exit_code == 2 and not result.stderr
    (line,) = result.stdout.splitlines()
    said = json.loads(line)
    assert said["ok"] is False and said["film"] is None and said["scenes"] == []
    assert (
        said["error"]["code"] == "bad_input" and said["error"]["faults"][0]["place"] == "scenes[0].duration"
    )


def test_ten_faults_are_ten_lines(tmp_path: Path) -> None:
    scenes: list[Any] = [
        {"prompt": "a", "duration": 0},
        {"prompt": "a", "duration": "NaN"},
        {"prompt": "a", "duration": 36000},
        {"prompt": "a", "transition": "wip"},
        {"prompt": "a", "clip_action": "slow zom in"},
        {"prompt": "a", "image": "../../etc/passwd"},
        {"prompt": "a", "image": "none.jpg"},
        {},
        {"prompt": "a", "provider": "animatik"},
        {"prompt": "a", "duratoin": 3},
    ]
    result = storyreel("check", write(tmp_path / "s.json", {"scenes": scenes}))
    assert result.exit_code == 2
    lines = [line for line in result.stderr.splitlines() if line.startswith("  • ")]
    for number in range(10):
        assert [line for line in lines if line.startswith(f"  • scenes[{number}]")], (
            f"scenes[{number}] is missing"
        )


def test_render_and_run_point_to_each_other(tmp_path: Path, graph: Any) -> None:
    result = storyreel("run", write(tmp_path / "s.json", {"scenes": ["a"]}))
    assert result.exit_code == 2 and "use `storyreel render" in result.stderr
    result = storyreel("render", write(tmp_path / "w.json", graph))
    assert result.exit_code == 2 and "use `storyreel run" in result.stderr


@pytest.mark.parametrize(
    ("target", "says"),
    [("film.mov", "use -o film.mp4"), ("s.json", "is not an .mp4"), ("s.json/film.mp4", "can't be made")],
)
def test_a_film_that_can_t_be_put_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = storyreel("render", write(tmp_path / "s.json", {"scenes": ["a"]}), "-o", target)
    assert result.exit_code in (1, 2) and says in result.stderr


def test_check_of_a_good_storyboard(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.yaml", "quality: draft\nscenes: [a, {prompt: b, transition: wipe, duration: 2}]"
    )
    result = storyreel("check", path)
    assert result.exit_code == 0
    assert result.stdout == f"{path} is a good storyboard: 2 scenes, 108 frames, 4.50 s\n"
    assert json.loads(storyreel("check", path, "--json").stdout)["frames"] == 108


def test_check_of_a_workflow_names_everything(tmp_path: Path, graph: Any, stub: Any) -> None:
    graph["1"]["inputs"]["image"] = "none.jpg"
    graph["2"]["inputs"]["mode"] = "hart"
    result = storyreel("check", write(tmp_path / "w.json", graph), "--server", stub.url)
    assert result.exit_code == 2 and "w.json has 2 faults" in result.stderr
    assert "did you mean 'hard'?" in result.stderr and "there is no file 'none.jpg'" in result.stderr
    assert not stub.submits and not stub.uploads


def test_check_looks_into_a_storyboard_within_a_workflow(tmp_path: Path) -> None:
    text = json.dumps({"scenes": [{"image": "none.jpg"}, {"prompt": "a", "duration": -2}]})
    graph = {"1": {"class_type": "StoryreelStoryboard", "inputs": {"text": text}}}
    graph["2"] = {"class_type": "StoryreelShoot", "inputs": {"storyboard": ["1", 0], "provider": "animatic"}}
    graph["3"] = {"class_type": "PreviewAny", "inputs": {"source": ["2", 3]}}
    result = storyreel("check", write(tmp_path / "w.json", graph))
    assert result.exit_code == 2
    assert "Storyboard (#1).text scenes[0].image: there is no file" in result.stderr
    assert "Storyboard (#1).text scenes[1].duration" in result.stderr


def test_a_foreign_node_is_refused_by_name(tmp_path: Path, graph: Any) -> None:
    result = storyreel("run", write(tmp_path / "w.json", graph), "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "Scene 1. Dawn (#2): there is no node 'Mixer'" in result.stderr and "--server" in result.stderr
    assert not (tmp_path / "out").exists()


def test_run_on_a_server(tmp_path: Path, graph: Any, stub: Any) -> None:
    stub.files["output", "kept", "it_00001_.png"] = b"picture"
    path = write(tmp_path / "w.json", graph)
    result = storyreel(
        "run", path, "--server", stub.url, "-o", tmp_path / "out", "--set", "2.seed=9", "--json"
    )
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert all("event" in line for line in lines[:-1]) and {"started", "node", "fetched"} <= {
        line.get("event") for line in lines
    }
    done = lines[-1]
    assert done["ok"] and done["outputs"][0]["path"] == str(tmp_path / "out/kept/it_00001_.png")
    assert (tmp_path / "out/kept/it_00001_.png").read_bytes() == b"picture"
    assert stub.submits[0]["prompt"]["2"]["inputs"]["seed"] == 9
    record = json.loads(Path(done["record"]).read_text(encoding="utf-8"))
    assert record["status"] == "done" and record["server"] == stub.url and record["workflow"] == str(path)
    assert record["prompt_id"] == stub.submits[0]["prompt_id"]
    assert record["graph"]["2"]["inputs"]["seed"] == 9
    assert record["overrides"] == [{"text": "2.seed=9", "node": "2", "input": "seed", "value": 9}]
    assert set(record["nodes"]) == {"1", "2", "3"}


def test_the_server_of_the_environment(
    tmp_path: Path, graph: Any, stub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYREEL_SERVER", stub.url)
    stub.outcome = "error"
    stub.error = {"node_id": "2", "exception_message": "out of paint", "exception_type": "RuntimeError"}
    result = storyreel("run", write(tmp_path / "w.json", graph), "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "Error: Scene 1. Dawn (#2) failed: out of paint" in result.stderr
    assert "Load Image: running" in result.stderr, "without a terminal the progress is plain lines"


def test_render_on_a_server_without_our_nodes(tmp_path: Path, stub: Any) -> None:
    result = storyreel("render", write(tmp_path / "s.json", {"scenes": ["a"]}), "--server", stub.url)
    assert result.exit_code == 2 and "does not have Storyreel's nodes" in result.stderr
    assert not stub.uploads


def test_a_time_limit(tmp_path: Path, graph: Any, stub: Any) -> None:
    stub.outcome = "never"
    result = storyreel("run", write(tmp_path / "w.json", graph), "--server", stub.url, "--timeout", "0.5")
    assert result.exit_code == 1 and "was not done after 0.5 s" in result.stderr
    assert stub.interrupts == [stub.submits[0]["prompt_id"]]


def test_no_server_there(tmp_path: Path, graph: Any) -> None:
    result = storyreel("run", write(tmp_path / "w.json", graph), "--server", "127.0.0.1:9")
    assert result.exit_code == 1 and "can't be reached: connection refused" in result.stderr


def test_convert(tmp_path: Path, graph: Any, object_info: Any, stub: Any) -> None:
    from storyreel.runner.comfy.graph.layout import to_ui

    path = write(tmp_path / "w.json", to_ui(graph, object_info))
    saved = write(tmp_path / "info.json", object_info)
    for source in (("--object-info", saved), ("--server", stub.url)):
        result = storyreel("convert", path, *source)
        assert result.exit_code == 0 and json.loads(result.stdout) == graph


@pytest.mark.parametrize(
    ("info", "says"),
    [
        ({"Blur": {"input": {"required": 5}}}, "Blur: input.required is not an object"),
        (
            {"Blur": {"input": {"required": {"how": ["COMBO", {"options": 5}]}}}},
            "how: its options are not a list",
        ),
        ({"Blur": {"input": {}, "input_order": 5}}, "Blur: input_order is not an object"),
        ({"Blur": 5}, "Blur: it is no description of a node"),
        ([], "it holds no JSON object"),
    ],
)
def test_convert_names_what_a_saved_object_info_has_wrong(
    info: Any, says: str, tmp_path: Path, graph: Any, object_info: Any
) -> None:
    from storyreel.runner.comfy.graph.layout import to_ui

    path = write(tmp_path / "w.json", to_ui(graph, object_info))
    result = storyreel("convert", path, "--object-info", write(tmp_path / "info.json", info))
    assert result.exit_code == 2 and says in " ".join(result.stderr.split())


def test_lists() -> None:
    listed = json.loads(storyreel("nodes", "--json").stdout)["nodes"]
    assert {"StoryreelRenderFilm", "LoadImage"} <= {node["node"] for node in listed}
    assert "StoryreelRenderFilm" in storyreel("nodes").stdout
    (first, *_) = json.loads(storyreel("providers", "--json").stdout)["providers"]
    assert first["provider"] == "animatic" and first["ready"] is True
    (vertex,) = (each for each in json.loads(storyreel("providers", "--json").stdout)["providers"][1:2])
    assert vertex["ready"] is False and "GOOGLE_CLOUD_PROJECT" in vertex["missing"][0]
    assert vertex["models"][0]["prices"]["720p"] and vertex["models"][0]["unverified"]
    shown = storyreel("providers").stdout
    assert "animatic  ready" in shown and "runway  not ready" in shown
    assert "text, image, frames 4 6 8 s · references (3) 8 s · extend 7 s, 720p" in shown


def test_doctor(stub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = storyreel("doctor")
    assert result.exit_code == 0 and "Everything is there." in result.stdout
    result = storyreel("doctor", "--server", stub.url, "--json")
    assert result.exit_code == 1
    wrong = [f for f in json.loads(result.stdout)["findings"] if not f["ok"] and not f["optional"]]
    assert len(wrong) == 1 and "install Storyreel there" in wrong[0]["cure"]
    assert "can't be reached" in storyreel("doctor", "--server", "127.0.0.1:9").stdout
    write(tmp_path / "file", "x")
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path / "file" / "home"))
    assert "name a folder of yours in STORYREEL_HOME" in storyreel("doctor").stdout


def test_serve_until_it_is_told_to_end(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [*STORYREEL, "serve", "--port", "0", "--folder", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout
    with server.stdout:
        url = server.stdout.readline().strip()
        assert "system" in requests.get(f"{url}/system_stats", timeout=10).json()
        server.send_signal(signal.SIGINT)
        assert server.wait(15) in (0, 130)


def test_check_looks_into_a_storyboard_file_that_a_workflow_loads(tmp_path: Path) -> None:
    (tmp_path / "story").mkdir()
    write(tmp_path / "story" / "s.yaml", "scenes: [{image: none.jpg}, {prompt: a, transition: wip}]")
    graph = {"1": {"class_type": "StoryreelLoadStoryboard", "inputs": {"file": "story/s.yaml"}}}
    graph["2"] = {"class_type": "StoryreelShoot", "inputs": {"storyboard": ["1", 0], "provider": "animatic"}}
    graph["3"] = {"class_type": "PreviewAny", "inputs": {"source": ["2", 3]}}
    result = storyreel("check", write(tmp_path / "w.json", graph))
    assert result.exit_code == 2 and "w.json has 2 faults" in result.stderr
    assert "(#1).s.yaml scenes[0].image: there is no file" in result.stderr
    assert "did you mean 'wipe'?" in result.stderr


def test_what_the_engine_lacks_does_not_hide_other_faults(tmp_path: Path, graph: Any, stub: Any) -> None:
    graph["1"]["inputs"]["image"] = "none.jpg"
    path = write(tmp_path / "w.json", graph)
    result = storyreel("check", path)
    assert result.exit_code == 2
    assert "Scene 1. Dawn (#2): there is no node 'Mixer'" in result.stderr
    assert "Load Image (#1).image: there is no file 'none.jpg'" in result.stderr
