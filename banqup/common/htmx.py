"""Same address, two answers: the whole page, or the named part that HTMX asked for."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers


def wants_part(request) -> bool:
    """True when HTMX will swap the answer into a page that already stands."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def render_part(request, template, context=None, part=None, status=200):
    """The whole `template`, or only its `part` when HTMX asks; messages ride along in the undo bar."""
    if part and wants_part(request):
        html = render_to_string(f"{template}#{part}", context, request)
        if len(messages.get_messages(request)):
            html += render_to_string("components/_undo_bars.html", {"oob": True}, request)
    else:
        html = render_to_string(template, context, request)
    response = HttpResponse(html, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def notify(request, text, level=messages.SUCCESS, undo_url="", undo_label=""):
    """A message for the undo bar. `undo_url` receives a POST and must be the true inverse."""
    messages.add_message(request, level, text, extra_tags=f"undo|{undo_url}|{undo_label}" if undo_url else "")


class SeeOther(HttpResponseRedirect):
    status_code = 303


def back(request, url, message="", level=messages.SUCCESS, undo_url="", undo_label=""):
    """After an action: 303 to `url` with its message; HTMX is told to load that address instead."""
    if message:
        notify(request, message, level, undo_url, undo_label)
    if wants_part(request):
        response = HttpResponse(status=204, headers={"HX-Redirect": url})
        patch_vary_headers(response, ["HX-Request"])
        return response
    return SeeOther(url)
