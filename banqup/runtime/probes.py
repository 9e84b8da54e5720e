"""What operators ask: `/healthz/live`, `/healthz/ready` and `/metrics`.

Answered before every other middleware: no session, no redirect to https and no check of the host's name, so that
a probe may ask the process itself by its address. None of the three shows anything of a space or a person.
"""

import ipaddress

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from .metrics import CONTENT_TYPE, Metrics
from .readiness import Readiness

PLAIN = "text/plain; charset=utf-8"
# With one of these the request was handed on: the address that we see is a proxy's.
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")


class Probes:
    def __init__(self, get_response):
        self.get_response = get_response
        self.readiness, self.numbers = Readiness(), Metrics()
        self.answers = {"/healthz/live": self.live, "/healthz/ready": self.ready, "/metrics": self.metrics}

    def __call__(self, request):
        answer = self.answers.get(request.path_info.rstrip("/"))
        if answer is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = answer(request)
        response.headers["Cache-Control"], response.headers["X-Content-Type-Options"] = "no-store", "nosniff"
        response.headers["Content-Length"] = str(len(response.content))
        if request.method == "HEAD":
            response.content = b""
        return response

    def live(self, request):
        """The process answers. Nothing else is asked: a database that is away is no reason to kill it."""
        return HttpResponse("ok\n", content_type=PLAIN)

    def ready(self, request):
        """May requests be sent here? Each check with its words; 503 when one fails."""
        report = self.readiness.report()
        return JsonResponse(report, status=200 if report["ready"] else 503, json_dumps_params={"indent": 2})

    def metrics(self, request):
        """The state of the installation for Prometheus."""
        if refusal := _refusal(request):
            return refusal
        try:
            return HttpResponse(self.numbers.text(), content_type=CONTENT_TYPE)
        except DatabaseError as error:
            words = _("The database does not answer (%s).") % type(error).__name__
            return HttpResponse(f"{words}\n", status=503, content_type=PLAIN)


def _refusal(request):
    """None for who may read the metrics: with the token, or without one from this machine itself."""
    token = settings.BANQUP_METRICS_TOKEN
    if not token:
        if _from_this_machine(request):
            return None
        words = _("Only this machine may ask. Set BANQUP_METRICS_TOKEN, and send it as a bearer token.")
        return HttpResponse(f"{words}\n", status=403, content_type=PLAIN)
    kind, _space, sent = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and constant_time_compare(sent.strip(), token):
        return None
    words = _("Send the value of BANQUP_METRICS_TOKEN as a bearer token.")
    headers = {"WWW-Authenticate": 'Bearer realm="metrics"'}
    return HttpResponse(f"{words}\n", status=401, content_type=PLAIN, headers=headers)


def _from_this_machine(request) -> bool:
    """A proxy on the same machine has a local address, too: behind one only the token counts."""
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT or any(name in request.headers for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
