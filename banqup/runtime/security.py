"""What a browser may load and run with a page of ours."""

from django.conf import settings

# `form-action` stays open: connecting an accounting program is a form whose answer leads to that
# program's own sign-in page, and browsers apply the directive to that redirect too.
PAGE = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors 'self'",
    ]
)
# A PDF is drawn by the browser's own viewer, which a policy without plug-ins would switch off.
PDF = "frame-ancestors 'self'"
# Anything else may be a file that somebody sent us (XML, SVG): it is data and never runs.
FILE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"


class ContentSecurityPolicy:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if settings.DEBUG and response.status_code >= 400:
            return response  # Django's error page for developers has inline styles and scripts
        kind = response.get("Content-Type", "").partition(";")[0].strip().lower()
        policy = {"text/html": PAGE, "application/pdf": PDF}.get(kind, FILE)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response
