"""What the business terms are called on a rendered document, in each language it can be rendered in.

Short words as they stand on invoices, not the standard's own names (those are in `terms`). Keyed by
BT or BG number; a term that only says how another one is meant (a scheme, a unit) has no words of its own.
"""

from __future__ import annotations

LANGUAGES = ("en", "nl", "fr", "de")

_LABELS: dict[str, tuple[str, str, str, str]] = {
    "BT-1": ("Number", "Nummer", "Numéro", "Nummer"),
    "BT-2": ("Issue date", "Datum", "Date d'émission", "Rechnungsdatum"),
    "BT-3": ("Type", "Soort", "Type", "Art"),
    "BT-5": ("Currency", "Munt", "Devise", "Währung"),
    "BT-6": ("VAT currency", "Munt van de btw", "Devise de la TVA", "Währung der MwSt."),
    "BT-7": ("Tax point", "Btw-datum", "Date d'exigibilité de la TVA", "Steuerzeitpunkt"),
    "BT-8": ("Tax point rule", "Btw opeisbaar bij", "Exigibilité de la TVA", "Steuerzeitpunkt nach"),
    "BT-9": ("Due date", "Vervaldatum", "Échéance", "Fällig am"),
    "BT-10": ("Buyer reference", "Referentie van de klant", "Référence de l'acheteur", "Käuferreferenz"),
    "BT-11": ("Project", "Project", "Projet", "Projekt"),
    "BT-12": ("Contract", "Contract", "Contrat", "Vertrag"),
    "BT-13": ("Purchase order", "Bestelling", "Commande", "Bestellung"),
    "BT-14": ("Sales order", "Verkooporder", "Commande client", "Auftrag"),
    "BT-15": ("Receiving advice", "Ontvangstbewijs", "Avis de réception", "Wareneingang"),
    "BT-16": ("Despatch advice", "Leveringsbon", "Bon de livraison", "Lieferschein"),
    "BT-17": ("Tender or lot", "Aanbesteding of perceel", "Appel d'offres ou lot", "Ausschreibung oder Los"),
    "BT-18": ("Object", "Object", "Objet", "Objekt"),
    "BT-19": ("Booking reference", "Boekingsreferentie", "Référence comptable", "Buchungsreferenz"),
    "BT-20": ("Payment terms", "Betalingsvoorwaarden", "Conditions de paiement", "Zahlungsbedingungen"),
    "BT-22": ("Note", "Opmerking", "Remarque", "Bemerkung"),
    "BT-23": ("Process", "Proces", "Processus", "Prozess"),
    "BT-24": ("Specification", "Specificatie", "Spécification", "Spezifikation"),
    "BG-3": ("Refers to", "Verwijst naar", "Se réfère à", "Bezieht sich auf"),
    "BG-4": ("Seller", "Verkoper", "Vendeur", "Verkäufer"),
    "BG-7": ("Buyer", "Koper", "Acheteur", "Käufer"),
    "BG-10": ("Payee", "Begunstigde", "Bénéficiaire", "Zahlungsempfänger"),
    "BG-11": ("Tax representative", "Fiscaal vertegenwoordiger", "Représentant fiscal", "Steuervertreter"),
    "BG-13": ("Delivered to", "Geleverd aan", "Livré à", "Geliefert an"),
    "BG-14": ("Period", "Periode", "Période", "Zeitraum"),
    "BG-16": ("Payment", "Betaling", "Paiement", "Zahlung"),
    "BG-20": ("Discount", "Korting", "Remise", "Nachlass"),
    "BG-21": ("Charge", "Toeslag", "Frais", "Zuschlag"),
    "BG-23": ("VAT", "Btw", "TVA", "MwSt."),
    "BG-24": ("Attachments", "Bijlagen", "Pièces jointes", "Anlagen"),
    "BG-25": ("Lines", "Lijnen", "Lignes", "Positionen"),
    "BT-27": ("Name", "Naam", "Nom", "Name"),
    "BT-28": ("Trading name", "Handelsnaam", "Nom commercial", "Handelsname"),
    "BT-29": ("Identifier", "Identificatie", "Identifiant", "Kennung"),
    "BT-30": ("Enterprise number", "Ondernemingsnummer", "Numéro d'entreprise", "Unternehmensnummer"),
    "BT-31": ("VAT number", "Btw-nummer", "Numéro de TVA", "USt-IdNr."),
    "BT-32": ("Tax registration", "Fiscaal nummer", "Numéro fiscal", "Steuernummer"),
    "BT-33": ("Legal form", "Rechtsvorm", "Forme juridique", "Rechtsform"),
    "BT-34": ("Electronic address", "Elektronisch adres", "Adresse électronique", "Elektronische Adresse"),
    "BG-5": ("Address", "Adres", "Adresse", "Anschrift"),
    "BG-6": ("Contact", "Contact", "Contact", "Kontakt"),
    "BT-72": ("Delivered on", "Geleverd op", "Livré le", "Geliefert am"),
    "BT-81": ("Payment method", "Betaalwijze", "Mode de paiement", "Zahlungsart"),
    "BT-83": ("Payment reference", "Mededeling", "Communication", "Verwendungszweck"),
    "BT-84": ("Account", "Rekening", "Compte", "Konto"),
    "BT-85": ("Account name", "Op naam van", "Titulaire du compte", "Kontoinhaber"),
    "BT-86": ("BIC", "BIC", "BIC", "BIC"),
    "BT-87": ("Card", "Kaart", "Carte", "Karte"),
    "BT-88": ("Card holder", "Kaarthouder", "Titulaire de la carte", "Karteninhaber"),
    "BT-89": ("Mandate", "Mandaat", "Mandat", "Mandat"),
    "BT-90": ("Creditor identifier", "Schuldeiser-ID", "Identifiant du créancier", "Gläubiger-ID"),
    "BT-91": ("Debited account", "Gedebiteerde rekening", "Compte débité", "Belastetes Konto"),
    "BT-106": ("Sum of lines", "Som van de lijnen", "Total des lignes", "Summe der Positionen"),
    "BT-107": ("Discounts", "Kortingen", "Remises", "Nachlässe"),
    "BT-108": ("Charges", "Toeslagen", "Frais", "Zuschläge"),
    "BT-109": ("Total without VAT", "Totaal zonder btw", "Total hors TVA", "Summe ohne MwSt."),
    "BT-110": ("VAT", "Btw", "TVA", "MwSt."),
    "BT-111": ("VAT in {currency}", "Btw in {currency}", "TVA en {currency}", "MwSt. in {currency}"),
    "BT-112": ("Total with VAT", "Totaal met btw", "Total TVA comprise", "Summe mit MwSt."),
    "BT-113": ("Paid in advance", "Al betaald", "Déjà payé", "Bereits bezahlt"),
    "BT-114": ("Rounding", "Afronding", "Arrondi", "Rundung"),
    "BT-115": ("To pay", "Te betalen", "À payer", "Zu zahlen"),
    "BT-116": ("Taxable", "Maatstaf", "Base", "Netto"),
    "BT-117": ("VAT amount", "Btw-bedrag", "Montant de TVA", "MwSt.-Betrag"),
    "BT-128": ("Object", "Object", "Objet", "Objekt"),
    "BT-126": ("No.", "Nr.", "N°", "Nr."),
    "BT-129": ("Quantity", "Aantal", "Quantité", "Menge"),
    "BT-131": ("Amount", "Bedrag", "Montant", "Betrag"),
    "BT-132": ("Order line", "Bestellijn", "Ligne de commande", "Bestellposition"),
    "BT-133": ("Booking reference", "Boekingsreferentie", "Référence comptable", "Buchungsreferenz"),
    "BT-137": ("of {base}", "van {base}", "de {base}", "von {base}"),
    "BT-146": ("Price", "Prijs", "Prix", "Preis"),
    "BT-147": ("Price discount", "Korting op de prijs", "Remise sur le prix", "Preisnachlass"),
    "BT-148": ("Gross price", "Brutoprijs", "Prix brut", "Bruttopreis"),
    "BT-149": ("Price per", "Prijs per", "Prix par", "Preis je"),
    "BT-151": ("VAT", "Btw", "TVA", "MwSt."),
    "BT-153": ("Description", "Omschrijving", "Description", "Beschreibung"),
    "BT-155": ("Seller's article", "Artikel van de verkoper", "Article du vendeur", "Artikel des Verkäufers"),
    "BT-156": ("Buyer's article", "Artikel van de koper", "Article de l'acheteur", "Artikel des Käufers"),
    "BT-157": ("Standard article", "Standaardartikel", "Article standard", "Standardartikel"),
    "BT-158": ("Class", "Klasse", "Classe", "Klasse"),
    "BT-159": ("Origin", "Herkomst", "Origine", "Herkunft"),
    "BT-160": ("Property", "Kenmerk", "Caractéristique", "Merkmal"),
}

# Not terms of the standard, but words that a rendered document needs.
_WORDS: dict[str, tuple[str, str, str, str]] = {
    "invoice": ("Invoice", "Factuur", "Facture", "Rechnung"),
    "credit_note": ("Credit note", "Creditnota", "Note de crédit", "Gutschrift"),
    "made_from_data": (
        "Made from the data of the e-invoice, not the supplier's own document.",
        "Opgemaakt uit de gegevens van de e-factuur; niet het eigen document van de leverancier.",
        "Établi à partir des données de la facture électronique ; ce n'est pas le document du fournisseur.",
        "Aus den Daten der E-Rechnung erstellt; nicht das Dokument des Lieferanten selbst.",
    ),
    "draft": (
        "A draft: not issued, no number yet.",
        "Een ontwerp: niet uitgereikt, nog geen nummer.",
        "Un projet : pas émis, sans numéro.",
        "Ein Entwurf: nicht ausgestellt, noch ohne Nummer.",
    ),
    "pay_by_code": (
        "Scan it with your banking app to pay.",
        "Scan met uw bankapp om te betalen.",
        "Scannez avec votre application bancaire pour payer.",
        "Zum Bezahlen mit der Banking-App scannen.",
    ),
    "data_inside": (
        "The e-invoice itself is inside this file: {name}.",
        "De e-factuur zelf zit in dit bestand: {name}.",
        "La facture électronique se trouve dans ce fichier : {name}.",
        "Die E-Rechnung selbst steckt in dieser Datei: {name}.",
    ),
    "unshown": (
        "A few characters cannot be drawn here and stand as “?”; the e-invoice has them.",
        "Enkele tekens kunnen hier niet getoond worden en staan als “?”; de e-factuur bevat ze.",
        "Quelques caractères ne peuvent pas être affichés ici et figurent comme « ? » ; la facture les contient.",
        "Einige Zeichen lassen sich hier nicht darstellen und stehen als „?“; die E-Rechnung enthält sie.",
    ),
    "page": ("Page {page} of {pages}", "Pagina {page} van {pages}", "Page {page} sur {pages}", "Seite {page} von {pages}"),
    "other": ("Further data", "Overige gegevens", "Autres données", "Weitere Angaben"),
    "exempt": ("Exempt", "Vrijgesteld", "Exonéré", "Steuerfrei"),
    "reverse_charge": ("Reverse charge", "Btw verlegd", "Autoliquidation", "Steuerschuld des Empfängers"),
    "intra_community": (
        "Intra-Community supply",
        "Intracommunautaire levering",
        "Livraison intracommunautaire",
        "Innergemeinschaftliche Lieferung",
    ),
    "export": ("Export outside the EU", "Uitvoer buiten de EU", "Exportation hors UE", "Ausfuhr in ein Drittland"),
    "outside_vat": ("Outside the scope of VAT", "Buiten de btw", "Hors champ de la TVA", "Nicht steuerbar"),
    "split_payment": ("Split payment", "Gesplitste betaling", "Paiement scindé", "Getrennte Zahlung"),
}  # fmt: skip


def known(language: str | None) -> str:
    """The language a document is rendered in for a reader of `language` (`nl-be` is `nl`); English by default."""
    short = (language or "").lower().replace("_", "-").partition("-")[0]
    return short if short in LANGUAGES else "en"


def label(term: str, language: str) -> str:
    """The words for a business term, such as `BT-9`. Raises KeyError for a term that has none."""
    return _LABELS[term][LANGUAGES.index(language)]


def word(name: str, language: str) -> str:
    """The words for something the standard has no term for. Raises KeyError for what is not in the list."""
    return _WORDS[name][LANGUAGES.index(language)]
