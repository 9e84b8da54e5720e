"""The export ledger of the business: the shared pages, with both sides' integrations."""

from dataclasses import replace

from django.urls import path
from django.utils.translation import gettext as _

from business_space.space import in_space
from integrations import ledger_pages

from .extensions import place
from .settings_base import here


def _view(page):
    @in_space
    def view(request, **kwargs):
        frame = replace(
            place(request),
            base="shell.html",
            run_url=lambda run: here(request, "run", run.pk),
            context={"page_title": _("Export ledger")},
        )
        return page(request, frame, **kwargs)

    return view


urlpatterns = [path(f"exports/{route}", _view(page), name=name) for route, name, page in ledger_pages.PAGES]
