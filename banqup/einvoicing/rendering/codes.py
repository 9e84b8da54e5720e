"""Codes of an e-invoice in words: types, ways to pay, units, VAT categories. An unknown code shows as itself."""

from __future__ import annotations

from decimal import Decimal

from . import formats
from .labels import LANGUAGES, word

# UNTDID 1001, those that are more than "invoice" and "credit note".
_TYPES = {
    "326": ("Partial invoice", "Deelfactuur", "Facture partielle", "Teilrechnung"),
    "380": ("Invoice", "Factuur", "Facture", "Rechnung"),
    "381": ("Credit note", "Creditnota", "Note de crédit", "Gutschrift"),
    "383": ("Debit note", "Debetnota", "Note de débit", "Belastungsanzeige"),
    "384": ("Corrected invoice", "Verbeterde factuur", "Facture rectificative", "Korrigierte Rechnung"),
    "386": ("Prepayment invoice", "Voorschotfactuur", "Facture d'acompte", "Vorauszahlungsrechnung"),
    "389": ("Self-billed invoice", "Self-billing-factuur", "Autofacture", "Selbst ausgestellte Rechnung"),
    "261": (
        "Self-billed credit note",
        "Self-billing-creditnota",
        "Note de crédit autofacturée",
        "Selbst ausgestellte Gutschrift",
    ),
}

# UNTDID 4461.
_MEANS = {
    "1": ("Not defined", "Niet bepaald", "Non défini", "Nicht festgelegt"),
    "10": ("Cash", "Contant", "Espèces", "Bar"),
    "20": ("Cheque", "Cheque", "Chèque", "Scheck"),
    "30": ("Credit transfer", "Overschrijving", "Virement", "Überweisung"),
    "48": ("Card", "Kaart", "Carte", "Karte"),
    "49": ("Direct debit", "Domiciliëring", "Domiciliation", "Lastschrift"),
    "57": ("Standing agreement", "Doorlopende afspraak", "Accord permanent", "Dauervereinbarung"),
    "58": ("SEPA credit transfer", "SEPA-overschrijving", "Virement SEPA", "SEPA-Überweisung"),
    "59": ("SEPA direct debit", "SEPA-domiciliëring", "Domiciliation SEPA", "SEPA-Lastschrift"),
}

# UN/ECE Recommendations 20 and 21, the usual ones.
_UNITS = {
    "C62": ("", "", "", ""),
    "EA": ("", "", "", ""),
    "H87": ("piece", "stuk", "pièce", "Stück"),
    "HUR": ("hour", "uur", "heure", "Stunde"),
    "DAY": ("day", "dag", "jour", "Tag"),
    "MON": ("month", "maand", "mois", "Monat"),
    "ANN": ("year", "jaar", "an", "Jahr"),
    "KGM": ("kg", "kg", "kg", "kg"),
    "GRM": ("g", "g", "g", "g"),
    "TNE": ("tonne", "ton", "tonne", "Tonne"),
    "LTR": ("l", "l", "l", "l"),
    "MTQ": ("m³", "m³", "m³", "m³"),
    "MTR": ("m", "m", "m", "m"),
    "KMT": ("km", "km", "km", "km"),
    "MTK": ("m²", "m²", "m²", "m²"),
    "KWH": ("kWh", "kWh", "kWh", "kWh"),
    "XBX": ("box", "doos", "boîte", "Karton"),
    "XPK": ("package", "pak", "paquet", "Paket"),
    "XPX": ("pallet", "pallet", "palette", "Palette"),
    "SET": ("set", "set", "lot", "Satz"),
    "LS": ("lump sum", "forfait", "forfait", "pauschal"),
}

# BT-8 as UBL (UNTDID 2005) and CII (UNTDID 2475) write it.
_TAX_POINTS = {
    ("3", "5"): ("Invoice date", "Factuurdatum", "Date de facture", "Rechnungsdatum"),
    ("35", "29"): ("Delivery date", "Leveringsdatum", "Date de livraison", "Lieferdatum"),
    ("432", "72"): ("Date of payment", "Betaaldatum", "Date de paiement", "Zahlungsdatum"),
}

_VAT = {
    "E": "exempt",
    "AE": "reverse_charge",
    "K": "intra_community",
    "G": "export",
    "O": "outside_vat",
    "B": "split_payment",
}


def type_of(code: str | None, language: str) -> str:
    return _with_code(_TYPES.get(code or ""), code, language)


def payment(code: str | None, language: str) -> str:
    return _with_code(_MEANS.get(code or ""), code, language)


def unit(code: str | None, language: str) -> str:
    """Nothing for "one", which every quantity without a unit means."""
    words = _UNITS.get(code or "")
    return words[LANGUAGES.index(language)] if words else code or ""


def tax_point(code: str | None, language: str) -> str:
    words = next((words for codes, words in _TAX_POINTS.items() if code in codes), None)
    return _with_code(words, code, language)


def vat(category: str | None, rate: Decimal | None, language: str) -> str:
    """`21 %`, `Reverse charge`; IGIC, IPSI and unknown categories with their letter, such as `L 7 %`."""
    percent = formats.percent(rate, language) if rate is not None else ""
    if category in _VAT and not rate:
        return word(_VAT[category], language)
    if category in ("S", "Z", None):
        return percent
    return f"{category} {percent}".strip()


def _with_code(words, code: str | None, language: str) -> str:
    return f"{words[LANGUAGES.index(language)]} ({code})" if words and code else code or ""
