"""Addresses of a business, below `/s/{space}/`. The two lists share their views; `side` tells them apart."""

from django.urls import include, path

from .sides import SIDES
from .views import (
    attaching,
    bulk,
    conversations,
    crediting,
    decisions,
    detail,
    duplicates,
    files,
    home,
    lists,
    notifications,
    parties,
    payments,
    reading,
    recycle,
    review,
    search,
    sending,
    splitting,
    uploads,
    why,
)

app_name = "business"


def _documents(side):
    def at(route, view, name):
        return path(f"{side.name}/{route}", view, {"side": side}, name=f"{side.name}_{name}")

    return [
        at("", lists.invoice_list, "list"),
        at("bulk/approve/", bulk.approve, "bulk_approve"),
        at("bulk/resend/", bulk.resend, "bulk_resend"),
        at("upload/", uploads.upload, "upload"),
        at("upload/result/", uploads.uploaded, "uploaded"),
        at("<int:pk>/", detail.detail, "detail"),
        at("<int:pk>/save/", review.save, "save"),
        at("<int:pk>/approve/", review.approve, "approve"),
        at("<int:pk>/approve-disputed/", decisions.approve_disputed, "approve_disputed"),
        at("<int:pk>/assign/", decisions.assign, "assign"),
        at("<int:pk>/dispute/", decisions.dispute, "dispute"),
        at("<int:pk>/refuse/", decisions.refuse, "refuse"),
        at("<int:pk>/resolve/", decisions.resolve, "resolve"),
        at("<int:pk>/withdraw/", decisions.withdraw, "withdraw"),
        at("<int:pk>/answer/", decisions.answer, "answer"),
        at("<int:pk>/wont-be-paid/", decisions.wont_be_paid, "wont_be_paid"),
        at("<int:pk>/mark-resolved/", decisions.mark_resolved, "mark_resolved"),
        at("<int:pk>/delete/", decisions.delete, "delete"),
        at("<int:pk>/restore/", recycle.restore, "restore"),
        at("<int:pk>/why/", why.why, "why"),
        at("<int:pk>/document/", detail.document, "document"),
        at("<int:pk>/attach/", attaching.attach, "attach"),
        at("<int:pk>/split/", splitting.split, "split"),
        at("<int:pk>/split/undo/", splitting.undo, "split_undo"),
        at("<int:pk>/reading/", reading.reading, "reading"),
        at("<int:pk>/payment/", payments.payment, "payment"),
        at("<int:pk>/payments/<int:payment>/undo/", payments.undo, "payment_undo"),
        at("<int:pk>/unpaid/", decisions.mark_unpaid, "mark_unpaid"),
        at("<int:pk>/unpaid/undo/", payments.paid_again, "paid_again"),
        at("<int:pk>/duplicate/", duplicates.duplicate, "duplicate"),
        at("<int:pk>/duplicate/<int:decision>/undo/", duplicates.undo, "duplicate_undo"),
        at("<int:pk>/credit/", crediting.credit, "credit"),
        at("<int:pk>/credit/<int:allocation>/unlink/", crediting.unlink, "credit_unlink"),
        at("<int:pk>/resend/", sending.resend, "resend"),
        at("<int:pk>/attempts/", sending.attempts, "attempts"),
        at("<int:pk>/comments/", conversations.comments, "comments"),
        at("<int:pk>/page/<int:number>/", files.page, "page"),
        at("<int:pk>/paper/", files.paper, "paper"),
        at("<int:pk>/files/<int:file>/", files.file, "file"),
    ]


urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    *(pattern for side in SIDES for pattern in _documents(side)),
    path("runs/", bulk.runs, name="runs"),
    path("runs/<int:pk>/", bulk.run, name="run"),
    path("runs/<int:pk>/stop/", bulk.stop, name="run_stop"),
    path("recycle-bin/", recycle.recycle_bin, name="recycle_bin"),
    path("receipts/<int:pk>/", uploads.receipt, name="receipt"),
    path("parties/", parties.parties, name="parties"),
    path("parties/<int:pk>/", parties.party, name="party"),
    path("parties/<int:pk>/self-billing/", parties.self_billing, name="party_self_billing"),
    path("comments/", conversations.all_comments, name="comments"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.notifications_read, name="notifications_read"),
    path("notifications/<int:pk>/", notifications.notification, name="notification"),
    path("settings/mail/", notifications.mail_choices, name="mail_choices"),
    path("settings/", include("business_space.settings_urls")),
]
