"""Serve a review on this machine alone.

Three things keep other web pages out. The address has a secret, which no cookie carries: cookies of 127.0.0.1 go to servers
of all ports, and browsers add them to requests of any page. The `Host` of each request must be this server's
own, so that a name that resolves to 127.0.0.1 (DNS rebinding) reaches nothing. And a form counts only if the
browser says that it comes from this server's pages.
"""

import contextlib
import hmac
import secrets
import socket
from collections.abc import Callable
from typing import Any, Final, cast
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from copydesk.flows.cli.review_session import ReviewSession
from copydesk.flows.terminal import escape_scraped
from copydesk.schemas.errors import CannotWriteError, CopydeskError, UsageError
from copydesk.schemas.review import KINDS, Kind, Verdict
from copydesk.tasks.report import draw_candidate, draw_message, draw_overview
from copydesk.tasks.review import DecidedError

_HOME: Final = "127.0.0.1"
_MOST_BODY: Final = 10_000
_FORM: Final = "application/x-www-form-urlencoded"
_HEADERS: Final = {
    "Content-Security-Policy": "frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""The page itself has the rest of the policy: one style and one script, by their hashes."""


def serve_review(session: ReviewSession, port: int) -> int:
    """Serve until Ctrl-C. Prints the address. Raises CannotWriteError if the port is taken."""
    try:
        listener = socket.create_server((_HOME, port))
    except OSError as error:
        raise CannotWriteError(
            f"port {port}: can't be used: {error.strerror}; name another one with --port"
        ) from error
    port = listener.getsockname()[1]
    token = secrets.token_urlsafe(24)
    app = make_app(session, token, port)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, lifespan="off", ws="none",
        timeout_keep_alive=2, timeout_graceful_shutdown=3,
    )  # fmt: skip
    print(escape_scraped(f"Review of {session.dataset}; decisions go to {session.pack}", one_line=True))
    print(f"\n  http://{_HOME}:{port}/{token}/\n\nCtrl-C ends it.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
    made = len(session.decisions())
    print(escape_scraped(f"{made:,} decisions. Next: {session.frame('').command} --dry-run", one_line=True))
    return 0


def make_app(session: ReviewSession, token: str, port: int) -> ASGIApp:
    """Return the application of a review at `/TOKEN/`, for requests to 127.0.0.1 or localhost at this port."""
    pages = _Pages(session, f"/{token}/")
    routes = [
        Route("/{token}/", pages.overview),
        Route("/{token}/q/{kind}", pages.queue),
        Route("/{token}/c/{candidate}", pages.candidate, methods=["GET"]),
        Route("/{token}/c/{candidate}", pages.answer, methods=["POST"]),
        Route("/{token}/undo", pages.undo, methods=["POST"]),
    ]
    return _Guard(Starlette(routes=routes), token, {f"{name}:{port}" for name in (_HOME, "localhost")})


class _Guard:
    """Let requests pass that come from this server's own pages, and add headers to each response."""

    def __init__(self, app: ASGIApp, token: str, hosts: set[str]) -> None:
        self._app, self._token, self._hosts = app, token, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        refused = self._refused(scope["method"], scope["path"], Headers(scope=scope))
        app = PlainTextResponse(refused[1], refused[0]) if refused else self._app

        async def send_guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await app(scope, receive, send_guarded)

    def _refused(self, method: str, path: str, headers: Headers) -> tuple[int, str] | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 421, "This server answers to its own address only.\n"
        given = path.split("/")[1] if path.startswith("/") else ""
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return 404, "Not found. Use the whole address that `copydesk review` printed.\n"
        if method not in ("GET", "HEAD", "POST"):
            return 405, "Not allowed.\n"
        ours = headers.get("origin") == f"http://{hosts[0]}"
        if method == "POST" and not (ours and headers.get("sec-fetch-site", "same-origin") == "same-origin"):
            return 403, "A decision must come from the review's own page.\n"
        if method == "POST" and headers.get("content-type", "").partition(";")[0].strip() != _FORM:
            return 415, "Expected a form.\n"
        return None


class _Pages:
    """The pages of a review."""

    def __init__(self, session: ReviewSession, base: str) -> None:
        self._session, self._base = session, base

    async def overview(self, request: Request) -> Response:
        """Show the queues and the decisions."""
        return await self._guarded(lambda: self._overview(_done(request)))

    async def queue(self, request: Request) -> Response:
        """Go to the first candidate without a decision."""
        kind = request.path_params["kind"]

        def find() -> Response:
            found = self._session.after(cast(Kind, kind)) if kind in KINDS else None
            return self._go(f"c/{found.id}" if found else "")

        return await self._guarded(find)

    async def candidate(self, request: Request) -> Response:
        """Show a candidate."""
        identity = request.path_params["candidate"]
        return await self._guarded(lambda: self._candidate(identity, _done(request)))

    async def answer(self, request: Request) -> Response:
        """Record an answer, and go on."""
        form = await _form(request)
        identity = request.path_params["candidate"]
        return await self._guarded(lambda: self._answer(identity, form))

    async def undo(self, request: Request) -> Response:
        """Take a decision back, and show its candidate again."""
        form = await _form(request)
        return await self._guarded(lambda: self._undo(form.get("id", ""), form.get("at", "")))

    async def _guarded(self, work: Callable[[], Response]) -> Response:
        """Do the work in a thread; an expected error becomes a page."""
        try:
            return await run_in_threadpool(work)
        except CopydeskError as error:
            status = 409 if isinstance(error, DecidedError) else 400
            frame = await run_in_threadpool(self._session.frame, self._base)
            return HTMLResponse(draw_message(frame, "Not possible", str(error)), status)

    def _overview(self, done: str) -> Response:
        newest = sorted(self._session.decisions().values(), key=lambda each: each.at, reverse=True)
        frame = self._session.frame(self._base, done)
        queues = self._session.overview()
        again = {"Refresh": "5"} if any(queue.left == 0 and queue.waiting for queue in queues) else {}
        return HTMLResponse(draw_overview(frame, queues, newest), headers=again)

    def _candidate(self, identity: str, done: str) -> Response:
        candidate = self._session.candidate(identity)
        following = self._session.after(candidate.kind, identity)
        skip = f"{self._base}c/{following.id}" if following else self._base
        frame = self._session.frame(self._base, done, identity)
        return HTMLResponse(draw_candidate(frame, self._session.view(candidate, skip)))

    def _answer(self, identity: str, form: dict[str, str]) -> Response:
        candidate = self._session.candidate(identity)
        verdict = form.get("verdict", "")
        if verdict not in ("accepted", "refused"):
            raise UsageError("found no answer in the form; expected accepted or refused")
        made = self._session.answer(
            candidate, cast(Verdict, verdict), form.get("label", ""), form.get("seq", "")
        )
        if made.id != identity:  # one stretch of a document: the rest of it is still to be looked at
            return self._go(f"c/{identity}", made.id)
        following = self._session.after(candidate.kind, identity) or self._session.after(candidate.kind)
        return self._go(f"c/{following.id}" if following else "", made.id)

    def _undo(self, identity: str, at: str) -> Response:
        gone = self._session.undo(identity)
        for each in (gone.id, at):  # a stretch of a document has no page of its own
            with contextlib.suppress(UsageError):
                return self._go(f"c/{self._session.candidate(each).id}")
        return self._go("")

    def _go(self, path: str, done: str = "") -> Response:
        return RedirectResponse(f"{self._base}{path}{f'?done={done}' if done else ''}", 303)


def _done(request: Request) -> str:
    return request.query_params.get("done", "")


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a small form; nothing of a larger one."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BODY:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[0] for name, values in fields.items()}
