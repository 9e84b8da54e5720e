"""What the admin pages of facts share: they are looked at, never changed here."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

admin.site.site_header = _("Banqup administration")
admin.site.site_title = _("Banqup")
admin.site.index_title = _("What is stored")


class ReadOnly:
    """For admins and inlines of facts: no add, no change, no delete, whoever asks."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    actions = None
    show_full_result_count = False


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    show_change_link = True
