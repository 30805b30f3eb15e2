"""The program that the embedded model's child process runs: a llama.cpp server on loopback, and nothing else.

Owns the server's settings. The only place that imports xllamacpp: in a process of its own, because inside ours a Ctrl-C
would not get through and an exit with a request in flight would crash. Imports nothing of `claudes_corner`, so it runs
by its path alone. What it speaks with its parent: one line of JSON comes in (`Settings`), one goes out (`{"url": …}`);
when its standard input ends, it ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any, TypedDict

CONTEXT_TOKENS = 4096
BATCH_TOKENS = 256  # a client that goes away is noticed between two batches only
WRITING_THREADS = 1  # a model this small loses more to passing each word round than a second thread brings
TEMPERATURE = 0.7
REPEAT_PENALTY = 1.1  # without it a model this small soon writes the same sentence for ever


class Settings(TypedDict):
    """What the parent decides."""

    weights: str  # the path of the GGUF file
    model: str  # the name under which the model answers
    key: str  # the only API key that is accepted
    threads: int  # that read a prompt
    seed: int | None  # None: another text each time


def main() -> int:
    """Serve until the parent closes our standard input, or is gone; 1 if it did not start: standard error tells why."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says when it is over
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever the library prints goes where the errors go, not between the parent and us
    settings: Settings = json.loads(sys.stdin.readline())
    try:
        server = _serve(settings)
    except (ImportError, RuntimeError) as error:
        sys.stderr.write(f"{error}\n")  # the parent quotes it
        return 1
    answers.write(json.dumps({"url": server.listening_address}) + "\n")
    answers.flush()
    sys.stdin.read()
    os._exit(0)  # taking the server down in order would crash if a request is in flight


def _serve(settings: Settings) -> Any:
    """Start the server; it listens when this returns."""
    # Read when the library loads: idle threads must not eat a shared processor.
    os.environ["OMP_WAIT_POLICY"] = "passive"
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["weights"]
    params.model_alias = {settings["model"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # any free one
    params.api_keys = [settings["key"]]
    params.cors_origins = "null"  # no web page may ask it
    params.ui = False
    params.endpoint_slots = False
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.cache_ram_mib = 0  # the default keeps up to 8 GiB of old prompts
    # A model this small fits anywhere; trying out how costs time and buries the reason of a failure.
    params.fit_params = False
    params.cpuparams.n_threads = WRITING_THREADS
    params.cpuparams_batch.n_threads = settings["threads"]
    params.sampling.temp = TEMPERATURE
    params.sampling.penalty_repeat = REPEAT_PENALTY
    if settings["seed"] is not None:
        params.sampling.seed = settings["seed"]
    params.verbosity = 1  # errors only: prompts do not belong in a log
    return xllamacpp.Server(params)


if __name__ == "__main__":
    sys.exit(main())
