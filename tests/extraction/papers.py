"""Draws invoices in many layouts, languages and VAT cases, and makes scans of them; always the same ones.

The truth stands beside each paper. The layouts and words are ours: they show that the reader handles
variety, not how it does on the papers of real suppliers.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pypdfium2
from PIL import Image, ImageFilter
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

CENT = Decimal("0.01")
LANGUAGES = ("nl", "fr", "de", "en")
VAT_CASES = ("one", "one", "several", "reverse", "exempt")
LAYOUTS = ("classic", "right", "band", "boxed", "dense", "letter")

OWN = {
    "name": "Bakkerij Janssens BV", "vat_id": "BE0702451135", "company_id": "0702451135", "street": "Kerkstraat 12",
    "postal_code": "2570", "city": "Duffel", "country": "BE",
}  # fmt: skip
# (name, VAT number, IBAN, street, postal code, city, domain): identifiers with right check digits, businesses invented.
SUPPLIERS = {
    "nl": [
        ("Molens De Ster NV", "BE0401749650", "BE36053900754781", "Industrieweg 4", "2800", "Mechelen", "molensdester.be"),
        ("Drukkerij Verhaegen BV", "BE0417823441", "BE68539007547034", "Stationsstraat 118", "9000", "Gent", "verhaegen.be"),
        ("Van der Meer Koeltechniek B.V.", "NL004495445B01", "NL91ABNA0417164300", "Havenkade 22", "3011 AB", "Rotterdam", "vdmeer.nl"),
    ],
    "fr": [
        ("Ateliers Lambert SRL", "BE0428759497", "BE71096123456769", "Rue de la Gare 7", "5000", "Namur", "ateliers-lambert.be"),
        ("Papeterie Dubois SARL", "FR83404833048", "FR1420041010050500013M02606", "12 rue Fayette", "75009", "Paris", "papeteriedubois.fr"),
    ],
    "de": [
        ("Becker Maschinenbau GmbH", "DE136695976", "DE89370400440532013000", "Hauptstr. 15", "50667", "Köln", "becker-maschinenbau.de"),
        ("Lindner & Sohn KG", "DE811907980", "DE02120300000000202051", "Am Markt 3", "10178", "Berlin", "lindner-sohn.de"),
    ],
    "en": [
        ("Northfield Supplies Ltd", "GB980780684", "GB29NWBK60161331926819", "40 Canal Street", "M1 3HE", "Manchester", "northfield.co.uk"),
        ("Greenline Consulting NV", "BE0403170701", "BE43068999999501", "Louizalaan 54", "1050", "Brussel", "greenline.be"),
    ],
}  # fmt: skip
RATES = {"BE": (21, 6, 12), "NL": (21, 9), "FR": (20, 10), "DE": (19, 7), "GB": (20, 5)}
WORDS = {
    "nl": {
        "title": ("Factuur", "FACTUUR"), "number": ("Factuurnummer", "Factuur nr.", "Nummer", "Factuurnr"),
        "date": ("Factuurdatum", "Datum"), "due": ("Vervaldatum", "Vervaldag", "Te betalen voor"),
        "customer": ("Klantnummer", "Uw klantnr."), "order": ("Uw bestelling", "Bestelbon"), "to": ("Aan", "Klant"),
        "vat_no": ("BTW", "BTW-nr.", "Btw nummer"), "company": "Ondernemingsnummer", "name": "Omschrijving", "quantity": "Aantal",
        "price": ("Prijs", "Eenheidsprijs"), "vat": "BTW", "amount": ("Bedrag", "Totaal"),
        "net": ("Totaal excl. btw", "Subtotaal", "Maatstaf van heffing"), "tax": ("BTW", "Totaal btw", "Btw-bedrag"),
        "gross": ("Te betalen", "Totaal incl. btw", "Totaal te betalen"), "on": "op",
        "reverse": "Btw verlegd naar de medecontractant, art. 51 §2 W.BTW", "exempt": "Vrijgesteld van btw, art. 44 W.BTW",
        "pay": "Gelieve te betalen op", "with": "met mededeling", "page": "Pagina 1 van 1",
    },
    "fr": {
        "title": ("Facture", "FACTURE"), "number": ("Numéro de facture", "Facture n°", "N° facture", "Numéro"),
        "date": ("Date de facture", "Date"), "due": ("Date d'échéance", "Échéance", "À payer avant le"),
        "customer": ("N° client", "Client n°"), "order": ("Votre commande", "Bon de commande"), "to": ("Facturé à", "Client"),
        "vat_no": ("TVA", "N° TVA", "TVA intracommunautaire"), "company": "Numéro d'entreprise", "name": "Désignation",
        "quantity": "Quantité", "price": ("Prix unitaire", "P.U."), "vat": "TVA", "amount": ("Montant", "Total HT"),
        "net": ("Total HT", "Montant HTVA", "Sous-total"), "tax": ("TVA", "Total TVA", "Montant TVA"),
        "gross": ("Total TTC", "Net à payer", "Montant à payer"), "on": "sur",
        "reverse": "Autoliquidation - TVA due par le cocontractant", "exempt": "Exonéré de TVA, art. 44 CTVA",
        "pay": "À verser sur le compte", "with": "avec la communication", "page": "Page 1 / 1",
    },
    "de": {
        "title": ("Rechnung", "RECHNUNG"), "number": ("Rechnungsnummer", "Rechnungs-Nr.", "Rechnung Nr.", "Belegnummer"),
        "date": ("Rechnungsdatum", "Datum"), "due": ("Fällig am", "Zahlbar bis", "Fälligkeitsdatum"),
        "customer": ("Kundennummer", "Kunden-Nr."), "order": ("Ihre Bestellung", "Auftrag"), "to": ("An", "Kunde"),
        "vat_no": ("USt-IdNr.", "USt-ID", "UID"), "company": "Handelsregister HRB", "name": "Bezeichnung", "quantity": "Menge",
        "price": ("Einzelpreis", "Preis"), "vat": "MwSt", "amount": ("Betrag", "Gesamt"),
        "net": ("Nettobetrag", "Zwischensumme", "Summe netto"), "tax": ("MwSt", "Umsatzsteuer", "zzgl. USt"),
        "gross": ("Gesamtbetrag", "Rechnungsbetrag", "Zu zahlen"), "on": "auf",
        "reverse": "Steuerschuldnerschaft des Leistungsempfängers", "exempt": "Umsatzsteuerfrei nach § 4 UStG",
        "pay": "Bitte überweisen Sie auf", "with": "Verwendungszweck", "page": "Seite 1 von 1",
    },
    "en": {
        "title": ("Invoice", "INVOICE", "Tax invoice"), "number": ("Invoice number", "Invoice no.", "Invoice #", "Number"),
        "date": ("Invoice date", "Date", "Issue date"), "due": ("Due date", "Payment due", "Pay by"),
        "customer": ("Customer no.", "Account"), "order": ("Your order", "Purchase order"), "to": ("Bill to", "Customer"),
        "vat_no": ("VAT", "VAT no.", "VAT reg. no."), "company": "Company number", "name": "Description", "quantity": "Qty",
        "price": ("Unit price", "Price"), "vat": "VAT", "amount": ("Amount", "Line total"),
        "net": ("Subtotal", "Net total", "Total excl. VAT"), "tax": ("VAT", "Total VAT", "VAT amount"),
        "gross": ("Total due", "Amount due", "Total incl. VAT"), "on": "on",
        "reverse": "Reverse charge: VAT to be accounted for by the recipient", "exempt": "Exempt from VAT, article 44",
        "pay": "Please pay to", "with": "quoting", "page": "Page 1 of 1",
    },
}  # fmt: skip
GOODS = {
    "nl": ["Tarwebloem type 55, 25 kg", "Onderhoud oven", "Verpakkingsdozen wit", "Advies ter plaatse", "Boter 82 % vet"],
    "fr": ["Farine de froment T55", "Entretien du four", "Cartons d'emballage", "Conseil sur place", "Papier A4 80 g"],
    "de": ["Ersatzteil Welle 40 mm", "Wartung Knetmaschine", "Montage vor Ort", "Schmierstoff", "Filtereinsatz"],
    "en": ["Stainless trays", "Annual maintenance", "Consulting services", "Delivery boxes", "Oven gloves, pair"],
}  # fmt: skip
MONTHS = {
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


@dataclass(frozen=True)
class Paper:
    """A drawn invoice and what it says. `groups`: (rate, base, VAT); `lines`: (name, quantity, price, amount)."""

    name: str
    pdf: bytes
    truth: dict
    groups: tuple
    lines: tuple
    language: str
    vat_case: str


def papers(count: int = 72, seed: int = 2026) -> list[Paper]:
    return [paper(position, seed) for position in range(count)]


def paper(position: int, seed: int = 2026, **fixed) -> Paper:
    """The invoice number `position`; layouts, languages and VAT cases take turns."""
    chance = random.Random(f"{seed}-{position}")
    language = fixed.get("language") or LANGUAGES[position % 4]
    layout = fixed.get("layout") or LAYOUTS[(position // 4) % 6]
    vat_case = fixed.get("vat_case") or VAT_CASES[position % 5]
    supplier = fixed.get("supplier") or chance.choice(SUPPLIERS[language])
    return _Drawing(
        chance, language, layout, vat_case, supplier, f"{position:03}-{language}-{layout}-{vat_case}"
    ).paper()


def scan(pdf: bytes, quality: str, seed: int = 1) -> bytes:
    """The first page as a scanner of that quality gives it: good (300 dpi PNG), office (200 dpi, a little
    turned, JPEG), poor (150 dpi, turned, noise, blur, JPEG 45)."""
    chance = random.Random(f"{quality}-{seed}")
    dpi, turn, noise, jpeg = {"good": (300, 0, 0, 0), "office": (200, 0.6, 12, 75), "poor": (150, 1.3, 26, 45)}[quality]
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=dpi / 72).to_pil().convert("L")
    if turn:
        page = page.rotate(
            chance.uniform(0.5, 1) * turn * chance.choice((-1, 1)), fillcolor=250, resample=Image.BICUBIC
        )
    if noise:
        page = Image.blend(page, Image.effect_noise(page.size, 90), noise / 255)
    if quality == "poor":
        page = page.filter(ImageFilter.GaussianBlur(0.6))
    out = io.BytesIO()
    page.save(out, "JPEG" if jpeg else "PNG", dpi=(dpi, dpi), **({"quality": jpeg} if jpeg else {}))
    return out.getvalue()


class _Drawing:
    def __init__(self, chance, language, layout, vat_case, supplier, name):
        self.chance, self.language, self.layout, self.vat_case, self.name = chance, language, layout, vat_case, name
        self.company, self.vat_id, self.iban, self.street, self.postal, self.city, self.domain = supplier
        self.words = {
            key: chance.choice(value) if isinstance(value, tuple) else value for key, value in WORDS[language].items()
        }
        self.font = chance.choice(("Helvetica", "Times-Roman", "Helvetica"))
        self.bold = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold"}[self.font]
        self.number = chance.choice(
            (f"2026-{chance.randint(1, 9999):04}", f"F{chance.randint(2600001, 2699999)}", f"{chance.randint(100000, 999999)}",
             f"VF26/{chance.randint(100, 999)}", f"INV-{chance.randint(1000, 9999)}", f"26.{chance.randint(1000, 9999)}")
        )  # fmt: skip
        self.issued = date(2026, 1, 5) + timedelta(days=chance.randint(0, 300))
        self.due = self.issued + timedelta(days=chance.choice((14, 30, 45)))
        self.reference = _ogm(chance) if self.vat_id.startswith("BE") else None
        self.date_style = chance.choice(("slash", "dot", "dash", "words", "iso"))
        self._sums()

    def _sums(self):
        chance = self.chance
        rates = RATES[self.vat_id[:2]]
        if self.vat_case in ("reverse", "exempt"):
            used = [0]
        else:
            used = list(rates[:2]) if self.vat_case == "several" else [chance.choice(rates[:2])]
        self.lines = []
        goods = chance.sample(GOODS[self.language], chance.randint(2, 4))
        for position, name in enumerate(goods):
            quantity = Decimal(chance.choice((1, 2, 3, 5, 12, 24)))
            price = Decimal(chance.randint(450, 145000)) / 100
            self.lines.append((name, quantity, price, quantity * price, Decimal(used[position % len(used)])))
        groups = {}
        for *_rest, amount, rate in self.lines:
            groups[rate] = groups.get(rate, Decimal(0)) + amount
        self.groups = [
            (rate, base, (base * rate / 100).quantize(CENT, ROUND_HALF_UP))
            for rate, base in sorted(groups.items(), reverse=True)
        ]
        self.net = sum(base for _rate, base, _tax in self.groups)
        self.tax = sum(tax for _rate, _base, tax in self.groups)

    def paper(self) -> Paper:
        out = io.BytesIO()
        self.canvas = Canvas(out, pagesize=A4, invariant=True)
        self._head()
        bottom = self._facts()
        bottom = self._table(bottom)
        self._totals(bottom)
        self.canvas.showPage()
        self.canvas.save()
        truth = {
            "BT-1": self.number, "BT-2": self.issued, "BT-9": self.due, "BT-5": "EUR", "BT-27": self.company, "BT-31": self.vat_id,
            "BT-84": self.iban, "BT-83": self.reference, "BT-109": self.net, "BT-110": self.tax, "BT-112": self.net + self.tax,
            "BT-115": self.net + self.tax,
        }  # fmt: skip
        lines = tuple(line[:4] for line in self.lines)
        return Paper(self.name, out.getvalue(), truth, tuple(self.groups), lines, self.language, self.vat_case)

    # --- drawing ------------------------------------------------------------------------------------

    def text(self, x, y, words, *, size=9, bold=False, right=False):
        self.canvas.setFont(self.bold if bold else self.font, size)
        draw = self.canvas.drawRightString if right else self.canvas.drawString
        draw(x * mm, (297 - y) * mm, words)

    def _vat_shown(self):
        if not self.vat_id.startswith("BE"):
            return self.vat_id if self.chance.random() < 0.7 else f"{self.vat_id[:2]} {self.vat_id[2:]}"
        digits = self.vat_id[2:]
        return self.chance.choice(
            (self.vat_id, f"BE {digits[:4]}.{digits[4:7]}.{digits[7:]}", f"BE{digits[:4]}.{digits[4:7]}.{digits[7:]}")
        )

    def _iban_shown(self):
        if self.chance.random() < 0.3:
            return self.iban
        return " ".join(self.iban[at : at + 4] for at in range(0, len(self.iban), 4))

    def _head(self):
        place = (
            f"{self.postal} {self.city}"
            if self.language != "en" or self.vat_id.startswith("BE")
            else f"{self.city} {self.postal}"
        )
        vat = f"{self.words['vat_no']} {self._vat_shown()}"
        contact = [f"Tel. +32 2 {self.chance.randint(100, 999)} 45 67", f"info@{self.domain}"]
        if self.layout in ("right", "band"):
            if self.layout == "band":
                self.canvas.setFillGray(0.9)
                self.canvas.rect(0, 262 * mm, 210 * mm, 35 * mm, stroke=0, fill=1)
                self.canvas.setFillGray(0)
            self.text(190, 18, self.company, size=16, bold=True, right=True)
            for row, words in enumerate([self.street, place, vat, contact[1]]):
                self.text(190, 24 + 4.5 * row, words, right=True)
            left, top = 20, 55
        elif self.layout in ("dense", "letter"):
            self.text(20, 16, f"{self.company} - {self.street} - {place}", size=8)
            left, top = 20, 50
            if self.layout == "letter":
                self.text(20, 28, self.company, size=15, bold=True)
        else:
            self.text(20, 20, self.company, size=15, bold=True)
            for row, words in enumerate([self.street, place, vat, contact[0]]):
                self.text(20, 26 + 4.5 * row, words)
            left, top = 115, 50
        if self.layout in ("dense", "letter"):
            foot = f"{self.company} | {vat} | IBAN {self._iban_shown()} | {contact[1]}"
            self.text(20, 287, foot, size=7)
        self.text(left, top, self.words["to"], size=8)
        shown = f"{self.words['vat_no']} BE 0702.451.135"
        for row, words in enumerate([OWN["name"], OWN["street"], f"{OWN['postal_code']} {OWN['city']}", shown]):
            self.text(left, top + 5 * (row + 1), words, size=10)

    def _day(self, value):
        if self.date_style == "words":
            month = MONTHS[self.language][value.month - 1]
            return (
                f"{month} {value.day}, {value.year}"
                if self.language == "en"
                else f"{value.day}{'.' if self.language == 'de' else ''} {month} {value.year}"
            )
        return value.strftime(
            {"slash": "%d/%m/%Y", "dot": "%d.%m.%Y", "dash": "%d-%m-%y", "iso": "%Y-%m-%d"}[self.date_style]
        )

    def _facts(self):
        words, customer = self.words, str(self.chance.randint(10000, 99999))
        pairs = [
            (words["number"], self.number),
            (words["date"], self._day(self.issued)),
            (words["due"], self._day(self.due)),
        ]
        pairs.insert(self.chance.choice((0, 3)), (words["customer"], customer))
        pairs.append((words["order"], f"PO-{self.chance.randint(100, 999)}"))
        if self.layout == "boxed":
            self.text(20, 88, words["title"], size=16, bold=True)
            for column, (label, value) in enumerate(pairs):
                self.text(20 + 36 * column, 96, label, size=8)
                self.text(20 + 36 * column, 101, value, size=9, bold=True)
            return 112
        if self.layout == "letter":
            self.text(20, 92, f"{words['title']} {self.number}", size=14, bold=True)
            for row, (label, value) in enumerate(pair for pair in pairs if pair[1] != self.number):
                self.text(140, 50 + 5 * row, f"{label}: {value}")
            return 104
        self.text(20, 88, words["title"], size=16, bold=True)
        colon = self.chance.choice((":", "", " :"))
        for row, (label, value) in enumerate(pairs):
            y = 96 + 5 * row
            if self.layout == "dense":
                self.text(20, y, f"{label}{colon} {value}")
            else:
                self.text(20, y, label + colon)
                self.text(62, y, value)
        return 128

    def _amount(self, value):
        plain = f"{value:,.2f}"
        if self.language == "en":
            return plain
        separator = {"nl": ".", "fr": "\u00a0" if self.font == "Helvetica" else " ", "de": "."}[self.language]
        return plain.replace(",", "\0").replace(".", ",").replace("\0", separator)

    def _table(self, top):
        words = self.words
        columns = {"quantity": 112, "price": 138, "vat": 154, "amount": 190}
        if self.layout == "boxed":
            self.canvas.rect(18 * mm, (297 - top - 3) * mm, 174 * mm, 8 * mm)
        self.text(20, top, words["name"], bold=True)
        for name, x in columns.items():
            self.text(x, top, words[name], bold=True, right=True)
        for name, quantity, price, amount, rate in self.lines:
            top += 7
            self.text(20, top, name)
            self.text(columns["quantity"], top, f"{quantity:f}", right=True)
            self.text(columns["price"], top, self._amount(price), right=True)
            self.text(columns["vat"], top, f"{rate:f} %" if self.layout != "dense" else f"{rate:f}%", right=True)
            self.text(columns["amount"], top, self._amount(amount), right=True)
        return top + 12

    def _totals(self, top):
        words = self.words
        sign = self.chance.choice(("€ ", "", "EUR "))
        rows = [(words["net"], self._amount(self.net))]
        for rate, base, tax in self.groups:
            if rate:
                label = f"{words['tax']} {rate:f} %"
                rows.append(
                    (
                        f"{label} {words['on']} {self._amount(base)}" if len(self.groups) > 1 else label,
                        self._amount(tax),
                    )
                )
        if self.vat_case in ("reverse", "exempt") and self.chance.random() < 0.5:
            rows.append((f"{words['tax']} 0 %", self._amount(Decimal("0.00"))))
        rows.append((words["gross"] + ("" if sign else " EUR"), self._amount(self.net + self.tax)))
        for label, value in rows:
            self.text(118, top, label, bold=label == rows[-1][0])
            self.text(190, top, sign + value, right=True, bold=label == rows[-1][0])
            top += 6
        if self.vat_case in ("reverse", "exempt"):
            self.text(20, top + 4, words[self.vat_case], size=8)
        top += 16
        self.text(20, top, f"{words['pay']} IBAN {self._iban_shown()}")
        if self.reference:
            self.text(20, top + 6, f"{words['with']} {self.reference}")
        else:
            self.text(20, top + 6, f"{words['with']} {self.number}")
        if self.layout in ("dense", "letter"):
            self.text(190, 292, words["page"], size=7, right=True)


def _ogm(chance) -> str:
    base = chance.randint(1000000, 9999999999)
    digits = f"{base:010}{base % 97 or 97:02}"
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"
