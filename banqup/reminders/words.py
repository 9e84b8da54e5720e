"""What our letters to customers say where a space has no words of its own: nl, fr, de and en.

A text is plain words with fields in braces. It is the customer's language that counts, not the reader's,
so none of it goes through gettext.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from banqup.einvoicing.rendering.labels import LANGUAGES, known

__all__ = [
    "FIELDS",
    "LANGUAGES",
    "TONES",
    "Text",
    "filled",
    "known",
    "part",
    "reminder",
    "statement",
    "unknown_fields",
]

# What may stand in braces, with what it becomes.
FIELDS = ("customer", "sender", "documents", "total", "account")
# Friendly, firm, last: later steps say the last one.
TONES = 3
_FIELD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Text:
    subject: str
    body: str


def reminder(step: int, language: str) -> Text:
    """The words of step 1, 2, 3 …"""
    return _REMINDERS[known(language)][min(max(step, 1), TONES) - 1]


def statement(language: str) -> Text:
    return _STATEMENTS[known(language)]


def part(name: str, language: str) -> str:
    """A few words for the lines that are put together: see `_PARTS`."""
    return _PARTS[name][LANGUAGES.index(known(language))]


def filled(text: str, values: dict[str, str]) -> str:
    """`text` with its fields replaced. What is no field stays as it stands."""
    return _FIELD.sub(lambda found: values.get(found[1], found[0]), text)


def unknown_fields(text: str) -> list[str]:
    """What stands in braces in `text` and means nothing."""
    return [name for name in dict.fromkeys(_FIELD.findall(text)) if name not in FIELDS]


# name → en, nl, fr, de
_PARTS = {
    "due": ("due {day}", "vervallen op {day}", "échue le {day}", "fällig am {day}"),
    "open": ("open {amount}", "openstaand {amount}", "solde {amount}", "offen {amount}"),
    "of": ("of {amount}", "van {amount}", "de {amount}", "von {amount}"),
    "reference": ("reference {reference}", "mededeling {reference}", "communication {reference}", "Verwendungszweck {reference}"),
    "account": (
        "Our account: {iban}",
        "Onze rekening: {iban}",
        "Notre compte : {iban}",
        "Unser Konto: {iban}",
    ),
    "invoice": ("Invoice", "Factuur", "Facture", "Rechnung"),
    "credit_note": ("Credit note", "Creditnota", "Note de crédit", "Gutschrift"),
    "payment": ("Payment", "Betaling", "Paiement", "Zahlung"),
    "carried": ("Balance brought forward", "Overgedragen saldo", "Solde reporté", "Saldovortrag"),
    "date": ("Date", "Datum", "Date", "Datum"),
    "what": ("Document", "Document", "Document", "Beleg"),
    "due_date": ("Due", "Vervaldatum", "Échéance", "Fällig"),
    "charged": ("Charged", "Aangerekend", "Débit", "Soll"),
    "settled": ("Paid or credited", "Betaald of gecrediteerd", "Crédit", "Haben"),
    "balance": ("Balance", "Saldo", "Solde", "Saldo"),
    "open_items": ("Open at the end", "Openstaand op het einde", "Ouvert en fin de période", "Offen am Ende"),
    "title": ("Statement of account", "Rekeningoverzicht", "Relevé de compte", "Kontoauszug"),
    "period": ("From {since} to {until}", "Van {since} tot {until}", "Du {since} au {until}", "Vom {since} bis {until}"),
    "nothing": (
        "Nothing was charged or paid in this period.",
        "In deze periode werd niets aangerekend of betaald.",
        "Rien n'a été facturé ni payé pendant cette période.",
        "In diesem Zeitraum wurde nichts berechnet oder gezahlt.",
    ),
    "copy": ("Copy: {document}", "Kopie: {document}", "Copie : {document}", "Kopie: {document}"),
    "page": ("Page {page} of {pages}", "Pagina {page} van {pages}", "Page {page} sur {pages}", "Seite {page} von {pages}"),
    "vat": ("VAT {number}", "Btw {number}", "TVA {number}", "USt-IdNr. {number}"),
}  # fmt: skip

_REMINDERS = {
    "en": (
        Text(
            "Reminder from {sender}",
            "Dear {customer},\n\n"
            "Perhaps it escaped you: according to our books this is still open.\n\n{documents}\n\n"
            "Total: {total}\n{account}\n\n"
            "If you have paid meanwhile, please disregard this mail. If something is wrong with the document, "
            "just answer, and we will look into it.\n\n"
            "Kind regards,\n{sender}\n",
        ),
        Text(
            "Second reminder from {sender}",
            "Dear {customer},\n\n"
            "We have not received your payment for the following yet.\n\n{documents}\n\n"
            "Total: {total}\n{account}\n\n"
            "Please pay within the next days, or tell us what keeps you from it.\n\n"
            "Kind regards,\n{sender}\n",
        ),
        Text(
            "Last reminder from {sender}",
            "Dear {customer},\n\n"
            "In spite of our reminders the following is still open.\n\n{documents}\n\n"
            "Total: {total}\n{account}\n\n"
            "Please pay within eight days. If you can't, or if you do not agree, contact us within that time, "
            "so that further steps are not necessary.\n\n"
            "Kind regards,\n{sender}\n",
        ),
    ),
    "nl": (
        Text(
            "Herinnering van {sender}",
            "Beste {customer},\n\n"
            "Misschien is het u ontgaan: volgens onze boeken staat dit nog open.\n\n{documents}\n\n"
            "Totaal: {total}\n{account}\n\n"
            "Hebt u intussen betaald, dan mag u deze mail negeren. Klopt er iets niet, antwoord dan gewoon op "
            "deze mail; we kijken het na.\n\n"
            "Met vriendelijke groeten,\n{sender}\n",
        ),
        Text(
            "Tweede herinnering van {sender}",
            "Beste {customer},\n\n"
            "Voor het volgende ontvingen we uw betaling nog niet.\n\n{documents}\n\n"
            "Totaal: {total}\n{account}\n\n"
            "Wilt u dit in de komende dagen betalen, of ons laten weten wat u daarvan weerhoudt?\n\n"
            "Met vriendelijke groeten,\n{sender}\n",
        ),
        Text(
            "Laatste herinnering van {sender}",
            "Beste {customer},\n\n"
            "Ondanks onze herinneringen staat het volgende nog open.\n\n{documents}\n\n"
            "Totaal: {total}\n{account}\n\n"
            "Gelieve binnen acht dagen te betalen. Kunt u dat niet, of gaat u niet akkoord, neem dan binnen die "
            "termijn contact met ons op, zodat verdere stappen niet nodig zijn.\n\n"
            "Met vriendelijke groeten,\n{sender}\n",
        ),
    ),
    "fr": (
        Text(
            "Rappel de {sender}",
            "Bonjour {customer},\n\n"
            "Cela vous a peut-être échappé : d'après nos livres, ceci reste ouvert.\n\n{documents}\n\n"
            "Total : {total}\n{account}\n\n"
            "Si vous avez payé entre-temps, ne tenez pas compte de ce message. Si quelque chose n'est pas correct, "
            "répondez simplement à ce message et nous vérifierons.\n\n"
            "Cordialement,\n{sender}\n",
        ),
        Text(
            "Deuxième rappel de {sender}",
            "Bonjour {customer},\n\n"
            "Nous n'avons pas encore reçu votre paiement pour ce qui suit.\n\n{documents}\n\n"
            "Total : {total}\n{account}\n\n"
            "Merci de payer dans les prochains jours, ou de nous dire ce qui vous en empêche.\n\n"
            "Cordialement,\n{sender}\n",
        ),
        Text(
            "Dernier rappel de {sender}",
            "Bonjour {customer},\n\n"
            "Malgré nos rappels, ce qui suit reste ouvert.\n\n{documents}\n\n"
            "Total : {total}\n{account}\n\n"
            "Veuillez payer dans les huit jours. Si vous ne le pouvez pas, ou si vous n'êtes pas d'accord, "
            "contactez-nous dans ce délai, afin que d'autres démarches ne soient pas nécessaires.\n\n"
            "Cordialement,\n{sender}\n",
        ),
    ),
    "de": (
        Text(
            "Zahlungserinnerung von {sender}",
            "Guten Tag {customer},\n\n"
            "vielleicht ist es Ihnen entgangen: Nach unseren Büchern ist Folgendes noch offen.\n\n{documents}\n\n"
            "Summe: {total}\n{account}\n\n"
            "Haben Sie inzwischen gezahlt, ist diese Nachricht gegenstandslos. Stimmt etwas nicht, antworten Sie "
            "einfach auf diese Nachricht; wir sehen es uns an.\n\n"
            "Mit freundlichen Grüßen\n{sender}\n",
        ),
        Text(
            "Zweite Zahlungserinnerung von {sender}",
            "Guten Tag {customer},\n\n"
            "für Folgendes haben wir Ihre Zahlung noch nicht erhalten.\n\n{documents}\n\n"
            "Summe: {total}\n{account}\n\n"
            "Bitte zahlen Sie in den nächsten Tagen, oder sagen Sie uns, was dem entgegensteht.\n\n"
            "Mit freundlichen Grüßen\n{sender}\n",
        ),
        Text(
            "Letzte Zahlungserinnerung von {sender}",
            "Guten Tag {customer},\n\n"
            "trotz unserer Erinnerungen ist Folgendes noch offen.\n\n{documents}\n\n"
            "Summe: {total}\n{account}\n\n"
            "Bitte zahlen Sie innerhalb von acht Tagen. Können Sie das nicht, oder sind Sie nicht einverstanden, "
            "melden Sie sich bitte in dieser Zeit, damit weitere Schritte nicht nötig werden.\n\n"
            "Mit freundlichen Grüßen\n{sender}\n",
        ),
    ),
}  # fmt: skip

_STATEMENTS = {
    "en": Text(
        "Statement of account from {sender}",
        "Dear {customer},\n\n"
        "Attached is the statement of your account with us. Open: {total}.\n{account}\n\n"
        "If your books say something else, please answer this mail.\n\n"
        "Kind regards,\n{sender}\n",
    ),
    "nl": Text(
        "Rekeningoverzicht van {sender}",
        "Beste {customer},\n\n"
        "In bijlage vindt u het overzicht van uw rekening bij ons. Openstaand: {total}.\n{account}\n\n"
        "Zeggen uw boeken iets anders, antwoord dan op deze mail.\n\n"
        "Met vriendelijke groeten,\n{sender}\n",
    ),
    "fr": Text(
        "Relevé de compte de {sender}",
        "Bonjour {customer},\n\n"
        "Vous trouverez ci-joint le relevé de votre compte chez nous. Solde ouvert : {total}.\n{account}\n\n"
        "Si vos livres disent autre chose, répondez à ce message.\n\n"
        "Cordialement,\n{sender}\n",
    ),
    "de": Text(
        "Kontoauszug von {sender}",
        "Guten Tag {customer},\n\n"
        "im Anhang finden Sie den Auszug Ihres Kontos bei uns. Offen: {total}.\n{account}\n\n"
        "Sagen Ihre Bücher etwas anderes, antworten Sie bitte auf diese Nachricht.\n\n"
        "Mit freundlichen Grüßen\n{sender}\n",
    ),
}
