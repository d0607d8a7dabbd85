"""Addresses that nothing can have."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse


def no_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The middleware: NUL in a path is 404. PostgreSQL and the file system take no such text, and fail on it.

    It stands last, so that the page that says so passes through all others.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path:
            raise Http404("no address has a NUL in it")
        return get_response(request)

    return middleware
