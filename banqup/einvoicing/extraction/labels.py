"""The words that stand beside a value, in Dutch, French, German and English: `plain` text → how telling (0 to 1)."""

from __future__ import annotations

import re
from functools import cache

NUMBER = {
    1.0: "factuurnummer|factuur nummer|factuurnr|factuur nr|nummer factuur|factuur no|numero de facture"
    "|numero facture|n de facture|n facture|facture n|facture no|facture nr|facture numero|no facture"
    "|rechnungsnummer|rechnungsnr|rechnungs nr|rechnung nr|rechnung nummer|rechnung no|invoice number"
    "|invoice no|invoice nr|invoice num|invoice id|invoice #|inv no|creditnotanummer|creditnota nr"
    "|creditnota nummer|numero de note de credit|note de credit n|note de credit no|numero d avoir"
    "|avoir n|gutschriftsnummer|gutschrift nr|credit note number|credit note no|credit note nr"
    "|factuur nummer en datum|belegnummer|beleg nr",
    0.75: "factuur|facture|rechnung|invoice|creditnota|note de credit|avoir|gutschrift|credit note"
    "|document number|documentnummer|document no|document nr|numero du document|dokumentnummer"
    "|tax invoice|fact nr|ons nummer",
    0.55: "nummer|numero|number|nr|no|n|referentie|reference|ref|onze referentie|notre reference|unser zeichen"
    "|our reference|our ref",
}
NOT_NUMBER = (
    "klant|client|kunde|kunden|kundennummer|klantnummer|customer|debiteur|order|bestel|bestelnummer"
    "|bestelbon|commande|bestellung|bestellnummer|auftrag|auftragsnummer|purchase|btw|tva|vat|mwst|ust"
    "|idnr|steuernummer|steuer|ondernemingsnummer|entreprise|kbo|bce|rpr|rpm|kvk|siret|siren|iban|bic"
    "|rekening|rekeningnummer|compte|konto|kontonummer|account|tel|telefoon|telephone|telefon|phone|fax"
    "|gsm|mobile|pagina|page|seite|blz|lieferschein|leverbon|delivery|livraison|project|projet|projekt"
    "|contract|contrat|vertrag|dossier|uw|votre|ihr|ihre|your|handelsregister|hrb|registre|registration"
    "|company|artikel|article|item|art|postbus|bp"
)
ISSUED = {
    1.0: "factuurdatum|datum factuur|datum van de factuur|date de facture|date facture|date de la facture"
    "|date de facturation|rechnungsdatum|datum der rechnung|invoice date|date of invoice|issue date"
    "|date of issue|date issued|issued|date d emission|uitgiftedatum|ausstellungsdatum|creditnotadatum"
    "|document date|documentdatum|date du document|belegdatum|factuur van|tax point|opgemaakt op"
    "|gutschriftsdatum|credit note date|date de l avoir|date de la note de credit",
    0.82: "datum|date|dated|emise le|etablie le",
    0.6: "le|den|dd|vom|du",
}
NOT_ISSUED = (
    "verval|vervaldatum|vervaldag|echeance|fallig|falligkeit|due|payable|zahlbar|leverdatum|levering"
    "|lieferdatum|leistungsdatum|leistung|livraison|delivery|order|bestel|besteldatum|commande"
    "|bestelldatum|bestellung|auftrag|periode|period|zeitraum|from|tot|bis|until|to|betalen|betaal|payer"
    "|paiement|payment|prestation|date of supply|supply|geboorte|print|afdruk"
)
DUE = {
    1.0: "vervaldatum|vervaldag|uiterste betaaldatum|uiterlijke betaaldatum|betaaldatum|te betalen voor"
    "|te betalen tegen|te betalen op uiterlijk|te betalen uiterlijk|betalen voor|betaalbaar tot"
    "|betaalbaar voor|uiterlijk|date d echeance|date echeance|echeance|a payer avant le|a payer avant"
    "|a payer pour le|payable avant le|date limite de paiement|payable jusqu au|falligkeitsdatum"
    "|fallig am|fallig|falligkeit|zahlbar bis|zahlbar bis zum|zu zahlen bis|bezahlen bis|zahlungsziel"
    "|due date|payment due date|payment due|payment due by|due by|due on|due|pay by|pay before|payable by"
    "|please pay by|betaling voor|gelieve te betalen voor|zahlung bis|zahlungstermin|verfalldatum",
}
NET = {
    1.0: "totaal excl|totaal exclusief|totaal excl btw|totaal exclusief btw|bedrag excl btw|excl btw"
    "|exclusief btw|maatstaf van heffing|total ht|total hors tva|montant ht|total htva|htva|hors tva"
    "|montant hors tva|net ht|total net ht|base imposable|nettobetrag|netto betrag|summe netto"
    "|gesamt netto|gesamtbetrag netto|netto gesamt|nettosumme|total excl vat|total excluding vat"
    "|total ex vat|excl vat|excluding vat|net total|net amount|total net|total before vat|amount excl vat"
    "|taxable amount|total excl tax|total hors taxes|netto totaal|totaal netto",
    0.8: "subtotaal|sous total|zwischensumme|subtotal|sub total|netto|net|ht|belastbaar|excl|total hors",
}
TAX = {
    1.0: "btw bedrag|bedrag btw|totaal btw|total tva|montant tva|montant de la tva|umsatzsteuer|mehrwertsteuer"
    "|mwst betrag|ust betrag|vat amount|total vat|vat total|total tax|steuerbetrag|summe mwst|mwst gesamt",
    0.8: "btw|tva|mwst|ust|vat|t v a|b t w|tax|zzgl mwst|zzgl ust|plus vat|taxe|zzgl",
}
GROSS = {
    1.0: "te betalen|totaal te betalen|totaal incl|totaal incl btw|totaal inclusief|totaal inclusief btw"
    "|bedrag incl btw|te voldoen|totaalbedrag|total ttc|net a payer|a payer|total a payer|montant ttc"
    "|montant a payer|montant total ttc|total tvac|tvac|ttc|solde a payer|gesamtbetrag|zu zahlen"
    "|zu zahlender betrag|rechnungsbetrag|endbetrag|bruttobetrag|gesamt brutto|summe brutto|zahlbetrag"
    "|gesamtsumme|total due|amount due|total incl vat|total including vat|total inc vat|total incl tax"
    "|grand total|balance due|amount payable|total payable|total to pay|invoice total|te ontvangen"
    "|in uw voordeel|a votre credit|gutschriftsbetrag|credit total|openstaand bedrag|total amount due"
    "|factuurbedrag|brutto",
    0.6: "totaal|total|gesamt|summe|total eur|totaal eur|total general|incl btw|incl vat|bedrag|montant|betrag|amount",
}
PREPAID = {1.0: "voorschot|reeds betaald|al betaald|acompte|acompte verse|deja paye|deja regle|anzahlung"
        "|bereits gezahlt|deposit|already paid|prepaid|less deposit|payment received"}  # fmt: skip
REFERENCE = {
    1.0: "gestructureerde mededeling|mededeling|communication structuree|communication"
    "|structured communication|vcs|ogm|betalingskenmerk|payment reference|reference de paiement"
    "|zahlungsreferenz|referenz|verwendungszweck|met vermelding van|met mededeling",
}
CREDIT_NOTE = (
    "creditnota|creditfactuur|note de credit|avoir|facture d avoir|gutschrift|rechnungskorrektur"
    "|credit note|credit memo"
)
REVERSE_CHARGE = (
    "btw verlegd|verlegd|verlegging van heffing|medecontractant|autoliquidation|auto liquidation"
    "|cocontractant|reverse charge|reverse charged|steuerschuldnerschaft|ubergang der steuerschuld"
    "|shift of tax liability"
)
INTRA = (
    "intracommunautaire levering|intracommunautaire|livraison intracommunautaire"
    "|innergemeinschaftliche lieferung|innergemeinschaftliche|intra community supply|intra community"
    "|intracommunity supply|ic levering|ig lieferung"
)
EXEMPT = (
    "vrijgesteld|vrijstelling|vrijgesteld van btw|exonere|exoneration|exonere de tva|exempt"
    "|exempt from vat|vat exempt|steuerfrei|umsatzsteuerfrei|steuerbefreit|kleinunternehmer"
    "|franchise en base|tva non applicable|kleine onderneming|non soumis a la tva"
)


def _table(lexicon) -> tuple[tuple[str, object], ...]:
    pairs = [(phrase, weight) for weight, phrases in lexicon.items() for phrase in phrases.split("|")]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


@cache
def _compiled(name: str):
    """One expression for all the phrases of a lexicon, the longest first, and the weight of each."""
    lexicon = globals()[name]
    table = _table(lexicon) if isinstance(lexicon, dict) else tuple((phrase, 1.0) for phrase in lexicon.split("|"))
    table = sorted(table, key=lambda pair: -len(pair[0]))
    return re.compile(r"(?<![a-z0-9])(" + "|".join(re.escape(phrase) for phrase, _ in table) + r")(?![a-z0-9])"), dict(
        table
    )


def weight(name: str, text: str) -> float:
    """How telling the `plain` text is as a label of the lexicon `name`: the best phrase in it; 0 for none."""
    expression, weights = _compiled(name)
    found = expression.findall(text)
    return max((weights[phrase] for phrase in found), default=0.0)


def says(name: str, text: str) -> bool:
    return weight(name, text) > 0
