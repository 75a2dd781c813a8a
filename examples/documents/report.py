"""A report of twelve pages with running headers and footers."""

from __future__ import annotations

from blocks import Block, Code, Figure, Heading, Items, Paragraph, Table

from documents.columns import COLUMNS

TITLE = "Renewal of the Street Lighting in Harwick Harbour"

COVER = 3  # blocks that stand on the first page, alone

_LISTING = '''\
from datetime import time

DIM_FROM = time(23, 30)
DIM_UNTIL = time(5, 15)

def level(now, motion, fault):
    """Return the light level in percent."""
    if fault:
        return 100
    night = now >= DIM_FROM or now < DIM_UNTIL
    if night and not motion:
        return 30
    return 100'''

BLOCKS: list[Block] = [
    Heading(1, TITLE, "report-title"),
    Paragraph("Final report to the Quays and Streets Committee", "report-subtitle"),
    Paragraph("Prepared by the Department of Works, March 2024", "report-subtitle"),
    Heading(2, "1 Summary"),
    Paragraph(
        "Between May 2022 and December 2023 the Department of Works replaced every sodium lamp between the "
        "Old Mole and the ferry terminal by lamps with light-emitting diodes. The work covered 46 columns "
        "and nine wall brackets, 4.1 kilometres of cable and two supply cabinets that had stood since 1974. "
        "It was finished eleven weeks later than planned and cost 612,400 pounds, which is 2.9 percent less "
        "than the sum that the committee had voted."
    ),
    Paragraph(
        "Electricity for lighting the harbour has fallen by 64 percent. The number of complaints about dark "
        "corners has halved, while complaints about glare, of which there had been none before, rose to "
        "fourteen in the first winter and fell to two after the lamps on Chandlers Row had been tilted. "
        "Nobody was hurt during the work."
    ),
    Paragraph("The committee is asked to take note of three decisions that lie ahead:"),
    Items(
        (
            "whether the fish market, which was left out in 2022, should follow next year;",
            "whether the dimming after half past eleven at night should be kept all year round;",
            "who will look after the control software when the present contract ends in 2026.",
        )
    ),
    Heading(2, "2 Background"),
    Heading(3, "2.1 The old installation"),
    Paragraph(
        "The sodium lamps of the harbour were a child of the oil crisis. They gave four times as much light "
        "for each watt as the bulbs they replaced, and their orange glow became part of every postcard of "
        "the town. By 2019, however, the only factory that still made the 150 watt type had announced its "
        "closure. The storekeeper bought two hundred spare lamps and reckoned that they would last until the "
        "spring of 2023."
    ),
    Paragraph(
        "Age had also reached what cannot be seen. Salt water had crept into eleven of the joint boxes "
        "beneath the pavement of Custom House Quay, and in a wet autumn the residual current devices tripped "
        "so often that the night porter of the Mermaid Hotel kept a key to the cabinet. Tests on a sample of "
        "columns showed that one in six had lost more than a third of its wall thickness at ground level. "
        "None was in danger of falling, but four were taken down at once and the others were forbidden to "
        "carry banners."
    ),
    Heading(3, "2.2 What was asked for"),
    Paragraph(
        "In January 2021 the committee set four aims. The brief did not mention the colour of the light, "
        "which later turned out to be what residents cared about most."
    ),
    Items(
        (
            "Halve the electricity used for lighting, measured over a whole year.",
            "Bring the quays up to the illuminance that the port authority requires for mooring at night.",
            "Replace or refurbish each column that had failed the wall test.",
            "Leave the appearance of the listed lanterns on Admiral's Steps unchanged.",
        ),
        numbered=True,
    ),
    Heading(2, "3 How the work was done"),
    Heading(3, "3.1 Survey"),
    Paragraph(
        "Two surveyors walked the harbour for nine nights in February 2022. At each column they noted the "
        "height, the state of the door and the distance to its neighbours, and they measured illuminance on "
        "a grid of one metre with a meter mounted on a child's pushchair. The grid holds 21,300 points. It "
        "showed that the light was not merely weak in places but badly shared out: below a lamp one could "
        "read a newspaper, and halfway to the next one could not see a bollard."
    ),
    Paragraph(
        "The survey also found seven columns that appeared on no drawing. Three of them belong to the "
        "sailing club, which had connected them to the public supply in good faith during the regatta of "
        "1988 and had never been sent a bill. The club has since agreed to take over their upkeep; the "
        "department, for its part, has waived the arrears, since nobody could say what they were."
    ),
    Heading(3, "3.2 Choice of lamp"),
    Heading(4, "3.2.1 Trial on Chandlers Row"),
    Paragraph(
        "Three makers were invited to equip four columns each. For six weeks residents passed beneath the "
        "lamps and were asked, by a card through the door and by a stand outside the bakery, which they "
        "preferred. Of 412 answers, 238 favoured the warmest lamp, at 2,200 kelvin, although it gives about "
        "an eighth less light than the coolest. Skippers were asked separately. They wanted above all a lamp "
        "that does not shine into the wheelhouse, and hardly noticed the colour."
    ),
    Heading(4, "3.2.2 Decision"),
    Paragraph(
        "The department chose the warm lamp for all streets and a neutral one, at 3,000 kelvin, for the "
        "working quays, where crews must tell a green rope from a blue one. Both share the same housing, "
        "driver and spare parts. The housing is cast without paint from an alloy that was developed for "
        "lifeboats, and it can be opened with one hand, which matters to someone who stands in a basket nine "
        "metres above the water in January."
    ),
    Heading(3, "3.3 Installation"),
    Paragraph(
        "The contractor, Brightwell and Sons, started on the Old Mole and worked towards the east. A gang of "
        "four could change three columns a day, but rarely did. In the first month a storm closed the quays "
        "for eight days. In the second, the excavator uncovered a row of oak piles which the county "
        "archaeologist dated to about 1420, and for five weeks nothing could be dug between columns 17 and "
        "22. The piles were drawn, photographed and covered again."
    ),
    Paragraph(
        "To make up for lost time the order of work was changed. From September 2022 each street went "
        "through the same steps:"
    ),
    Items(
        (
            "pull the new cable through the old duct wherever a camera had shown the duct to be sound;",
            (
                "set the foundations on Mondays and Tuesdays, so that the concrete could cure before the "
                "weekend;"
            ),
            "hang the lamps in daylight and switch over at dusk, street by street, with both systems live;",
            "walk the street with two residents on the following evening and write down what they disliked;",
            "tilt, shade or dim each lamp accordingly, and only then remove the old column.",
        ),
        numbered=True,
    ),
    Paragraph(
        "The fourth step was the cheapest of all and, in the opinion of everyone who took part, the best. It "
        "was on one of these walks that a retired pilot pointed out that the lamp at the end of the Herring "
        "Steps stood exactly in line with the leading light of the inner channel. Seen from a boat, the two "
        "merged. The lamp was moved by six metres within the week, and the pilotage notes for the harbour "
        "now mention it by number."
    ),
    Paragraph(
        "Working next to open water called for rules of its own. Nobody was allowed to lift alone, every "
        "tool above chest height was tied to a wrist or a belt, and a safety boat lay off the quay whenever "
        "the basket was out over the edge. In nineteen months two hammers, one telephone and a sandwich box "
        "went into the harbour, but no person did. The near-miss book holds 31 entries. The most serious was "
        "a cable drum that rolled twelve metres down Bell Street before it met a skip; since then each drum "
        "has been chocked on both sides."
    ),
    Heading(3, "3.4 Controls"),
    Paragraph(
        "Each lamp carries a small radio and a motion sensor. The lamps along one street form a chain and "
        "warn one another, so that somebody who walks home at midnight is met by light rather than followed "
        "by it. The rule that runs in every lamp is short enough to be printed here in full. It was kept "
        "this simple on purpose: an earlier version with eleven parameters was understood by one engineer, "
        "who has left."
    ),
    Code(_LISTING, "python"),
    Paragraph(
        "When a lamp has not heard from its neighbours for ten minutes it assumes a fault and stays at full "
        "brightness. During the gale of 2 November 2023, when the mast on the grain silo lost power, all "
        "lamps on the north side did exactly that. The failure cost 31 pounds of electricity and was noticed "
        "by no one but the night shift."
    ),
    Heading(3, "3.5 Shops and deliveries"),
    Paragraph(
        "Twenty-six businesses open onto the streets that were dug up. Each was given the telephone number "
        "of the site manager and a sheet that showed, for every day of the coming fortnight, on which side "
        "of the road one could walk. The sheets were delivered by hand on Fridays. In the weeks when illness "
        "or rain prevented this, the number of calls to the town hall tripled, which is perhaps the best "
        "argument for paper."
    ),
    Paragraph(
        "The fishmonger, the chandlery and the two hotels take in goods before seven in the morning, just "
        "when the excavators like to start. After a stormy meeting in the back room of the Anchor it was "
        "agreed that deliveries have the road until half past seven and machines have it afterwards. Two "
        "businesses applied for compensation: a cafe, which received 1,150 pounds for eleven days without "
        "its terrace, and a barber, whose claim for lost moustaches was withdrawn in good humour."
    ),
    Heading(2, "4 Results"),
    Heading(3, "4.1 Energy"),
    Paragraph(
        "Consumption is read from the meters in the two cabinets on the first day of each month. In 2021, "
        "the last full year of the old installation, the harbour used 148,600 kilowatt hours for lighting. "
        "In the twelve months to February 2024 it used 53,200. About two thirds of the saving comes from the "
        "lamps themselves and one third from the dimming at night."
    ),
    Figure(
        "figure-1",
        "energy-chart",
        "Figure 1. Electricity used for lighting in each quarter, in thousands of kilowatt hours.",
    ),
    Paragraph(
        "Figure 1 shows the decline by quarters. The step in the summer of 2022 marks the first eleven "
        "columns; the flat stretch that follows is the time of the oak piles. From the spring of 2023 the "
        "curve repeats the seasons of the old one at little more than a third of its height. At the price "
        "fixed until 2025 the saving is worth 27,700 pounds a year."
    ),
    Heading(3, "4.2 Light on the ground"),
    Paragraph(
        "The pushchair was taken out again in January 2024, on the same grid and by the same two surveyors. "
        "Mean illuminance on the quays rose from 8.2 to 14.6 lux, and the ratio of the darkest to the mean, "
        "which describes how evenly the light is shared, from 0.11 to 0.42. On the streets the mean fell "
        "slightly, from 9.9 to 9.1 lux, as intended. Only one place still fails the requirement for mooring: "
        "the inner corner of the Coal Basin, where a crane throws its shadow. A bracket on the crane itself "
        "has been ordered."
    ),
    Paragraph(
        "Sky glow was not part of the brief, but the astronomical society has measured it from the hill "
        "above the town since 2006. Its members report that the sky over the harbour is darker by 0.4 "
        "magnitudes than before, and that the Milky Way could be seen from the cemetery in October for the "
        "first time in their records."
    ),
    Heading(3, "4.3 Opinion of residents"),
    Paragraph(
        "A card with five questions went to all 1,140 households within two streets of the water; 506 were "
        "returned. Seven in ten residents feel safer or as safe as before, and six in ten like the new "
        "colour. The least content live on the upper floors of Bell Street, where lamps hang level with "
        "bedroom windows. Shades have been fitted to nine of them so far, at 38 pounds each, and another "
        "five are on order."
    ),
    Paragraph(
        "Some answers could not be put into a table. A widow on Cooper's Quay wrote that she misses the "
        "orange light on the wet stones, by which she used to know that her husband's boat would soon be in. "
        "The department cannot bring it back, but one sodium lantern with a working lamp has been given to "
        "the museum, together with thirty of the spares, and is lit on winter afternoons."
    ),
    Heading(3, "4.4 Wildlife"),
    Paragraph(
        "Before the work began, the county ecologist counted bats along the Ropewalk on six evenings in "
        "June, and she repeated the count in 2023. Pipistrelles rose from 41 to 58 passes an hour; the rarer "
        "long-eared bats, which shun bright places, were heard for the first time, near columns that had "
        "dimmed. Moths were trapped at four points on moonless nights. The catch beneath the warm lamps was "
        "a fifth of that beneath the sodium ones, which means that far fewer insects circle there until they "
        "drop."
    ),
    Paragraph(
        "Turnstones and oystercatchers roost on the outer rocks in winter. The ornithologists feared that "
        "whiter light on the working quays would drive them off, and asked for a strip of darkness thirty "
        "metres wide. Louvres were fitted to columns 9, 10 and 26. The roost held 212 birds in January 2024, "
        "against a mean of 190 over the five winters before, so that the louvres, at 54 pounds a column, may "
        "be called a success."
    ),
    Heading(3, "4.5 Reliability"),
    Paragraph(
        "In the first twelve months after the last lamp was lit, nineteen faults were reported. Eight of "
        "them were radios that lost their place in the chain after a thunderstorm and came back when they "
        "were switched off and on again; the maker has since changed the program. Five were caused by water "
        "in a gland that had been tightened by hand only. Two sensors had been covered with tape, probably "
        "by anglers who like the dark. The remaining four concern a single lamp in front of the chandlery, "
        "which went out every evening at ten past six until an electrician discovered that the shop's new "
        "roller shutter brushed against its supply box."
    ),
    Paragraph(
        "Under the old installation some seventy lamps failed each year. A failed lamp used to wait nine "
        "days for repair, because it first had to be noticed by somebody willing to telephone. The new lamps "
        "report themselves, and the mean time until repair has come down to thirty-one hours. Spare lamps, "
        "drivers and sensors for five years are kept in the store behind the fire station, on shelves that "
        "were freed by the last sodium tubes."
    ),
    Heading(2, "5 Columns and their state"),
    Paragraph(
        "Table 1 lists every column with its street, its height, the power of the new lamp and the wall "
        "thickness that was left at ground level when the old column was tested. Columns with less than two "
        "thirds of the original wall were replaced; the others were cleaned, galvanised and set up again."
    ),
    Table(
        caption="Table 1. Lighting columns between the Old Mole and the ferry terminal.",
        rows=COLUMNS,
        widths=(52, 128, 72, 72, 72, 84),
        right=(0, 2, 3, 4),
    ),
    Heading(2, "6 Cost"),
    Paragraph(
        "The committee voted 630,700 pounds in 2022. Lamps and columns cost less than expected, because two "
        "neighbouring towns joined the order; digging cost more, because of the piles and because the price "
        "of asphalt rose twice. Of the reserve of 40,000 pounds 18,300 were left over."
    ),
    Table(
        caption="Table 2. Cost by heading, in pounds.",
        rows=(
            ("Heading", "Voted", "Spent", "Difference"),
            ("Lamps and drivers", "171,000", "154,300", "-16,700"),
            ("Columns and brackets", "138,500", "127,900", "-10,600"),
            ("Cable and cabinets", "96,200", "94,800", "-1,400"),
            ("Digging and paving", "129,000", "177,200", "+48,200"),
            ("Controls and software", "56,000", "58,200", "+2,200"),
            ("Reserve", "40,000", "0", "-40,000"),
            ("Total", "630,700", "612,400", "-18,300"),
        ),
        widths=(180, 90, 90, 90),
        right=(1, 2, 3),
    ),
    Paragraph(
        "Upkeep is expected to fall as well. A sodium lamp had to be changed every four years, with a lorry, "
        "a basket and two men; the maker of the new lamps promises fifteen. Against this stands the yearly "
        "fee for the radio network of 3,100 pounds, which did not exist before. Taking everything together, "
        "the renewal will have repaid itself in about twenty years, or in fifteen if electricity becomes "
        "dearer at the rate of the last decade."
    ),
    Heading(2, "7 What we would do differently"),
    Heading(3, "7.1 Ask earlier"),
    Paragraph(
        "The evening walks began only after the first complaints. Had they been held during the trial, the "
        "glare on Chandlers Row would have been found with four lamps instead of forty. We recommend that "
        "any street works of this size set aside one evening for each hundred metres, with a person present "
        "who may decide on the spot."
    ),
    Heading(3, "7.2 Look under the ground first"),
    Paragraph(
        "A radar survey of the quays was offered in 2021 for 6,500 pounds and declined. It would probably "
        "have shown the piles. The five weeks that they cost amount to 41,000 pounds, to which must be added "
        "a summer of barriers in front of shops. For the fish market, whose floor is older than any plan of "
        "it, radar should come first."
    ),
    Heading(3, "7.3 Own the software"),
    Paragraph(
        "The contract gives the town the lamps but not the programs that configure them. The maker has been "
        "helpful, yet each change to a timetable travels by electronic mail to another country and returns "
        "after two or three days. Before 2026 the department should either obtain a licence for the source "
        "or agree on an open protocol with the three neighbouring towns that have bought the same lamps."
    ),
    Heading(3, "7.4 Write things down"),
    Paragraph(
        "When the surveyors compared the drawings of 1974 with the ground, fewer than half of the cables lay "
        "where they were drawn. The men who had moved them knew why, but the last of them retired in 2016. "
        "The new drawings are kept together with photographs of every open trench, taken with a measuring "
        "rod in the picture, and each joint box carries an engraved plate with its number. A copy is "
        "deposited in the county archive, on paper that should last for two hundred years, next to the plans "
        "of the oak piles."
    ),
    Paragraph(
        "A short diary of the site, kept by the clerk of works, proved more useful than any formal minute. "
        "It records who was present, what the weather was like and what had been promised to whom. Three "
        "disputes with suppliers were settled by turning its pages. We suggest that every future contract "
        "above 50,000 pounds should require one, and that it be written on the day itself rather than from "
        "memory at the end of the week."
    ),
    Heading(2, "8 Recommendations"),
    Items(
        (
            (
                "Renew the lighting of the fish market in the financial year 2025, after a radar survey, "
                "at an estimated cost of 88,000 pounds."
            ),
            (
                "Keep the dimming all year round, except in the week of the regatta and on the night of the "
                "lantern procession."
            ),
            (
                "Open talks with the neighbouring towns about a shared open protocol before the end of this "
                "year."
            ),
            "Repeat the survey with the pushchair every third January and publish the map.",
        ),
        numbered=True,
    ),
    Paragraph(
        "The department thanks the residents who walked with us in the rain, the night porter of the Mermaid "
        "Hotel, and the two surveyors, Agnes Holloway and Dev Patel, without whose 42,600 readings this "
        "report would be an opinion."
    ),
    Heading(2, "Appendix: measuring light with a pushchair"),
    Paragraph(
        "Several towns have asked how the survey was made, and so the method is described here in some "
        "detail. It needs a meter of the ordinary kind, a pushchair with wheels of rubber, a measuring tape "
        "and two people who get on well with each other. The meter is fixed to a board where the child would "
        "sit, 25 centimetres above the ground, and levelled with a coin under one corner. A bicycle computer "
        "on the front wheel closes a contact after each metre, and the contact triggers the reading."
    ),
    Paragraph("One street of two hundred metres takes about an hour, in the following order:"),
    Items(
        (
            "Wait until an hour and a half after sunset, and until the moon is below the roofs.",
            "Chalk a line every metre across the street, from kerb to kerb.",
            (
                "Push along the first line at the pace of a slow walk, while the second person keeps the "
                "shadows of passers-by away from the meter."
            ),
            "Turn at the end, move over by one metre and come back.",
            (
                "Repeat the first line at the end; if it differs by more than three percent, a lamp has "
                "drifted or a shop window has gone dark, and the street is done again."
            ),
        ),
        numbered=True,
    ),
    Paragraph(
        "Readings are worth little without notes. We wrote down each lit window, each parked van and each "
        "lamp that flickered, and later removed 412 points that had stood in the shadow of something that "
        "could be driven away. Wet ground does not change what the meter sees, but it changes what people "
        "see, because half of the light is then mirrored away from them. For that reason the opinion cards "
        "were handed out both in dry and in rainy weeks."
    ),
    Paragraph(
        "The files, one line for each point with its position in metres from the nearest column, are "
        "available from the department. Anyone who finds an error in them will be bought a coffee, on the "
        "quay, after dark."
    ),
]
