"""The desk's pages: the week, lists, one draft, drafts side by side, and the forms on them.

Owns the routes and what each answers. Reads the record anew for every request: another process may have decided.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from claudes_corner.errors import CornerError, DoubtError, Problem
from claudes_corner.markup import render_essay
from claudes_corner.review.acts import ACTS, MEANT, act, must_be_meant
from claudes_corner.review.desk.access import FRAME_POLICY, Access, Guard, Visitor
from claudes_corner.review.desk.room import THEME, Outside, Room
from claudes_corner.review.desk.views import ROWS, Shelf, View
from claudes_corner.review.week import to_read
from claudes_corner.settings import Config
from claudes_corner.templating import Markup
from claudes_corner.text import digest, visible
from claudes_corner.workspace import Draft, Workspace

HERE = Path(__file__).parent
FORM_BYTES = 65_536
LISTS = ("waiting", "approved", "published", "set-aside", "vetoed", "expired", "withdrawn")
_FIELDS = ("act", "date", "slug", "tags", "reason", "criterion", "note", "letter", "meant")
_SHOWN = ("was_date", "was_slug", "was_tags")  # what a form held before anybody typed
_SCRIPT = re.compile(r"<script\b.*?</script>\n?", re.DOTALL | re.IGNORECASE)
_DIGITS = 9  # of a page number; Python reads no thousands
PARTS = ("page", "feed", "text", "making")
_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "woff2": "font/woff2", "png": "image/png"}


class Desk:
    """The desk of one newsletter."""

    def __init__(self, root: Path, outside: Outside) -> None:
        self._room = Room(root, outside)
        self._outside = outside
        self._lock = threading.Lock()  # one decision at a time; a form that is sent twice waits for its own answer
        self._shelf = Shelf()
        self._static = {path.name: path.read_bytes() for path in sorted((HERE / "static").iterdir())}
        workspace = self._room.now().workspace
        self._shelf.past.follow(workspace, workspace.ledger())

    def app(self, access: Access) -> Guard:
        """Make the application, behind its door."""
        routes = [
            Route("/", self._week),
            Route("/list/{status}", self._list),
            Route("/compare", self._compare),
            Route("/drafts/{draft_id}", self._draft),
            Route("/drafts/{draft_id}/frame/{kind}", self._frame),
            Route("/drafts/{draft_id}/{act}", self._act, methods=["POST"]),
            Route("/static/{name}", self._static_file),
            Route(f"{THEME}assets/{{name:path}}", self._theme_file),
        ]
        inside = Starlette(
            routes=routes, exception_handlers={CornerError: self._explain, HTTPException: self._explain_status}
        )
        return Guard(
            inside,
            access,
            config=lambda: self._room.now().workspace.config,
            token=self._outside.token,
            refuse=lambda problem: self._refused(HTTPStatus.FORBIDDEN, problem),
        )

    def _week(self, request: Request) -> Response:
        view = self._view(request)
        return self._html(view, "week.html", week=view.week())

    def _list(self, request: Request) -> Response:
        view, status = self._view(request), request.path_params["status"]
        if status not in LISTS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        found = to_read(view.known) if status == "waiting" else view.known.having(status)[::-1]
        number = request.query_params.get("page", "1")
        pages = max(1, -(-len(found) // ROWS))
        page = min(max(1, int(number[:_DIGITS]) if number.isdecimal() else 1), pages)
        rows = view.rows(found[(page - 1) * ROWS : page * ROWS])
        context = {"of": status, "rows": rows, "total": len(found), "page": page, "pages": pages, "lists": LISTS}
        return self._html(view, "list.html", **context)

    def _draft(self, request: Request, problem: str = "", typed: Mapping[str, str] = {}) -> Response:
        """Show a draft, and above it why a form was refused, with what had been typed into it."""
        view, query = self._view(request), request.query_params
        draft = view.draft(request.path_params["draft_id"])
        part = query.get("as", "page")
        part = part if part in PARTS else "page"
        context: dict[str, Any] = {
            "part": part,
            "problem": problem,
            "typed": {**dict.fromkeys((*_FIELDS, *_SHOWN), ""), **typed},
        }
        context |= {"width": query.get("width", ""), "scheme": query.get("scheme", "")}
        if part == "feed":
            context["item"] = view.opened.preview.item(view.placed(draft), view.known)
        if part == "making":
            context["making"] = making = view.opened.preview.making(view.placed(draft), view.known)
            context["usd"] = self._cost(view.config, draft, making)
        status = HTTPStatus.CONFLICT if problem else HTTPStatus.OK
        return self._html(view, "draft.html", status, view=view.deciding(draft), **context)

    def _compare(self, request: Request) -> Response:
        view = self._view(request)
        return self._html(view, "compare.html", **view.compared(request.query_params.getlist("id")))

    def _frame(self, request: Request) -> Response:
        """Answer with a draft's own HTML, for a frame: as its page, its feed item, or the text alone."""
        view, kind = self._view(request), request.path_params["kind"]
        draft, preview = view.draft(request.path_params["draft_id"]), view.opened.preview
        if kind == "page":
            page = preview.page(view.placed(draft), view.known).decode()
            scheme = request.query_params.get("scheme", "")
            root = f'<html data-theme="{scheme}" ' if scheme in {"light", "dark"} else "<html "
            page = _SCRIPT.sub("", page)  # none would run: a browser would only complain of each
            html = page.replace("<html ", root, 1).replace("<head>", '<head><base target="_blank">', 1)
        elif kind in {"feed", "essay"}:
            title_by, title = draft.front.title_by, ""
            if kind == "feed":
                body = preview.item(view.placed(draft), view.known).html
            else:
                body = render_essay(draft.text, title_is_heading=title_by == "heading").html
                title = "" if title_by == "none" else draft.front.title
            # Both come from `markup`, which lets no HTML of a text through; and this stands in a frame of its own.
            context = {"title": title, "kind": kind, "language": view.config.site.language, "html": Markup(body)}
            html = view.opened.templates.render("frame.html", context)
        else:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return HTMLResponse(html, headers={"Content-Security-Policy": FRAME_POLICY})

    async def _act(self, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > FORM_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return await run_in_threadpool(self._decide, request, form, digest(body))

    def _decide(self, request: Request, form: dict[str, str], sent: str) -> Response:
        visitor, name, draft_id = request.scope["visitor"], request.path_params["act"], request.path_params["draft_id"]
        if name not in ACTS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        if not visitor.has_sealed(f"{name} {draft_id}", form.get("seal", "")):
            fix = "It may be older than this desk. Open the draft again, and send it from there."
            return self._refused(HTTPStatus.FORBIDDEN, Problem("this form was not made for you here", fix=fix), visitor)
        with self._lock:
            if sent not in visitor.answers:
                workspace, now = self._room.now().workspace, self._outside.now()
                try:
                    must_be_meant(name, workspace, draft_id, form, now)
                    standing = act(name, workspace, draft_id, form, visitor.editor, now, self._outside.salt)
                except DoubtError as error:
                    meant = " ".join(form[MEANT[name]].split())
                    return self._draft(request, str(error), {**form, "act": name, "meant": meant})
                except CornerError as error:
                    return self._draft(request, str(error), {**form, "act": name, "meant": ""})
                visitor.notices += self._outside.decided(workspace, standing, name) if standing else ["noted"]
                if name == "veto" and form.get("letter"):
                    visitor.notices.append("the letter to the author is on its way")
                    letter = (workspace, draft_id, visitor)
                    threading.Thread(target=self._write_letter, args=letter, name="letter", daemon=True).start()
                visitor.keep_answer(sent, self._onward(request, name, draft_id))
            return RedirectResponse(visitor.answers[sent], HTTPStatus.SEE_OTHER)

    def _write_letter(self, workspace: Workspace, draft_id: str, visitor: Visitor) -> None:
        """Let the author be written to, and wait: its answer may take minutes. Whatever comes of it is a notice."""
        try:
            said = self._outside.letter(workspace, draft_id, visitor.editor)
        except CornerError as error:
            said = str(error)
        visitor.notices.append(said)

    def _onward(self, request: Request, name: str, draft_id: str) -> str:
        """Tell where to go after a form: from a verdict to the next draft, else to where one was."""
        if name in {"approve", "veto", "set-aside"}:
            following = self._view(request).next_after(draft_id)
            return f"/drafts/{following}" if following else "/"
        return "/" if name in {"publish", "withdraw"} else f"/drafts/{draft_id}"

    def _static_file(self, request: Request) -> Response:
        return self._file(request.path_params["name"], self._static.get(request.path_params["name"]))

    def _theme_file(self, request: Request) -> Response:
        name = request.path_params["name"]
        return self._file(name, self._room.now().preview.asset(name))

    @staticmethod
    def _file(name: str, content: bytes | None) -> Response:
        if content is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        kind = _KINDS.get(name.rpartition(".")[2], "application/octet-stream")
        return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})

    def _view(self, request: Request) -> View:
        return View(self._room.now(), request.scope["visitor"], self._outside.now(), self._shelf)

    def _html(self, view: View, template: str, status: HTTPStatus = HTTPStatus.OK, /, **context: Any) -> Response:
        """Render a page, and say on it what there is to be said."""
        visitor = view.visitor
        notices, visitor.notices = visitor.notices, []
        frame = {"site": view.config.site, "editor": view.config.editors[visitor.editor].name}
        frame |= {"notices": notices, "seal": visitor.seal}
        return HTMLResponse(view.opened.templates.render(template, {**frame, **context}), status)

    def _cost(self, config: Config, draft: Draft, making: Any) -> float | None:
        """Tell what the exchanges behind a draft cost, if prices are known."""
        author = config.authors.get(draft.front.author)
        if author is None or author.usd_per_million_output_tokens is None:
            return None
        return sum(self._outside.price(author, e.input_tokens, e.output_tokens) for e in making.exchanges)

    def _refused(self, status: HTTPStatus, problem: Problem, visitor: Visitor | None = None) -> Response:
        context = {"problem": problem, "visitor": visitor}
        return HTMLResponse(self._room.templates.render("refused.html", context), status)

    def _explain(self, request: Request, error: Exception) -> Response:
        problems = error.problems if isinstance(error, CornerError) else (Problem(str(error)),)
        return self._refused(HTTPStatus.CONFLICT, problems[0], request.scope.get("visitor"))

    def _explain_status(self, request: Request, error: Exception) -> Response:
        status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND)
        problem = Problem(status.phrase.lower(), visible(request.url.path))
        return self._refused(status, problem, request.scope.get("visitor"))
