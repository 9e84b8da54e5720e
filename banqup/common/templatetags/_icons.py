"""The one way an icon reaches a page: Heroicons outline at 16 px, plus two plain circles it lacks."""

from functools import lru_cache

import heroicons
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# "ring" and "half-ring" are circles, not drawings: the payment states need an empty and a half one.
CIRCLES = {
    "ring": '<circle cx="12" cy="12" r="9"/>',
    "half-ring": '<circle cx="12" cy="12" r="9"/><path fill="currentColor" stroke="none" d="M12 3a9 9 0 0 1 0 18Z"/>',
}


@lru_cache(maxsize=512)
def icon(name: str, css_class: str = "icon") -> SafeString:
    """The icon as inline SVG, hidden from screen readers. `solid:check-circle` takes the filled set."""
    if name in CIRCLES:
        return format_html(
            '<svg class="{}" width="16" height="16" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            'stroke-width="1.5" aria-hidden="true">{}</svg>',
            css_class,
            mark_safe(CIRCLES[name]),
        )
    style, _, plain = name.rpartition(":")
    attributes = {"class": css_class, "aria-hidden": "true"}
    return mark_safe(heroicons._render_icon(style or "outline", plain, 16, attributes))
