"""Where the pages of an office stand."""

from django.urls import reverse


def here(request, name: str, *args) -> str:
    """The address of a page of this office."""
    return reverse(f"partner:{name}", args=[request.space.slug, *args])
