"""Two addresses for whatever watches the server: `/healthz` (it runs) and `/readyz` (it can serve).

They are answered by a middleware that stands before all others: probes come by container address
and plain http, which the check of the host and the redirect to https would both turn away.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed


def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers. Asks no database."""
    return _plain("ok", 200)


def readyz(request: HttpRequest) -> HttpResponse:
    """200 if the database can be reached and has every migration; else 503 with the reason."""
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except Error:
        # Without the driver's words: they name users and hosts. They are in the log of `manage.py setup`.
        return _plain("the database can't be reached", 503)
    if waiting:
        return _plain(f"the database lacks {waiting} migrations: run `python manage.py setup`", 503)
    return _plain("ok", 200)


PROBES = {"/healthz": healthz, "/readyz": readyz}


def probes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The middleware."""

    def middleware(request: HttpRequest) -> HttpResponse:
        view = PROBES.get(request.path_info)
        if view is None:
            return get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return view(request)

    return middleware


def _plain(text: str, status: int) -> HttpResponse:
    body = text + "\n"
    return HttpResponse(
        body,
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store", "Content-Length": str(len(body))},
    )
