"""Django admin of the ledger: it is looked at, never changed here."""

from django.contrib import admin

from banqup.common.admin import ReadOnlyAdmin, ReadOnlyInline

from .models import Allocation, Payment


class AllocationInline(ReadOnlyInline):
    model = Allocation
    fields = readonly_fields = ["invoice", "amount", "removed_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("invoice")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    inlines = [AllocationInline]
    list_display = ["paid_on", "space", "currency", "amount", "method", "reference", "recorded_by", "undone_at"]
    list_filter = ["method", "currency", ("undone_at", admin.EmptyFieldListFilter)]
    search_fields = ["reference", "comment", "space__name", "allocations__invoice__number"]
    list_select_related = ["space", "recorded_by"]
    date_hierarchy = "paid_on"


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    list_display = ["invoice", "payment", "amount", "removed_at"]
    list_filter = [("removed_at", admin.EmptyFieldListFilter)]
    search_fields = ["invoice__number", "invoice__counterparty_name", "payment__reference"]
    list_select_related = ["invoice", "payment"]
