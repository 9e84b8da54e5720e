"""The sentences of the mail that brings a document to a customer, in the customer's language.

Short facts (due date, account) have their words in `banqup.einvoicing.rendering.labels`.
"""

from banqup.einvoicing.rendering.labels import LANGUAGES, known

# In the order of LANGUAGES: en, nl, fr, de.
_WORDS = {
    "subject": (
        "{kind} {number} from {sender}",
        "{kind} {number} van {sender}",
        "{kind} {number} de {sender}",
        "{kind} {number} von {sender}",
    ),
    "hello": ("Dear customer,", "Beste klant,", "Cher client, chère cliente,", "Guten Tag,"),
    "hello_supplier": ("Dear supplier,", "Beste leverancier,", "Cher fournisseur,", "Guten Tag,"),
    "here_is": (
        "Here is our {kind} {number} of {date}, for {total}.",
        "Hierbij vindt u onze {kind} {number} van {date}, voor {total}.",
        "Voici notre {kind} {number} du {date}, d'un montant de {total}.",
        "Anbei erhalten Sie unsere {kind} {number} vom {date} über {total}.",
    ),
    "in_your_name": (
        "As agreed, we made this document in your name: {kind} {number} of {date}, for {total}.",
        "Zoals afgesproken maakten wij dit document in uw naam: {kind} {number} van {date}, voor {total}.",
        "Comme convenu, nous avons établi ce document en votre nom : {kind} {number} du {date}, d'un montant de {total}.",
        "Wie vereinbart haben wir dieses Dokument in Ihrem Namen erstellt: {kind} {number} vom {date} über {total}.",
    ),
    "please_pay": (
        "Please pay with these details:",
        "U kunt betalen met deze gegevens:",
        "Vous pouvez payer avec ces données :",
        "Bitte überweisen Sie mit diesen Angaben:",
    ),
    "attached": (
        "Attached are the PDF, which holds the e-invoice too, and the e-invoice by itself for your accounting program.",
        "In bijlage: de pdf, die ook de e-factuur bevat, en de e-factuur zelf voor uw boekhoudprogramma.",
        "En pièces jointes : le PDF, qui contient aussi la facture électronique, et la facture électronique elle-même "
        "pour votre logiciel comptable.",
        "Im Anhang: die PDF-Datei, die auch die E-Rechnung enthält, und die E-Rechnung selbst für Ihre Buchhaltung.",
    ),
    "answer": (
        "See it online, ask a question or accept it:",
        "Bekijk het online, stel een vraag of aanvaard het:",
        "Consultez-le en ligne, posez une question ou acceptez-le :",
        "Online ansehen, eine Frage stellen oder annehmen:",
    ),
    "open": ("Open the document", "Open het document", "Ouvrir le document", "Dokument öffnen"),
    "bye": ("Kind regards,", "Met vriendelijke groeten,", "Cordialement,", "Mit freundlichen Grüßen"),
}


def say(name: str, language: str, **values) -> str:
    """The sentence called `name` for a reader of `language`. Raises KeyError for what is not in the list."""
    return _WORDS[name][LANGUAGES.index(known(language))].format(**values)
