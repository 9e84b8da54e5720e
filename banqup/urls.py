"""Every address of the application, one line an area."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from banqup.common.views import design_sheet
from business_space.views.home import root
from business_space.views.settings_new import new_space

urlpatterns = [
    path("", root, name="root"),
    path("s/new/", new_space, name="new_space"),
    path("s/<slug:slug>/", include("business_space.urls")),
    path("p/", include("partner_space.urls")),
    path("", include("integrations.urls")),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEBUG:
    urlpatterns.append(path("design/", design_sheet, name="design_sheet"))
