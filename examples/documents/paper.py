"""A two-column research paper of two pages."""

from __future__ import annotations

from blocks import Block, Equation, Figure, Heading, Paragraph, Table

TITLE = "Evaporation from Small Farm Reservoirs Measured with Floating Thermometers"

# Where long words may break at the end of a line.
HYPHENATION = """
evap-o-ra-tion res-er-voirs res-er-voir tem-per-a-ture tem-per-a-tures mea-sure-ment mea-sure-ments
mea-sured ther-mome-ters ther-mome-ter ther-mis-tor ther-mis-tors at-mos-phere at-mos-pheric hu-mid-ity
cal-i-bra-tion cal-i-brated in-stru-ment in-stru-ments ir-ri-ga-tion veg-e-ta-tion sur-round-ing sur-rounded
dif-fer-ence dif-fer-ences be-tween ap-prox-i-mately con-tin-u-ous con-tin-u-ously es-ti-mate es-ti-mates
es-ti-mated coef-fi-cient coef-fi-cients in-ter-val in-ter-vals in-de-pen-dent un-cer-tainty
cor-re-spond-ing sta-tions sta-tion weath-er ad-vec-tion neigh-bour-ing com-par-i-son com-par-isons
af-ter-noon sum-mer win-ter ob-ser-va-tions ob-ser-va-tion ver-ti-cal hor-i-zon-tal pre-cip-i-ta-tion
pres-sure wa-ter sur-face shel-tered ex-posed per-cent com-mu-ni-ties farm-ers agree-ment sys-tem-atic
sys-tem-at-i-cally how-ever pub-lished de-ployed de-ploy-ment main-te-nance re-place-ment bat-ter-ies
sea-sonal sea-son with-out di-rectly dis-tance av-er-age av-er-aged record-ed cor-rected cor-rec-tion
ac-count-ing av-er-ages hun-dred com-mer-cial ob-tained pro-por-tional
"""

BLOCKS: list[Block] = [
    Heading(1, TITLE, "paper-title"),
    Paragraph("Marit Oldervik, Tomas Brandeis and Chiara Wexley", "authors"),
    Paragraph("Institute for Rural Hydrology, Lindmark, and Kestrel Agricultural College", "affiliation"),
    Heading(2, "Abstract", "abstract-heading"),
    Paragraph(
        "Small reservoirs supply most of the irrigation water in hilly farming districts, yet their losses "
        "to the atmosphere are seldom measured, because pans and eddy towers cost more than the water they "
        "would save. We built a floating thermometer chain for less than the price of two bags of "
        "fertiliser and kept eleven of them afloat for two seasons. Combined with wind from an existing "
        "weather station, surface temperature alone gives monthly evaporation within nine percent of a "
        "water balance. Sheltered ponds lose a third less than exposed ones of the same area, which "
        "suggests that a row of trees repays its planting within four years.",
        "abstract",
    ),
    Heading(2, "1 Introduction"),
    Paragraph(
        "A farm reservoir is a simple thing: a bank of clay, a pipe and a few thousand cubic metres of "
        "winter rain. What it holds in April decides what can be watered in August. Between those months the "
        "owner loses water in three ways. Some is pumped, and this the meter records. Some seeps through the "
        "bank, slowly and at a nearly constant rate. The rest evaporates, and nobody knows how much."
    ),
    Paragraph(
        "Large lakes have been studied for a century [1], and the equations that describe them are well "
        "established. They transfer badly to small ones. A pond of half a hectare is surrounded by warm, dry "
        "fields; air that crosses it has no time to become humid, so that the transfer from the surface "
        "stays high from one shore to the other [2]. Hedges and banks act in the opposite direction, because "
        "they slow the wind. Published coefficients differ by a factor of two, and a farmer who asks for "
        "advice is given a range too wide to be of any use."
    ),
    Paragraph(
        "The obstacle is less the theory than the instruments. An evaporation pan heats and cools faster "
        "than the reservoir beside it. A flux tower measures the right quantity, but it needs a skilled "
        "visitor every fortnight. We therefore asked how far one can go with the cheapest measurement that "
        "responds to evaporation directly: the temperature of the uppermost centimetre of water."
    ),
    Heading(2, "2 Instruments and sites"),
    Paragraph(
        "Each float is a ring of cork, thirty centimetres wide, which carries five thermistors on a weighted "
        "cord at depths of 1, 10, 40, 80 and 150 cm. A logger in a sealed jar wakes every ten minutes, reads "
        "the chain and sleeps again. Two alkaline batteries last for eight months. All thermistors were "
        "calibrated in a stirred bath against a platinum reference before deployment and again after "
        "recovery; the largest drift was 0.06 degrees."
    ),
    Paragraph(
        "Eleven reservoirs were chosen in the Aune valley with the help of the growers' association. Their "
        "areas lie between 0.2 and 1.9 hectares. Four are exposed on the plateau, three are sheltered by "
        "tall vegetation on the western side, and the others lie between these extremes. Wind, air "
        "temperature and humidity came from the public station at Fosse, at most six kilometres away. Pumped "
        "volumes were read from sealed meters every Monday morning."
    ),
    Heading(2, "3 Method"),
    Paragraph(
        "Evaporation follows from the difference between the humidity of saturated air at the surface "
        "temperature and that of the air above. We use the bulk form"
    ),
    Equation(r"E = \frac{\rho_a}{\rho_w} C_E U (q_s - q_a)", "bulk-transfer"),
    Paragraph(
        "in which the densities of air and water stand before the transfer coefficient, U is the wind speed "
        "at two metres, and the bracket holds the humidity difference. The surface value is computed from "
        "the thermistor at 1 cm. A cool skin forms on calm nights, when the true surface is colder than the "
        "water beneath it; we apply the correction of Aldous [3], which never exceeded 0.4 degrees.",
        "continued",
    ),
    Paragraph(
        "The coefficient is the only number to be fitted. For each reservoir we chose the value that closes "
        "the water balance over the first season, and kept it unchanged for the second. This makes the "
        "second season an independent test. Days with more than five millimetres of precipitation were left "
        "out, since the gauges disagreed about storms."
    ),
    Paragraph(
        "Three sources of error were followed through the calculation. The thermistors contribute two "
        "percent, the wind seven and the meters of the pumps one. They are independent of each other, hence "
        "the expected uncertainty of a single month is between seven and eight percent. Gaps in the records, "
        "mostly caused by coots that nested on the floats, were filled from the neighbouring reservoir if "
        "they were shorter than three days. Longer gaps, four in all, were left open, and the corresponding "
        "months do not enter the averages."
    ),
    Heading(2, "4 Results"),
    Figure(
        "figure-1",
        "evaporation-chart",
        "Figure 1. Monthly evaporation of an exposed (solid) and a sheltered (dashed) reservoir in the "
        "second season.",
    ),
    Paragraph(
        "Figure 1 shows two reservoirs of almost equal size. Both peak in July, but the exposed one loses "
        "171 mm in that month and the sheltered one 112 mm. Their surface temperatures differ by less than "
        "one degree; the wind explains nearly all of the remaining contrast. In September, when the leaves "
        "begin to fall, the curves approach each other."
    ),
    Paragraph(
        "Table 1 sets the estimates beside the water balance. Over the whole second season the mean absolute "
        "difference is 8.7 percent for single months and 3.9 percent for the sum. The two largest errors "
        "belong to Skarv, where a leaking sluice was found in October, and which we report without repair to "
        "the data."
    ),
    Table(
        caption="Table 1. Seasonal evaporation in millimetres, second season.",
        rows=(
            ("Reservoir", "Area (ha)", "Balance", "Float", "Error"),
            ("Brekke", "0.42", "618", "604", "-2.3%"),
            ("Dalen", "1.87", "655", "671", "+2.4%"),
            ("Hovde", "0.23", "402", "417", "+3.7%"),
            ("Myr", "0.75", "511", "498", "-2.5%"),
            ("Nordli", "0.96", "587", "602", "+2.6%"),
            ("Skarv", "1.10", "689", "612", "-11.2%"),
            ("Tveit", "0.38", "430", "441", "+2.6%"),
        ),
        widths=(58, 48, 44, 40, 40),
        right=(1, 2, 3, 4),
    ),
    Paragraph(
        "The fitted coefficients range from 1.1 to 2.0 in units of one thousandth. They increase with the "
        "length of open ground upwind and show no dependence on area. Replacing the float by a single hand "
        "reading each afternoon raised the monthly error to 19 percent, mostly because the diurnal range of "
        "a shallow pond is as large as its seasonal one."
    ),
    Paragraph(
        "Nights deserve a remark of their own. Between ten in the evening and six in the morning the water "
        "is warmer than the air on almost every date from July onwards, and evaporation continues although "
        "the sun has set. Averaged over all sites, 27 percent of the loss happens in the dark. Methods that "
        "rely on daily sunshine alone miss this part altogether, which may account for the low values that "
        "were obtained in earlier work on the same plateau [5]."
    ),
    Heading(2, "5 Discussion"),
    Paragraph(
        "Three limits should be kept in mind. First, the wind at Fosse is not the wind on the water. A "
        "station on the bank would remove the largest part of the uncertainty, but it would also triple the "
        "price. Second, the balance used for the fit contains seepage, which we estimated from winter nights "
        "[6] and held constant. A bank that dries and cracks in August would leak more, and our coefficient "
        "would quietly absorb the loss. Third, two seasons are a short record, and both were warmer than the "
        "mean of the past thirty years."
    ),
    Paragraph(
        "One might object that the coefficient, once fitted, merely repeats the balance of the first season. "
        "The second season speaks against this. It was windier by a fifth and its July was cooler, so that "
        "the order of the months changed; the estimates changed with it. A stricter test would be to predict "
        "the coefficient from a map. Using nothing but the length of open ground in the direction of the "
        "prevailing wind, we obtained values that lie within fifteen percent of the fitted ones for nine "
        "reservoirs out of eleven."
    ),
    Paragraph(
        "Nevertheless the practical message is robust. Between the most exposed and the most sheltered "
        "reservoir lies a difference of 290 mm a year, that is 2,900 cubic metres for each hectare of "
        "surface. At the present price of mains water this exceeds the yearly cost of a windbreak by a wide "
        "margin. Floating covers save more, but they warm the water, hinder birds and must be renewed after "
        "a decade [4]."
    ),
    Paragraph(
        "Costs were recorded with some care, because they decide whether a method is used. A float takes an "
        "afternoon to build, and its parts came to 41 euros in the year of the study. Maintenance amounts to "
        "a wipe with a cloth every second week, which most farmers did on the way to the pump. One logger "
        "drowned when its jar was closed without the gasket. None was stolen, although two were rescued by "
        "walkers who took them for lost fishing gear and kindly handed them in at the inn."
    ),
    Heading(2, "6 Conclusion"),
    Paragraph(
        "A ring of cork and five thermistors are enough to tell a farmer, month by month, how much water the "
        "sky has taken. The drawings, the parts list and all readings are free to use. We would be glad to "
        "hear from communities in drier climates, where the same float should work even better, because "
        "there the humidity difference is larger and the skin correction smaller."
    ),
    Heading(2, "Acknowledgements"),
    Paragraph(
        "We thank the growers of the Aune valley for their patience and their boats, Ines Farrow for the "
        "drawings of the cork ring, and the staff of the station at Fosse, who answered our questions even "
        "during harvest. The study was paid for by the district council and received no commercial support."
    ),
    Heading(2, "References"),
    Paragraph(
        "[1] H. Perlmann. Water budgets of temperate lakes. Annals of Inland Waters 12, 88-131, 1931.",
        "reference",
    ),
    Paragraph(
        "[2] S. Okafor and R. Linde. Oasis effects over ponds and tanks. Field Hydrology 7, 203-219, 1988.",
        "reference",
    ),
    Paragraph(
        "[3] J. Aldous. The cool skin of sheltered water. Letters in Micrometeorology 3, 14-22, 2004.",
        "reference",
    ),
    Paragraph(
        "[4] P. Castellan. Ten years of floating covers. Journal of Farm Engineering 41, 377-390, 2015.",
        "reference",
    ),
    Paragraph(
        "[5] L. Mbeki and A. Strand. Sunshine and pan losses on the Aune plateau. Upland Water 9, 51-60, "
        "1997.",
        "reference",
    ),
    Paragraph(
        "[6] F. Quist. Seepage through clay banks in winter. Proceedings of the Dam Society 26, 5-19, 1979.",
        "reference",
    ),
]
