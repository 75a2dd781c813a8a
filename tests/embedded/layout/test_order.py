"""Reading order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.embedded.geometry import Box
from mineru_cli.embedded.layout.order import reading_order, sections

LEFT, RIGHT = (50, 480), (520, 950)


def block(columns, top, bottom):
    return Box(columns[0], top, columns[1], bottom)


def test_two_columns_are_read_one_after_the_other():
    blocks = [block(RIGHT, 100, 400), block(LEFT, 450, 900), block(RIGHT, 420, 800), block(LEFT, 100, 440)]
    assert reading_order(blocks, 14) == [3, 1, 0, 2]


def test_a_title_over_both_columns_comes_first_and_a_footer_last():
    title, footer = Box(50, 20, 950, 60), Box(50, 950, 950, 980)
    blocks = [block(RIGHT, 100, 900), footer, block(LEFT, 100, 900), title]
    assert reading_order(blocks, 14) == [3, 2, 0, 1]


def test_a_figure_over_both_columns_parts_them():
    figure = Box(50, 400, 950, 600)
    blocks = [
        block(LEFT, 100, 390),
        block(RIGHT, 100, 390),
        figure,
        block(LEFT, 610, 900),
        block(RIGHT, 610, 900),
    ]
    assert reading_order(blocks[::-1], 14) == [4, 3, 2, 1, 0]


def test_columns_that_begin_at_different_heights():
    blocks = [block(LEFT, 300, 900), block(RIGHT, 100, 900)]
    assert reading_order(blocks, 14) == [0, 1]


def test_a_centred_title_comes_before_a_heading_that_it_does_not_overlap():
    title, date = Box(262, 186, 738, 210), Box(430, 255, 570, 274)
    heading, left, right = Box(60, 300, 180, 318), block(LEFT, 330, 900), block(RIGHT, 303, 900)
    assert reading_order([heading, title, date, left, right], 14, 1000) == [1, 2, 0, 3, 4]


def test_a_centred_heading_parts_columns():
    heading = Box(450, 500, 550, 520)
    blocks = [block(LEFT, 100, 480), block(RIGHT, 100, 480), heading]
    blocks += [Box(50, 540, 300, 900), block(RIGHT, 540, 900)]
    assert reading_order(blocks[::-1], 14, 1000) == [4, 3, 2, 1, 0]


def test_the_end_of_a_middle_column_parts_nothing():
    left, middle, end, right = (
        Box(0, 100, 300, 500),
        Box(350, 100, 650, 500),
        Box(350, 520, 650, 600),
        Box(700, 100, 1000, 500),
    )
    foot = [Box(0, 620, 300, 900), Box(350, 620, 650, 900), Box(700, 620, 1000, 900)]
    assert reading_order([left, middle, end, right, *foot], 14, 1000) == [0, 4, 1, 2, 5, 3, 6]


def test_a_letter_head_is_read_by_rows():
    sender, number = Box(50, 100, 250, 160), Box(600, 100, 800, 160)
    customer, table = Box(50, 200, 300, 260), Box(50, 300, 950, 700)
    assert reading_order([table, customer, number, sender], 14) == [3, 2, 1, 0]


def test_no_blocks_have_no_order():
    assert reading_order([], 14) == []


def test_blocks_that_overlap_in_a_circle_still_have_an_order():
    a, b, c = Box(0, 0, 100, 60), Box(90, 10, 200, 300), Box(0, 40, 110, 90)
    assert sorted(reading_order([a, b, c], 14)) == [0, 1, 2]


coordinate = st.integers(0, 1000)
any_boxes = st.lists(
    st.builds(
        lambda x, y, w, h: Box(x, y, x + w, y + h),
        coordinate,
        coordinate,
        st.integers(1, 900),
        st.integers(1, 400),
    ),
    max_size=12,
)


@given(any_boxes)
def test_each_block_is_read_once(boxes):
    assert sorted(reading_order(boxes, 12)) == list(range(len(boxes)))


@given(any_boxes, st.randoms())
def test_the_order_depends_on_the_blocks_alone(boxes, random):
    boxes = list(dict.fromkeys(boxes))
    shuffled = boxes[:]
    random.shuffle(shuffled)
    first = [boxes[i] for i in reading_order(boxes, 12)]
    second = [shuffled[i] for i in reading_order(shuffled, 12)]
    assert sorted(first, key=repr) == sorted(second, key=repr)


def test_boxes_side_by_side_between_columns_of_another_width():
    above = [Box(50, 100, 290, 200), Box(310, 100, 550, 200)]
    middle = [
        Box(50, 230, 200, 240),
        Box(230, 230, 400, 240),
        Box(50, 250, 200, 330),
        Box(230, 250, 550, 320),
    ]
    below = [Box(50, 360, 290, 500), Box(310, 360, 550, 500)]
    boxes = [*above, *middle, *below]
    assert sections(boxes) == [0, 0, 1, 1, 1, 1, 2, 2]
    assert reading_order(boxes, 10, 600) == [0, 1, 2, 4, 3, 5, 6, 7]


def test_headings_that_stand_over_either_gutter_go_with_the_boxes_they_are_near():
    above = [Box(50, 100, 290, 200), Box(310, 100, 550, 200)]
    heads = [Box(60, 230, 180, 240), Box(400, 230, 500, 240)]
    texts = [Box(60, 250, 350, 330), Box(400, 250, 540, 320)]
    assert sections([*above, *heads, *texts]) == [0, 0, 1, 1, 1, 1]


def test_paragraphs_of_equal_height_are_read_column_by_column():
    boxes = [Box(x, y, x + 240, y + 50) for y in (100, 160) for x in (50, 310)]
    assert sections(boxes) == [0, 0, 0, 0]
    assert reading_order(boxes, 10, 600) == [0, 2, 1, 3]


def test_headlines_side_by_side_begin_a_section():
    story = [block(LEFT, 100, 400), block(RIGHT, 100, 400)]
    heads = [Box(50, 420, 300, 450), Box(520, 420, 760, 450)]
    more = [block(LEFT, 455, 900), block(RIGHT, 455, 900)]
    boxes = [*story, *heads, *more]
    assert reading_order(boxes, 14, titles={2, 3}) == [0, 1, 2, 4, 3, 5]
    assert reading_order(boxes, 14) == [0, 2, 4, 1, 3, 5]


def test_the_last_lines_of_columns_are_no_row():
    columns = [block(LEFT, 100, 400), block(RIGHT, 100, 400)]
    ends = [Box(60, 402, 300, 416), Box(530, 402, 700, 416)]
    below = [Box(50, 480, 950, 700)]
    assert reading_order([*columns, *ends, *below], 14) == [0, 2, 1, 3, 4]


def test_blocks_under_their_own_headings_are_read_with_them():
    heads = [Box(90, 160, 150, 175), Box(430, 160, 500, 175), Box(790, 160, 860, 175)]
    texts = [Box(90, 176, 250, 217), Box(430, 176, 610, 217), Box(790, 176, 945, 217)]
    assert reading_order([*heads, *texts], 12, 1000, {0, 1, 2}) == [0, 3, 1, 4, 2, 5]


def test_lists_side_by_side_are_read_one_after_the_other():
    left = [Box(90, 100 + 15 * n, 400, 112 + 15 * n) for n in range(4)]
    right = [Box(530, 100 + 15 * n, 800, 112 + 15 * n) for n in range(4)]
    assert reading_order([*left, *right], 12, 1000) == list(range(8))


def test_labels_and_values_are_read_row_by_row():
    labels, values = [[Box(x, y, x + 60, y + 12) for y in (100, 130, 160)] for x in (90, 330)]
    found = reading_order([*labels, *values], 12, 1000)
    assert found == [0, 3, 1, 4, 2, 5]


def test_headings_of_a_side_column_and_of_the_text_are_level_by_chance():
    side = [Box(20, 50, 200, 200), Box(20, 220, 120, 240), Box(20, 245, 200, 400)]
    text = [Box(320, 50, 980, 200), Box(320, 220, 480, 240), Box(320, 245, 980, 400)]
    assert reading_order([*side, *text], 12, 1000, {1, 4}) == list(range(6))


def test_a_column_goes_on_where_the_others_end():
    left = [Box(100, 70, 410, 300), Box(100, 320, 410, 640), Box(100, 700, 410, 840)]
    right = [Box(630, 70, 940, 310), Box(630, 330, 940, 600), Box(630, 660, 940, 705)]
    grid = [Box(x, y, x + 100, y + 14) for y in (850, 880) for x in (650, 800)]
    assert reading_order([*left, *right, *grid], 12, 1000)[:6] == list(range(6))


def test_headlines_of_some_columns_do_not_part_the_page():
    heads = [Box(30, 170, 120, 195), Box(335, 170, 440, 195), Box(670, 170, 780, 195)]
    texts = [Box(22, 205, 330, 317), Box(355, 205, 660, 298), Box(690, 205, 1010, 298)]
    lower = [Box(30, 352, 80, 375), Box(362, 335, 430, 358), Box(695, 335, 790, 358)]
    ends = [Box(22, 389, 338, 470), Box(355, 372, 660, 460), Box(690, 372, 1010, 460)]
    found = reading_order([*heads, *texts, *lower, *ends], 13, 1036, {0, 1, 2, 6, 7, 8})
    assert found == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]


def test_dates_at_the_right_edge_are_read_with_their_lines():
    jobs = [
        Box(330, 100, 580, 114),
        Box(330, 116, 800, 145),
        Box(330, 160, 580, 174),
        Box(330, 176, 800, 205),
    ]
    dates = [Box(880, 100, 990, 114), Box(880, 160, 990, 174)]
    side = [Box(20, 90, 200, 150), Box(20, 160, 200, 220)]
    found = reading_order([*jobs, *dates, *side], 12, 1036, {0, 2})
    assert found == [6, 7, 0, 4, 1, 2, 5, 3]


def test_a_heading_is_read_with_the_wide_block_below_it():
    lists = [Box(95, 140, 370, 190), Box(535, 140, 800, 190)]
    found = reading_order([*lists, Box(95, 205, 180, 220), Box(95, 225, 940, 330)], 12, 1036, {2})
    assert found == [0, 1, 2, 3]


def comparisons(monkeypatch, blocks):
    """How often two boxes of a page of labels in three columns are compared."""
    count = 0
    overlap = Box.overlap_x

    def counted(self, other):
        nonlocal count
        count += 1
        return overlap(self, other)

    labels = [Box(n % 3 * 300, n // 3 * 20, n % 3 * 300 + 200, n // 3 * 20 + 10) for n in range(blocks)]
    with monkeypatch.context() as patched:
        patched.setattr(Box, "overlap_x", counted)
        assert sorted(reading_order(labels, 10, 800)) == list(range(blocks))
    return count


def test_a_page_of_hundreds_of_labels_is_ordered_in_quadratic_time(monkeypatch):
    assert comparisons(monkeypatch, 120) < 5 * comparisons(monkeypatch, 60)
