"""Django admin of suppliers and customers."""

from django.contrib import admin

from .models import Contact


@admin.register(Contact)
class ContactAdmin(admin.ModelAdmin):
    list_display = ["name", "space", "vat_id", "is_supplier", "is_customer", "trusted", "auto_approve"]
    list_filter = ["is_supplier", "is_customer", "trusted", "auto_approve", "country"]
    search_fields = ["name", "vat_id", "endpoint_id", "space__name"]
    list_select_related = ["space"]
    raw_id_fields = ["space"]
    readonly_fields = ["created_at"]

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, "space"] if obj else self.readonly_fields
