"""An invoice of one page with a table that has no rules."""

from __future__ import annotations

from blocks import Block, Contacts, Heading, Paragraph, Table

_ITEMS = (
    ("Item", "Description", "Qty", "Unit price", "Amount"),
    ("RS-204", "Spoke set, stainless, 292 mm", "36", "0.85", "30.60"),
    ("HB-017", "Front hub, sealed bearings", "1", "48.00", "48.00"),
    ("RM-622", "Alloy rim, 28 inch, polished", "1", "39.50", "39.50"),
    ("LB-WHL", "Wheel building and truing", "1", "35.00", "35.00"),
    ("BP-110", "Brake pads, pair", "2", "7.25", "14.50"),
    ("CN-009", "Chain, nine speed, with link", "1", "18.90", "18.90"),
    ("CB-SET", "Cable and housing kit", "1", "16.40", "16.40"),
    ("LB-SVC", "Full service, touring bicycle", "1", "72.00", "72.00"),
    ("", "", "", "Subtotal", "274.90"),
    ("", "", "", "VAT 20%", "54.98"),
    ("", "", "", "Total GBP", "329.88"),
)

BLOCKS: list[Block] = [
    Heading(1, "INVOICE", "invoice-title"),
    Contacts(
        left="Larkspur Cycle Works Ltd\n3 Foundry Arches\nMarlow Bridge MB2 7RA\nVAT No. GB 417 2290 86",
        right="Invoice number: 2024-0387\n"
        "Date of issue: 9 May 2024\n"
        "Payment due: 8 June 2024\n"
        "Customer no.: 10552",
    ),
    Paragraph(
        "Bill to:\nDr Priya Raghunathan\nOrchard Cottage, Nether Wallop Road\nMarlow Bridge MB5 1EE",
        "address",
    ),
    Paragraph(
        "Repair of one touring bicycle (dark green, frame no. 77-A-3145), brought in on 29 April and "
        "collected on 7 May 2024."
    ),
    Table(rows=_ITEMS, widths=(62, 190, 40, 85, 85), ruled=False, right=(2, 3, 4)),
    Paragraph(
        "Please pay by bank transfer to Larkspur Cycle Works Ltd, sort code 00-14-72, account 31926819, and "
        "quote the invoice number. Parts are guaranteed for two years and workmanship for twelve months."
    ),
    Paragraph(
        "Thank you for your custom. A wheel that has been rebuilt likes to be checked after 200 miles: do "
        "call in."
    ),
]
