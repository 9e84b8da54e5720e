"""Draws a supplier's invoice as a PDF, for the demo and for tests."""

from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from banqup.einvoicing import Document


def pdf(document: Document) -> bytes:
    """One A4 page that shows what `document` says, in the supplier's own look; deterministic."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    width, height = A4
    _heading(canvas, document, height)
    bottom = _lines(canvas, document, height - 110 * mm, width)
    _totals(canvas, document, bottom - 8 * mm, width)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _euros(amount) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def _heading(canvas, document, height):
    seller, buyer = document.seller, document.buyer
    canvas.setFillColorRGB(0.36, 0.22, 0.10)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(20 * mm, height - 28 * mm, seller.name)
    canvas.setFillGray(0.15)
    canvas.setFont("Helvetica", 9)
    for row, text in enumerate([seller.street, f"{seller.postal_code} {seller.city}", f"BTW {seller.vat_id}"]):
        canvas.drawRightString(190 * mm, height - (24 + 5 * row) * mm, text)
    canvas.setFont("Helvetica-Bold", 15)
    canvas.drawString(20 * mm, height - 52 * mm, "Creditnota" if document.is_credit_note else "Factuur")
    canvas.setFont("Helvetica", 10)
    facts = [f"Nummer  {document.number}", f"Datum  {document.issue_date:%d/%m/%Y}"]
    if document.due_date:
        facts.append(f"Vervaldag  {document.due_date:%d/%m/%Y}")
    for row, text in enumerate(facts):
        canvas.drawString(20 * mm, height - (62 + 6 * row) * mm, text)
    address = [buyer.name, buyer.street, f"{buyer.postal_code} {buyer.city}", f"BTW {buyer.vat_id}"]
    for row, text in enumerate(address):
        canvas.drawString(115 * mm, height - (58 + 6 * row) * mm, text or "")


def _lines(canvas, document, top, width):
    canvas.setFillGray(0.93)
    canvas.rect(20 * mm, top - 3 * mm, width - 40 * mm, 8 * mm, stroke=0, fill=1)
    canvas.setFillGray(0.1)
    canvas.setFont("Helvetica-Bold", 9)
    columns = [(128, "Aantal"), (148, "Prijs"), (164, "BTW"), (188, "Bedrag")]
    canvas.drawString(22 * mm, top, "Omschrijving")
    for x, text in columns:
        canvas.drawRightString(x * mm, top, text)
    canvas.setFont("Helvetica", 9)
    for line in document.lines:
        top -= 8 * mm
        canvas.drawString(22 * mm, top, line.name)
        cells = [
            f"{line.quantity.normalize():f}",
            _euros(line.net_price),
            f"{line.vat_rate:f} %",
            _euros(line.net_amount),
        ]
        for (x, _label), text in zip(columns, cells, strict=True):
            canvas.drawRightString(x * mm, top, text)
    return top


def _totals(canvas, document, top, width):
    rows = [("Totaal excl. btw", document.tax_exclusive_total)]
    rows += [(f"Btw {tax.rate:f} % op {_euros(tax.taxable_amount)}", tax.tax_amount) for tax in document.vat_breakdown]
    rows.append((f"Te betalen {document.currency}", document.payable))
    for position, (label, amount) in enumerate(rows):
        canvas.setFont("Helvetica-Bold" if position == len(rows) - 1 else "Helvetica", 10)
        canvas.drawString(110 * mm, top, label)
        canvas.drawRightString(188 * mm, top, _euros(amount))
        top -= 7 * mm
    means = document.payment_means[0] if document.payment_means else None
    if means:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(20 * mm, top - 8 * mm, f"Te betalen op {means.iban} met mededeling")
        canvas.setFont("Helvetica-Bold", 10)
        canvas.drawString(20 * mm, top - 14 * mm, means.remittance_information or "")
