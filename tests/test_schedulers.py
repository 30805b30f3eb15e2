"""What docs/ offers to copy is sound: units that systemd takes, a workflow that builds and verifies, true settings."""

from __future__ import annotations

import email.policy
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from claudes_corner.cli.commands import corner
from claudes_corner.config import parse_config

DOCS = Path(__file__).parents[1] / "docs"
SCHEDULERS = DOCS / "schedulers"
FIXTURE = Path(__file__).parent / "fixtures/newsletter/corner.toml"
UNIT = SCHEDULERS / "corner-week.service"
PAGES = [path.name for path in sorted(DOCS.glob("*.md"))]
FACTS = {
    "CORNER_NEWSLETTER": "SAMPLE letter",
    "CORNER_WHY": 'SAMPLE: "1" draft waits',
    "CORNER_NEXT": "corner review",
}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in (UNIT, SCHEDULERS / "corner-week.timer"):
        text = path.read_text().replace("/opt/corner/bin/corner", sys.executable).replace("User=corner", "User=root")
        (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "corner-week.service", tmp_path / "corner-week.timer"],
        capture_output=True, text=True, check=False, env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "corner-week" in line]
    assert (done.returncode, ours) == (0, [])


def commands() -> list[str]:
    """Every call of `corner` in what a scheduler reads."""
    found = re.findall(r"^ExecStart=(.+)$", UNIT.read_text(), re.MULTILINE)
    found += re.findall(r"; (/opt\S+ .+?) >", (SCHEDULERS / "crontab").read_text())
    steps = yaml.safe_load((SCHEDULERS / "pages.yml").read_text())["jobs"]["build"]["steps"]
    return found + [step["run"] for step in steps if step.get("run", "").startswith("corner")]


def test_schedulers_call_what_there_is() -> None:
    assert len(commands()) == 4
    for line in commands():
        words = [word for word in shlex.split(line)[1:] if word not in {"-C", "/srv/corner"}]
        command = corner.get_command(click.Context(corner), words[0])
        assert command
        command.make_context(words[0], words[1:])


def test_the_workflow_builds_from_public_content_alone_and_may_write_nothing_but_pages() -> None:
    flow = yaml.safe_load((SCHEDULERS / "pages.yml").read_text())
    assert flow[True]["push"]["paths"] == [
        "content/**",
        "themes/**",
        "corner.toml",
        "wheels/**",
    ]  # YAML reads `on` as true
    assert flow["permissions"] == {"contents": "read"}
    assert flow["jobs"]["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    runs = [step.get("run", "").partition(" #")[0] for step in flow["jobs"]["build"]["steps"]]
    install = "pip install --constraint wheels/desk.txt wheels/*.whl"
    assert [run for run in runs if run] == [install, "corner verify", "corner build"]


def handed_on(tmp_path: Path, program: str, *script: str, **facts: str) -> bytes:
    """Run an example of a notify command; tell what the program gets that it hands on to."""
    stand_in = tmp_path / program
    stand_in.write_text(f'#!/bin/sh\ncat > "{tmp_path}/got"\n')
    stand_in.chmod(0o755)
    environ = (
        FACTS | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CORNER_WEBHOOK": "https://chat.example/hook"} | facts
    )
    subprocess.run([SCHEDULERS / script[0], *script[1:]], env=environ, check=True)
    return (tmp_path / "got").read_bytes()


@pytest.mark.parametrize(
    "title", ["SAMPLE letter", "SAMPLE: a newsletter of tides, shores and lighthouses, élan – 潮 " * 3]
)
def test_the_example_of_a_mail_hands_on_what_it_is_told_with_headers_in_ascii(tmp_path: Path, title: str) -> None:
    raw = handed_on(tmp_path, "sendmail", "notify-mail", "editors@corner.example", CORNER_NEWSLETTER=title)
    assert raw.partition(b"\n\n")[0].isascii()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert (mail["To"], mail["Subject"]) == ("editors@corner.example", f'{title}: SAMPLE: "1" draft waits')
    assert mail.get_content() == 'SAMPLE: "1" draft waits\nTo do: corner review\n'


def test_the_example_of_a_chat_hands_on_what_it_is_told(tmp_path: Path) -> None:
    expected = b'{"text": "SAMPLE: \\"1\\" draft waits\\n`corner review`"}\n'
    assert handed_on(tmp_path, "curl", "notify-chat") == expected


@pytest.mark.parametrize("name", ["deploy.md", "operations.md"])
def test_the_settings_that_guides_show_are_settings(name: str) -> None:
    base = re.sub(r"\[schedule\]\n(.+\n)+", "", FIXTURE.read_text())
    blocks = re.findall(r"^( *)```toml\n(.*?)^ *```", (DOCS / name).read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    for indent, block in blocks:
        parse_config(base + "\n" + re.sub(f"(?m)^{indent}", "", block))


def test_the_guides_lead_to_files_that_are_there() -> None:
    for name in PAGES:
        for target in re.findall(r"\]\((?!https?:|#|/|mailto:)([^)#]+)", (DOCS / name).read_text()):
            assert (DOCS / target).exists(), f"{name}: {target}"
