"""What is said when a form can't even be read: too many bytes, too many fields."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for status 400. The browser still has the words: its Back leads to them."""
    reason = "Your browser sent something this site can't read."
    if isinstance(exception, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1024**2
        reason = f"That was more than {most:g} MB of text. Divide it into several sections."
    elif isinstance(exception, TooManyFieldsSent):
        reason = f"That form had more than {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS} fields. Save fewer rows at once."
    return render(request, "400.html", {"reason": reason}, status=400)
