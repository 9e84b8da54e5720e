"""Who may do what, as LIFECYCLE §4, §5 and §8 say it: written down here once more, by hand.

Nothing in this file is computed from `banqup.spaces.roles`; that is the point of it.
"""

BUSINESS = ("ADM", "PR", "PA", "SR", "SA", "FR", "AUD")
OFFICE = ("office ADM", "office ACC", "office CM")
OUTSIDE = (
    "nobody",
    "a member without a role",
    "an inactive member",
    "an inactive accountant",
    "a member of another business",
    "an accountant of another office",
    "an accountant who was only invited",
    "an accountant after the end",
    "staff",
    "a superuser",
)
EVERYBODY = (*BUSINESS, *OFFICE, *OUTSIDE)


def _who(text):
    return frozenset(name.strip() for name in text.split(",") if name.strip())


# (verb, list) → who may.
DOCUMENTS = {
    ("save", "purchase"): _who("PA, PR"),  # P4
    ("save", "sales"): _who("SA, SR"),  # S5
    ("attach", "purchase"): _who("PA, PR"),  # §4: everything also
    ("attach", "sales"): _who("SA, SR"),
    ("split", "purchase"): _who("PR"),  # the file itself goes to the recycle bin
    ("split", "sales"): _who("SA, SR"),
    ("undo_split", "purchase"): _who("PR"),
    ("undo_split", "sales"): _who("SA, SR"),
    ("approve", "purchase"): _who("PR"),  # P6
    ("approve", "sales"): _who("SR"),  # S6
    ("assign", "purchase"): _who("PR"),  # §4, actions of Awaiting validation
    ("dispute", "purchase"): _who("PR"),  # P7
    ("dispute", "sales"): _who("SR"),  # §7d, what a customer issues in our name
    ("refuse", "purchase"): _who("PR"),  # P8
    ("refuse", "sales"): _who("SR"),
    ("resolve", "purchase"): _who("PR"),  # P9
    ("resolve", "sales"): _who("SR"),
    ("withdraw", "purchase"): _who("PR"),  # P13
    ("withdraw", "sales"): _who("SR"),
    ("delete", "purchase"): _who("PR"),  # P11
    ("delete", "sales"): _who("SA, SR"),  # S14
    ("restore", "purchase"): _who("PR"),
    ("restore", "sales"): _who("SA, SR"),
    ("record_payment", "purchase"): _who("FR, PR"),  # P10
    ("record_payment", "sales"): _who("FR, SR"),  # S12
    ("undo_payment", "purchase"): _who("FR, PR"),
    ("undo_payment", "sales"): _who("FR, SR"),
    ("link", "purchase"): _who("FR, PR"),  # §4, actions of Unpaid
    ("link", "sales"): _who("FR, SR"),
    ("unlink", "purchase"): _who("FR, PR"),
    ("unlink", "sales"): _who("FR, SR"),
    ("mark_unpaid", "purchase"): _who("FR, PR"),  # §4, actions of Partially and Fully paid
    ("mark_unpaid", "sales"): _who("FR, SR"),
    ("paid_again", "purchase"): _who("FR, PR"),  # its undo
    ("paid_again", "sales"): _who("FR, SR"),
    ("stands_alone", "purchase"): _who("PA, PR"),  # §7, as saving
    ("stands_alone", "sales"): _who("SA, SR"),
    ("mark_as_duplicate", "purchase"): _who("PR"),  # as deleting
    ("mark_as_duplicate", "sales"): _who("SA, SR"),
    ("mark_as_another", "purchase"): _who("PA, PR"),  # as saving
    ("mark_as_another", "sales"): _who("SA, SR"),
    ("undo_decision", "purchase"): _who("PA, PR"),  # of "another document"; a deleted one as restoring
    ("undo_decision", "sales"): _who("SA, SR"),
    ("keep_draft", "sales"): _who("SA, SR"),  # S1
    ("keep_draft", "purchase"): _who("PA, PR"),  # §7d
    ("detach", "sales"): _who("SA, SR"),
    ("detach", "purchase"): _who("PA, PR"),
    ("draft_stands_alone", "sales"): _who("SA, SR"),
    ("draft_stands_alone", "purchase"): _who("PA, PR"),
    ("send", "sales"): _who("SR"),  # S2
    ("send", "purchase"): _who("PR"),  # §7d
    ("copy_document", "sales"): _who("SA, SR"),  # S1, like another
    ("copy_document", "purchase"): _who("PA, PR"),
    ("make_credit_note", "sales"): _who("SA, SR"),
    ("make_credit_note", "purchase"): _who("PA, PR"),
    ("record_answer", "sales"): _who("SR"),  # S7–S9
    ("match_answer", "sales"): _who("SR"),  # S7–S9
    ("match_answer", "purchase"): _who("PR"),  # §7d
    ("resend_customer", "sales"): _who("SR"),  # §8
    ("resend_customer", "purchase"): _who("PR"),
    ("mark_received", "sales"): _who("SR"),  # §6
    ("mark_received", "purchase"): _who("PR"),
    ("send_copy", "sales"): _who("SA, SR"),  # §8
    ("send_copy", "purchase"): _who("PA, PR"),
    ("remind", "sales"): _who("FR, SR"),  # §5, actions of Unpaid
    ("reissue", "sales"): _who("SA, SR"),  # §5, actions of Refused
    ("wont_be_paid", "sales"): _who("SR, FR"),  # S10
    ("mark_resolved", "sales"): _who("SR"),  # S11
    ("resend", "purchase"): _who("ADM, PR, office ACC"),  # §8
    ("resend", "sales"): _who("ADM, SR, office ACC"),
    ("mark_as_processed", "purchase"): _who("office ACC"),  # §3
    ("mark_as_processed", "sales"): _who("office ACC"),
    ("undo_processed", "purchase"): _who("office ACC"),
    ("undo_processed", "sales"): _who("office ACC"),
    # §4 and §5, "comment" and "ask client": everybody who sees documents and is not read-only.
    ("comment", "purchase"): _who("ADM, PR, PA, SR, SA, FR, office ACC"),
    ("comment", "sales"): _who("ADM, PR, PA, SR, SA, FR, office ACC"),
    ("ask", "purchase"): _who("ADM, PR, PA, SR, SA, FR, office ACC"),
    ("ask", "sales"): _who("ADM, PR, PA, SR, SA, FR, office ACC"),
    ("talk", "purchase"): _who("ADM, PR, PA, SR, SA, FR, office ACC"),
    ("talk", "sales"): _who("ADM, PR, PA, SR, SA, FR, office ACC"),
    ("answer_question", "purchase"): _who("ADM, PR, PA, SR, SA, FR"),
    ("answer_question", "sales"): _who("ADM, PR, PA, SR, SA, FR"),
    ("close_question", "purchase"): _who("office ACC"),
    ("close_question", "sales"): _who("office ACC"),
}

# What is done to a space rather than to a document.
SPACES = {
    "add a person": _who("ADM"),
    "change roles": _who("ADM"),
    "remove a person": _who("ADM"),
    "open an inbound address": _who("ADM"),
    "revoke an inbound address": _who("ADM"),
    "agree on self-billing": _who("ADM, PR"),
    "keep a customer": _who("SA, SR"),
    "keep a supplier": _who("PA, PR"),
    "plan reminders": _who("ADM, FR, SR"),
    "keep the words of a reminder": _who("ADM, FR, SR"),
    "pause reminders": _who("FR, SR"),
    "go on with reminders": _who("FR, SR"),
    "mail a statement": _who("FR, SR"),
    "try a letter again": _who("FR, SR"),
    "begin a draft": _who("SA, SR"),
    "begin a self-billed draft": _who("PA, PR"),
    "add a customer on the way": _who("SA, SR"),
    "add a supplier on the way": _who("PA, PR"),
    "keep an item": _who("SA, SR"),
    "stop offering an item": _who("SA, SR"),
    "number by a pattern": _who("ADM"),
    "make a route": _who("ADM"),
    "change a route": _who("ADM"),
    "move a route": _who("ADM"),
    "switch a route": _who("ADM"),
    "add a substitute": _who("ADM"),
    "remove a substitute": _who("ADM"),
    "delegate approval": _who("ADM"),
    "set an answer aside": _who("SR"),
    "invite an accountant": _who("ADM"),
    "answer an accountant": _who("ADM"),
    "add an integration": _who("ADM, a superuser"),
    "configure an integration": _who("ADM, a superuser"),
    "test an integration": _who("ADM, a superuser"),
    "activate an integration": _who("ADM, a superuser"),
    "deactivate an integration": _who("ADM, a superuser"),
    "rename an integration": _who("ADM, a superuser"),
    "map a booking": _who("ADM, a superuser"),
    "add an access point": _who("ADM, a superuser"),
    "configure an access point": _who("ADM, a superuser"),
    "test an access point": _who("ADM, a superuser"),
    "activate an access point": _who("ADM, a superuser"),
    "deactivate an access point": _who("ADM, a superuser"),
    "make the address of an access point": _who("ADM, a superuser"),
    "add a mailbox": _who("ADM, a superuser"),
    "configure a mailbox": _who("ADM, a superuser"),
    "test a mailbox": _who("ADM, a superuser"),
    "activate a mailbox": _who("ADM, a superuser"),
    "deactivate a mailbox": _who("ADM, a superuser"),
    "forget a mailbox": _who("ADM, a superuser"),
    "ask who can be reached": _who("PA, PR, SA, SR"),
    # §8, as sending one document.
    "send what an integration misses": _who("ADM, PR, SR"),
    "send what the accountant's integration misses": _who("ADM, PR, SR"),
    "add a person to the office": _who("office ADM"),
    "change roles in the office": _who("office ADM"),
    "remove a person from the office": _who("office ADM"),
    "invite a client": _who("office ADM, office CM"),
    "answer a client": _who("office ADM, office CM"),
    "end the engagement": _who("ADM, office ADM, office CM"),
    "add an integration of the office": _who("office ADM, office ACC, a superuser"),
    "configure an integration of the office": _who("office ADM, office ACC, a superuser"),
    "test an integration of the office": _who("office ADM, office ACC, a superuser"),
    "activate an integration of the office": _who("office ADM, office ACC, a superuser"),
    "deactivate an integration of the office": _who("office ADM, office ACC, a superuser"),
    "rename an integration of the office": _who("office ADM, office ACC, a superuser"),
    "make a template": _who("office ADM, office ACC, a superuser"),
    "make a template of an integration": _who("office ADM, office ACC, a superuser"),
    "change a template": _who("office ADM, office ACC, a superuser"),
    "remove a template": _who("office ADM, office ACC, a superuser"),
    "apply a template": _who("office ADM, office ACC, a superuser"),
    "apply a template again": _who("office ADM, office ACC, a superuser"),
    "stop applying a template": _who("office ADM, office ACC, a superuser"),
    "map a booking of the office": _who("office ADM, office ACC, a superuser"),
    "send what an integration of the office misses": _who("office ACC"),
}


def may(verb: str, side: str) -> frozenset[str]:
    """Who gets through."""
    return DOCUMENTS[verb, side]
