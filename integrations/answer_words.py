"""The sentences of the answer page, in the customer's language.

Short facts (due date, account) have their words in `banqup.einvoicing.rendering.labels`.
"""

from banqup.einvoicing.rendering.labels import LANGUAGES, known
from banqup.invoices.reasons import ObjectionReason

NAMES = {"en": "English", "nl": "Nederlands", "fr": "Français", "de": "Deutsch"}

# In the order of LANGUAGES: en, nl, fr, de.
_WORDS = {
    "from": (
        "{sender} sent you a document",
        "{sender} stuurde u een document",
        "{sender} vous a envoyé un document",
        "{sender} hat Ihnen ein Dokument geschickt",
    ),
    "cover": (
        "Open it to read it, to download it, and to answer. You need no account.",
        "Open het om het te lezen, te downloaden en te beantwoorden. U hebt geen account nodig.",
        "Ouvrez-le pour le lire, le télécharger et y répondre. Vous n'avez pas besoin de compte.",
        "Öffnen Sie es, um es zu lesen, herunterzuladen und zu beantworten. Sie brauchen kein Konto.",
    ),
    "cover_note": (
        "{sender} sees that you opened it.",
        "{sender} ziet dat u het geopend hebt.",
        "{sender} verra que vous l'avez ouvert.",
        "{sender} sieht, dass Sie es geöffnet haben.",
    ),
    "show": ("Show the document", "Toon het document", "Afficher le document", "Dokument anzeigen"),
    "open": ("Still to pay", "Nog te betalen", "Reste à payer", "Noch zu zahlen"),
    "nothing_open": (
        "Nothing is open on this document.",
        "Er staat niets open op dit document.",
        "Il n'y a rien à payer pour ce document.",
        "Zu diesem Dokument ist nichts offen.",
    ),
    "scan": (
        "Scan with your banking app",
        "Scan met uw bankapp",
        "Scannez avec votre application bancaire",
        "Mit Ihrer Banking-App scannen",
    ),
    "pdf": ("Download the PDF", "Download de pdf", "Télécharger le PDF", "PDF herunterladen"),
    "xml": (
        "Download the e-invoice (XML)",
        "Download de e-factuur (XML)",
        "Télécharger la facture électronique (XML)",
        "E-Rechnung herunterladen (XML)",
    ),
    "answer": ("Your answer", "Uw antwoord", "Votre réponse", "Ihre Antwort"),
    "accept": ("I accept it", "Ik aanvaard het", "Je l'accepte", "Ich nehme es an"),
    "accept_note": (
        "Tells {sender} that it is right. It is no payment.",
        "Laat {sender} weten dat het klopt. Het is geen betaling.",
        "Indique à {sender} que le document est correct. Ce n'est pas un paiement.",
        "Sagt {sender}, dass es stimmt. Es ist keine Zahlung.",
    ),
    "query": ("I have a question", "Ik heb een vraag", "J'ai une question", "Ich habe eine Frage"),
    "refuse": ("I refuse it", "Ik weiger het", "Je le refuse", "Ich lehne es ab"),
    "refuse_note": (
        "A refusal can't be taken back here: for a correction ask a question instead.",
        "Een weigering kunt u hier niet intrekken: stel voor een verbetering liever een vraag.",
        "Un refus ne peut pas être retiré ici : pour une correction, posez plutôt une question.",
        "Eine Ablehnung lässt sich hier nicht zurücknehmen: Stellen Sie für eine Korrektur lieber eine Frage.",
    ),
    "send_query": ("Send the question", "Verstuur de vraag", "Envoyer la question", "Frage senden"),
    "send_refusal": ("Send the refusal", "Verstuur de weigering", "Envoyer le refus", "Ablehnung senden"),
    "reason": ("What is it about?", "Waarover gaat het?", "De quoi s'agit-il ?", "Worum geht es?"),
    "choose": ("Choose a reason", "Kies een reden", "Choisissez une raison", "Grund wählen"),
    "note": ("Your message", "Uw bericht", "Votre message", "Ihre Nachricht"),
    "need_reason": ("Choose a reason.", "Kies een reden.", "Choisissez une raison.", "Wählen Sie einen Grund."),
    "need_note": (
        "Write what is wrong, or what you want to know.",
        "Schrijf wat er mis is, of wat u wilt weten.",
        "Écrivez ce qui ne va pas, ou ce que vous souhaitez savoir.",
        "Schreiben Sie, was nicht stimmt oder was Sie wissen möchten.",
    ),
    "note_too_long": (
        "At most {limit} characters.",
        "Hoogstens {limit} tekens.",
        "{limit} caractères au maximum.",
        "Höchstens {limit} Zeichen.",
    ),
    "thanks": ("Thank you", "Dank u", "Merci", "Danke"),
    "was_told": (
        "{sender} has your answer: {answer}.",
        "{sender} heeft uw antwoord: {answer}.",
        "{sender} a reçu votre réponse : {answer}.",
        "{sender} hat Ihre Antwort: {answer}.",
    ),
    "so_far": (
        "Your answer so far: {answer}.",
        "Uw antwoord tot nu toe: {answer}.",
        "Votre réponse jusqu'à présent : {answer}.",
        "Ihre bisherige Antwort: {answer}.",
    ),
    "final": (
        "It can't be changed here any more. Contact {sender} directly.",
        "U kunt dit hier niet meer wijzigen. Neem rechtstreeks contact op met {sender}.",
        "Elle ne peut plus être modifiée ici. Contactez directement {sender}.",
        "Sie lässt sich hier nicht mehr ändern. Wenden Sie sich direkt an {sender}.",
    ),
    "not_taken": (
        "This answer does not go with what was answered before, so nothing changed.",
        "Dit antwoord past niet bij wat eerder geantwoord is; er is niets gewijzigd.",
        "Cette réponse ne correspond pas à ce qui a été répondu auparavant ; rien n'a changé.",
        "Diese Antwort passt nicht zu der früheren; es hat sich nichts geändert.",
    ),
    "AP": ("accepted", "aanvaard", "accepté", "angenommen"),
    "UQ": ("a question", "een vraag", "une question", "eine Frage"),
    "RE": ("refused", "geweigerd", "refusé", "abgelehnt"),
    "CA": (
        "accepted with conditions",
        "aanvaard onder voorwaarden",
        "accepté sous conditions",
        "unter Bedingungen angenommen",
    ),
    "PPD": ("partly paid", "deels betaald", "payé en partie", "teilweise bezahlt"),
    "PD": ("paid", "betaald", "payé", "bezahlt"),
    "back": ("Back to the document", "Terug naar het document", "Retour au document", "Zurück zum Dokument"),
    "questions": (
        "Questions? Write to {email}.",
        "Vragen? Schrijf naar {email}.",
        "Des questions ? Écrivez à {email}.",
        "Fragen? Schreiben Sie an {email}.",
    ),
    "unknown": (
        "This link does not work",
        "Deze link werkt niet",
        "Ce lien ne fonctionne pas",
        "Dieser Link funktioniert nicht",
    ),
    "unknown_note": (
        "It may have been cut off: copy it whole from the mail. Or ask who sent it to you for a new one.",
        "Misschien is hij afgebroken: kopieer hem volledig uit de e-mail. Of vraag de afzender om een nieuwe.",
        "Il a peut-être été coupé : copiez-le en entier depuis l'e-mail. Ou demandez-en un nouveau à l'expéditeur.",
        "Vielleicht wurde er abgeschnitten: Kopieren Sie ihn ganz aus der E-Mail. Oder bitten Sie den Absender um einen neuen.",
    ),
    "expired": (
        "This link is no longer valid",
        "Deze link is niet meer geldig",
        "Ce lien n'est plus valable",
        "Dieser Link ist nicht mehr gültig",
    ),
    "expired_note": (
        "Ask who sent it to you to send the document again. The files in the mail stay good.",
        "Vraag de afzender om het document opnieuw te sturen. De bestanden in de e-mail blijven geldig.",
        "Demandez à l'expéditeur de renvoyer le document. Les fichiers joints à l'e-mail restent valables.",
        "Bitten Sie den Absender, das Dokument erneut zu senden. Die Dateien in der E-Mail bleiben gültig.",
    ),
    "too_often": ("Too many requests", "Te veel aanvragen", "Trop de demandes", "Zu viele Anfragen"),
    "too_often_note": (
        "Wait ten minutes and try again.",
        "Wacht tien minuten en probeer opnieuw.",
        "Attendez dix minutes et réessayez.",
        "Warten Sie zehn Minuten und versuchen Sie es erneut.",
    ),
    "no_pdf": (
        "The PDF can't be made at the moment. The document itself is not affected; try again later.",
        "De pdf kan nu niet gemaakt worden. Het document zelf is in orde; probeer later opnieuw.",
        "Le PDF ne peut pas être créé pour le moment. Le document lui-même n'est pas concerné ; réessayez plus tard.",
        "Die PDF-Datei kann gerade nicht erstellt werden. Das Dokument selbst ist nicht betroffen; versuchen Sie es später.",
    ),
    "language": ("Language", "Taal", "Langue", "Sprache"),
    "next_page": ("More lines", "Meer lijnen", "Plus de lignes", "Weitere Positionen"),
}

_R = ObjectionReason
_REASONS = {
    _R.VAT_RATE: ("Incorrect VAT rate", "Verkeerd btw-tarief", "Taux de TVA incorrect", "Falscher MwSt.-Satz"),
    _R.NON_COMPLIANT: (
        "Legal details are missing or wrong",
        "Wettelijke gegevens ontbreken of kloppen niet",
        "Mentions légales manquantes ou incorrectes",
        "Pflichtangaben fehlen oder sind falsch",
    ),
    _R.RECIPIENT: ("Not meant for us", "Niet voor ons bestemd", "Ne nous est pas destiné", "Nicht für uns bestimmt"),
    _R.UNKNOWN_TRANSACTION: (
        "We did not order this",
        "Dit hebben wij niet besteld",
        "Nous n'avons pas commandé cela",
        "Das haben wir nicht bestellt",
    ),
    _R.UNKNOWN_ISSUER: (
        "We don't know the sender",
        "Wij kennen de afzender niet",
        "Nous ne connaissons pas l'expéditeur",
        "Wir kennen den Absender nicht",
    ),
    _R.CONTRACT_TERMINATED: (
        "The contract has ended",
        "Het contract is beëindigd",
        "Le contrat est terminé",
        "Der Vertrag ist beendet",
    ),
    _R.TOTAL: (
        "Wrong total or calculation",
        "Totaal of berekening klopt niet",
        "Total ou calcul incorrect",
        "Summe oder Berechnung stimmt nicht",
    ),
    _R.PRICE: ("Price", "Prijs", "Prix", "Preis"),
    _R.QUANTITY: ("Quantity", "Aantal", "Quantité", "Menge"),
    _R.ITEM: ("Item", "Artikel", "Article", "Artikel"),
    _R.QUALITY: ("Quality", "Kwaliteit", "Qualité", "Qualität"),
    _R.DELIVERY: ("Incomplete delivery", "Onvolledige levering", "Livraison incomplète", "Unvollständige Lieferung"),
    _R.REFERENCE: (
        "Order or contract reference",
        "Bestel- of contractreferentie",
        "Référence de commande ou de contrat",
        "Bestell- oder Vertragsreferenz",
    ),
    _R.PAYMENT: (
        "Bank details or payment terms",
        "Bankgegevens of betalingsvoorwaarden",
        "Coordonnées bancaires ou conditions de paiement",
        "Bankverbindung oder Zahlungsbedingungen",
    ),
    _R.DUPLICATE: ("We have it already", "Wij hebben dit al", "Nous l'avons déjà", "Wir haben das schon"),
    _R.OTHER: ("Something else", "Iets anders", "Autre chose", "Etwas anderes"),
}


def words(language: str, **values) -> dict[str, str]:
    """Every sentence for a reader of `language`, filled with `values`; what is filled later keeps its braces."""
    place = LANGUAGES.index(known(language))
    kept = _Kept(values)
    return {name: texts[place].format_map(kept) for name, texts in _WORDS.items()}


def say(name: str, language: str, **values) -> str:
    """The sentence called `name`. Raises KeyError for what is not in the list."""
    return _WORDS[name][LANGUAGES.index(known(language))].format(**values)


def reasons(language: str) -> list[tuple[str, str]]:
    """Why somebody objects, for a choice."""
    place = LANGUAGES.index(known(language))
    return [(reason.value, texts[place]) for reason, texts in _REASONS.items()]


class _Kept(dict):
    def __missing__(self, name):
        return "{" + name + "}"
