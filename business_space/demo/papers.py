"""The demo's documents: who invoices whom for what. All numbers carry right check digits."""

from datetime import date, timedelta
from decimal import Decimal

from banqup import einvoicing
from banqup.einvoicing import Document, Line, Party, PaymentMeans

# name, enterprise number without check digits, street, postal code, city, goods: (name, price, VAT)
SUPPLIERS = {
    "van-hecke": ("Van Hecke Verpakking NV", 4178234, "Nijverheidslaan 41", "9880", "Aalter", [
        ("Taartdoos 25 × 25 cm, wit", "0.62", 21), ("Papieren zak kraft 1 kg", "0.085", 21), ("Bakpapier, rol 50 m", "18.50", 21),
    ]),
    "molens": ("Molens Dewaele NV", 4312207, "Molenweg 3", "8610", "Kortemark", [
        ("Tarwebloem type 55, 25 kg", "18.40", 6), ("Roggemeel, 25 kg", "21.10", 6),
    ]),
    "maes": ("Elektro Maes BV", 8661209, "Stationsstraat 7", "2570", "Duffel", [("Werken aan ovenkring", "65.00", 21)]),
    "koel": ("Koeltechniek Aerts BV", 4567123, "Industriepark 9", "2220", "Heist-op-den-Berg", [
        ("Onderhoud koelcel", "480.00", 21), ("Koelmiddel R290", "96.00", 21),
    ]),
    "zuivel": ("Zuivel Van Damme CV", 4023391, "Melkerijstraat 1", "9000", "Gent", [
        ("Volle melk, 10 l", "9.40", 6), ("Roomboter, 5 kg", "38.20", 6),
    ]),
    "lambert": ("Imprimerie Lambert SRL", 4459017, "Rue du Moulin 22", "1300", "Wavre", [("Folders A5, 5000 st.", "320.00", 21)]),
    "telecom": ("Telecom Noordzee NV", 4700981, "Zeedijk 100", "8400", "Oostende", [("Internet en telefoon", "109.80", 21)]),
    "beton": ("Betoncentrale Rupel NV", 4288455, "Kanaaldijk 5", "2850", "Boom", [("Beton C30/37, m³", "103.00", 21)]),
    "drank": ("Brouwerij De Linde BV", 4399120, "Lindeplein 2", "2800", "Mechelen", [("Vat pils 50 l", "118.00", 21)]),
}  # fmt: skip


def enterprise_number(base: int) -> str:
    return f"{base:08d}{97 - base % 97:02d}"


def iban(base: int) -> str:
    account = f"{base:010d}{base % 97 or 97:02d}"
    return f"BE{98 - int(account + '111400') % 97:02d}{account}"


def ogm(base: int) -> str:
    digits = f"{base:010d}{base % 97 or 97:02d}"
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"


def supplier(key: str) -> Party:
    name, base, street, postal_code, city, _goods = SUPPLIERS[key]
    return _party(name, enterprise_number(base), street, postal_code, city)


def of_space(space) -> Party:
    return _party(space.name, space.company_id, space.street, space.postal_code, space.city)


def _party(name, number, street, postal_code, city) -> Party:
    return Party(
        name=name,
        vat_id=f"BE{number}",
        company_id=number,
        company_scheme="0208",
        endpoint_id=number,
        endpoint_scheme="0208",
        street=street,
        postal_code=postal_code,
        city=city,
        country="BE",
    )


def invoice(*, seller: Party, buyer: Party, number: str, goods, issued: date, quantity: int, base: int) -> Document:
    """A correct Peppol invoice with one line a good."""
    lines = tuple(
        Line(
            id=str(position),
            name=name,
            quantity=Decimal(quantity * position),
            unit="C62",
            net_price=Decimal(price),
            vat_category="S",
            vat_rate=Decimal(rate),
        )
        for position, (name, price, rate) in enumerate(goods, start=1)
    )
    return einvoicing.recompute(
        Document(
            type_code="380",
            number=number,
            issue_date=issued,
            due_date=issued + timedelta(days=30),
            currency="EUR",
            buyer_reference="ADM",
            customization_id=einvoicing.PEPPOL_BILLING,
            profile_id=einvoicing.PEPPOL_BILLING_PROCESS,
            seller=seller,
            buyer=buyer,
            payment_means=(
                PaymentMeans(code="30", iban=iban(base * 31 + 5390075), remittance_information=ogm(base * 17 + 909337)),
            ),
            lines=lines,
        )
    )
