/* Calls every function of pixels.c with images of many sizes, for test_pixels_memory.py to watch the memory. */

#include "pixels.c"
#include <stdio.h>

static uint8_t *paper(size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);
    const int white = rand() % 4; /* in each: of four bytes none to three are paper */
    for (size_t at = 0; at < size; at++)
        bytes[at] = rand() % 4 < white ? WHITE : (uint8_t)rand();
    return bytes;
}

static int comes_back(const uint8_t *bytes, size_t size)
{
    size_t used;
    uint8_t *packed = mineru_pack(bytes, size, size / 2, &used), *exact = malloc(used ? used : 1);
    uint8_t *back = malloc(size ? size : 1);
    int same = 1;
    if (packed) {
        memcpy(exact, packed, used); /* no byte behind the last may be read */
        mineru_unpack(exact, back, size);
        same = used <= size / 2 && !memcmp(bytes, back, size);
    }
    mineru_free(packed);
    free(exact);
    free(back);
    return same;
}

static void look_at_boxes(const uint8_t *from, int width, int height, int unit)
{
    enum { COUNT = 20 };
    Box boxes[COUNT];
    uint8_t contrasts[COUNT], colours[3 * COUNT] = {0};
    uint16_t shares[COUNT];
    int32_t others[COUNT];
    for (int at = 0; at < COUNT; at++) {
        const int left = rand() % width, top = rand() % height;
        boxes[at] = (Box){left, top, left + 1 + rand() % (width - left), top + 1 + rand() % (height - top)};
    }
    mineru_contrasts(from, width, unit, boxes, COUNT, 1 + rand() % 256, contrasts);
    mineru_shares(from, width, unit, boxes, colours, COUNT, 64, shares);
    mineru_overlaps(boxes, COUNT, others);
}

static int one(int width, int height, int unit, int new_width, int new_height)
{
    uint8_t *from = paper((size_t)width * height * unit), *grey = malloc((size_t)width * height);
    uint8_t *to = malloc((size_t)new_width * new_height * unit);
    for (int columns_first = 0; columns_first < 2; columns_first++)
        mineru_shrink(from, width, height, unit, to, new_width, new_height, columns_first);
    if (unit == 4)
        mineru_grey((uint32_t *)from, (size_t)width * height, grey);
    look_at_boxes(from, width, height, unit);
    const int same = comes_back(from, (size_t)width * height * unit);
    mineru_settle();
    free(from);
    free(grey);
    free(to);
    return same;
}

int main(void)
{
    int good = 1;
    for (int round = 0; round < 200; round++)
        good &= one(8 + rand() % 120, 8 + rand() % 200, rand() % 2 ? 1 : 4, 8 + rand() % 90, 8 + rand() % 90);
    for (size_t size = 0; size < 300; size++) {
        for (int round = 0; round < 8; round++) {
            uint8_t *bytes = paper(size);
            good &= comes_back(bytes, size);
            free(bytes);
        }
    }
    return good ? 0 : 3;
}
