"""A letter of one page, which is printed, scanned askew and kept as an image only."""

from __future__ import annotations

from blocks import Block, Heading, Paragraph

BLOCKS: list[Block] = [
    Heading(1, "Wetherby Lane Public Library", "letterhead"),
    Paragraph("48 Wetherby Lane, Harwick HK4 2QT\nTelephone 01632 960 417", "letterhead-address"),
    Paragraph(
        "Mrs Eleanor Fairbrother\nFairbrother & Daughters, Bookbinders\n7 Tannery Yard\nHarwick HK1 9PD",
        "address",
    ),
    Paragraph("14 November 2023", "date"),
    Paragraph("Dear Mrs Fairbrother,"),
    Paragraph(
        "Thank you for coming so quickly after the burst pipe of last Tuesday. Without the blotting paper "
        "and the advice you brought with you, we should have lost the whole of the local history shelf "
        "rather than its lowest row."
    ),
    Paragraph(
        "We have now counted the damage. Forty-three volumes are wet through, of which nineteen are parish "
        "registers in calf bindings. A further sixty are damp at the edges and are drying on racks in the "
        "reading room, where the caretaker turns them every evening. None shows mould so far, although the "
        "smell on Friday worried us."
    ),
    Paragraph(
        "The trustees met yesterday and agreed to the first part of your estimate, namely the freezing and "
        "slow drying of the registers for 1,850 pounds. For the rebinding they would like a second figure, "
        "in cloth instead of leather, before the end of the month. Could you also say how long the work "
        "would take? The school in Mill Street visits us each spring to look up old families, and I would be "
        "sorry to disappoint the children."
    ),
    Paragraph(
        "Our van can bring the crates to your yard on Thursday morning at about half past nine. Please let "
        "me know whether the gate will be open, and whether you have room for eleven crates at once."
    ),
    Paragraph("With renewed thanks and kind regards,"),
    Paragraph("Jonathan Ashdown\nHead Librarian", "signature"),
]
