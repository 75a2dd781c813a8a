/* The loops over pixels that a page's cost is made of: finding out that it has no colour, shrinking it as
 * Pillow would, and packing it for the time that it waits for its crops. Built when the package is
 * (hatch_build.py); without a compiler Pillow does the first two, and pages wait as they are.
 *
 * Pillow's bicubic filter, to the bit: weights are doubles, brought to sum 1, then rounded to 22 fractional
 * bits; every pass adds in 32-bit integers and rounds its result to 8 bits. Here eight results are worked on
 * at a time, two weights in one instruction: each is split in two, so that it fits into 16 bits.
 */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))
#endif

#define LANES 8
#define PRECISION 22
#define LOW_BITS 11
#define WHITE 255

/* What a pass works out: result number `at` is the sum of `taps` values from `first[at]` on, each times its
 * weight. `taps` is even, and the same for all: weights of nothing fill up.
 * `pairs` has taps / 2 pairs a result: upper parts of two weights, then lower parts, 16 bits each. */
typedef struct {
    int *first, taps;
    int16_t *pairs;
} Filter;

static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    if (x < 2.0)
        return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
    return 0.0;
}

/* The weights of the result at `center`, and the first value they are for. Returns how many they are. */
static int weigh(double center, double scale, int before, double *weights, int *start)
{
    const double support = 2.0 * scale;
    int first = (int)(center - support + 0.5), end = (int)(center + support + 0.5);
    double sum = 0.0;
    first = first < 0 ? 0 : first;
    end = end > before ? before : end;
    for (int tap = 0; tap < end - first; tap++)
        sum += weights[tap] = bicubic((tap + first - center + 0.5) * (1.0 / scale));
    for (int tap = 0; sum != 0.0 && tap < end - first; tap++)
        weights[tap] /= sum;
    *start = first;
    return end - first;
}

static void put(Filter *filter, int at, int tap, double weight)
{
    const double scaled = weight * (1 << PRECISION);
    const int32_t fixed = (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    int16_t *pair = filter->pairs + (size_t)at * filter->taps * 2 + (tap / 2) * 4 + tap % 2;
    pair[0] = (int16_t)(fixed >> LOW_BITS);
    pair[2] = (int16_t)(fixed & ((1 << LOW_BITS) - 1));
}

static void filter_free(Filter *filter)
{
    free(filter->first);
    free(filter->pairs);
}

/* The filter from `before` values to `after`. Returns 0 when there is no memory, or too little to filter. */
static int filter_make(Filter *filter, int before, int after)
{
    const double step = (double)before / after, scale = step < 1.0 ? 1.0 : step;
    filter->taps = 2 * (int)ceil(2.0 * scale) + 2;
    filter->first = malloc(sizeof(int) * after);
    filter->pairs = calloc((size_t)after * filter->taps * 2, sizeof(int16_t));
    double *weights = malloc(sizeof(double) * filter->taps);
    const int made = filter->first && filter->pairs && weights && filter->taps <= before;
    for (int at = 0; made && at < after; at++) {
        int start, taps = weigh((at + 0.5) * step, scale, before, weights, &start);
        int first = start + filter->taps <= before ? start : before - filter->taps;
        filter->first[at] = first;
        for (int tap = 0; tap < taps; tap++)
            put(filter, at, start - first + tap, weights[tap]);
    }
    free(weights);
    return made;
}

static const int16_t *weights_of(const Filter *filter, int at)
{
    return filter->pairs + (size_t)at * filter->taps * 2;
}

/* One result for each of eight lanes, from groups of eight bytes that lie `stride` bytes apart: for any
 * processor, for SSE2, for AVX2. */
static inline void eight_any(const uint8_t *from, size_t stride, const int16_t *pairs, int taps, uint8_t *to)
{
    int32_t sum[LANES];
    for (int lane = 0; lane < LANES; lane++)
        sum[lane] = 1 << (PRECISION - 1);
    for (int tap = 0; tap < taps; tap++, from += stride) {
        const int16_t *pair = pairs + (tap / 2) * 4 + tap % 2;
        const int32_t weight = pair[0] * (1 << LOW_BITS) + pair[2];
        for (int lane = 0; lane < LANES; lane++)
            sum[lane] += from[lane] * weight;
    }
    for (int lane = 0; lane < LANES; lane++) {
        const int32_t value = sum[lane] >> PRECISION;
        to[lane] = (uint8_t)(value < 0 ? 0 : value > WHITE ? WHITE : value);
    }
}

#ifdef __SSE2__
static inline __m128i two_taps(const uint8_t *from, size_t stride)
{
    return _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)from),
                             _mm_loadl_epi64((const __m128i *)(from + stride)));
}

static inline void eight_sse2(const uint8_t *from, size_t stride, const int16_t *pairs, int taps, uint8_t *to)
{
    const __m128i none = _mm_setzero_si128();
    __m128i upper0 = none, upper1 = none, lower0 = _mm_set1_epi32(1 << (PRECISION - 1)), lower1 = lower0;
    for (int tap = 0; tap < taps; tap += 2, from += 2 * stride, pairs += 4) {
        int32_t weights[2];
        memcpy(weights, pairs, sizeof weights);
        const __m128i upper = _mm_set1_epi32(weights[0]), lower = _mm_set1_epi32(weights[1]);
        const __m128i both = two_taps(from, stride);
        const __m128i left = _mm_unpacklo_epi8(both, none), right = _mm_unpackhi_epi8(both, none);
        upper0 = _mm_add_epi32(upper0, _mm_madd_epi16(left, upper));
        upper1 = _mm_add_epi32(upper1, _mm_madd_epi16(right, upper));
        lower0 = _mm_add_epi32(lower0, _mm_madd_epi16(left, lower));
        lower1 = _mm_add_epi32(lower1, _mm_madd_epi16(right, lower));
    }
    lower0 = _mm_srai_epi32(_mm_add_epi32(lower0, _mm_slli_epi32(upper0, LOW_BITS)), PRECISION);
    lower1 = _mm_srai_epi32(_mm_add_epi32(lower1, _mm_slli_epi32(upper1, LOW_BITS)), PRECISION);
    const __m128i words = _mm_packs_epi32(lower0, lower1); /* packing cuts to 0..255 on the way */
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words, words));
}

AVX2 static inline void eight_avx2(const uint8_t *from, size_t stride, const int16_t *pairs, int taps,
                                   uint8_t *to)
{
    __m256i upper = _mm256_setzero_si256(), lower = _mm256_set1_epi32(1 << (PRECISION - 1));
    for (int tap = 0; tap < taps; tap += 2, from += 2 * stride, pairs += 4) {
        int32_t weights[2];
        memcpy(weights, pairs, sizeof weights);
        const __m256i both = _mm256_cvtepu8_epi16(two_taps(from, stride));
        upper = _mm256_add_epi32(upper, _mm256_madd_epi16(both, _mm256_set1_epi32(weights[0])));
        lower = _mm256_add_epi32(lower, _mm256_madd_epi16(both, _mm256_set1_epi32(weights[1])));
    }
    lower = _mm256_srai_epi32(_mm256_add_epi32(lower, _mm256_slli_epi32(upper, LOW_BITS)), PRECISION);
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(lower), _mm256_extracti128_si256(lower, 1));
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words, words));
}
#endif

/* The loops around them. A function is only inlined into one for the same processor, so each has its own:
 * across: every row to its new width, eight bytes abreast: eight rows of one byte a pixel, or two of four;
 * down: every column to its new height, one row of results from whole rows; the last eight bytes overlap. */
typedef struct {
    void (*across)(const uint8_t *lanes, const Filter *filter, int after, uint8_t *to);
    void (*down)(const uint8_t *from, size_t bytes, const int16_t *weights, int taps, uint8_t *to);
} Loops;

#define LOOPS(processor, target)                                                                               \
    target static void across_##processor(const uint8_t *lanes, const Filter *filter, int after, uint8_t *to)  \
    {                                                                                                          \
        for (int at = 0; at < after; at++)                                                                     \
            eight_##processor(lanes + (size_t)filter->first[at] * LANES, LANES, weights_of(filter, at),        \
                              filter->taps, to + (size_t)at * LANES);                                          \
    }                                                                                                          \
    target static void down_##processor(const uint8_t *from, size_t bytes, const int16_t *weights, int taps,   \
                                        uint8_t *to)                                                           \
    {                                                                                                          \
        for (size_t at = 0; at + LANES <= bytes; at += LANES)                                                  \
            eight_##processor(from + at, bytes, weights, taps, to + at);                                       \
        eight_##processor(from + bytes - LANES, bytes, weights, taps, to + bytes - LANES);                     \
    }                                                                                                          \
    static const Loops loops_##processor = {across_##processor, down_##processor};

#ifdef __SSE2__
LOOPS(sse2, )
LOOPS(avx2, AVX2)
#else
LOOPS(any, )
#endif

static const Loops *loops(void)
{
#ifdef __SSE2__
    return __builtin_cpu_supports("avx2") ? &loops_avx2 : &loops_sse2;
#else
    return &loops_any;
#endif
}

static int all_white(const uint8_t *row, size_t bytes)
{
    return row[0] == WHITE && !memcmp(row, row + 1, bytes - 1);
}

static inline void interleave(const uint8_t *rows, size_t width, size_t unit, uint8_t *lanes)
{
    const size_t abreast = LANES / unit;
    for (size_t row = 0; row < abreast; row++)
        for (size_t x = 0; x < width; x++)
            memcpy(lanes + x * LANES + row * unit, rows + (row * width + x) * unit, unit);
}

static inline void separate(const uint8_t *lanes, size_t width, size_t unit, uint8_t *rows)
{
    const size_t abreast = LANES / unit;
    for (size_t row = 0; row < abreast; row++)
        for (size_t x = 0; x < width; x++)
            memcpy(rows + (row * width + x) * unit, lanes + x * LANES + row * unit, unit);
}

static int pass_rows(const uint8_t *from, int width, int height, int unit, int after, uint8_t *to)
{
    Filter filter;
    uint8_t *in = malloc((size_t)width * LANES), *out = malloc((size_t)after * LANES);
    const int abreast = LANES / unit, made = filter_make(&filter, width, after) && in && out;
    for (int row = 0; made && row < height; row += abreast) {
        const int top = row + abreast <= height ? row : height - abreast; /* the last group overlaps */
        const uint8_t *rows = from + (size_t)top * width * unit;
        uint8_t *results = to + (size_t)top * after * unit;
        if (all_white(rows, (size_t)abreast * width * unit)) {
            memset(results, WHITE, (size_t)abreast * after * unit);
            continue;
        }
        if (unit == 1)
            interleave(rows, width, 1, in);
        else
            interleave(rows, width, 4, in);
        loops()->across(in, &filter, after, out);
        if (unit == 1)
            separate(out, after, 1, results);
        else
            separate(out, after, 4, results);
    }
    filter_free(&filter);
    free(in);
    free(out);
    return made;
}

static int pass_columns(const uint8_t *from, size_t bytes, int height, int after, uint8_t *to)
{
    Filter filter;
    const int made = filter_make(&filter, height, after);
    for (int at = 0; made && at < after; at++) {
        const uint8_t *rows = from + (size_t)filter.first[at] * bytes;
        if (all_white(rows, bytes * filter.taps))
            memset(to + (size_t)at * bytes, WHITE, bytes);
        else
            loops()->down(rows, bytes, weights_of(&filter, at), filter.taps, to + (size_t)at * bytes);
    }
    filter_free(&filter);
    return made;
}

/* Shrink an image of `unit` bytes a pixel (1 or 4) from width x height to across x down. Both widths and both
 * heights must be at least 8. Returns 1, or 0 when there is no memory or a side is shorter than its filter. */
int mineru_shrink(const uint8_t *from, int width, int height, int unit, uint8_t *to, int new_width,
                  int new_height, int columns_first)
{
    const size_t between = columns_first ? (size_t)new_height * width : (size_t)height * new_width;
    uint8_t *half = malloc(between * unit);
    int made = half != NULL;
    if (made && columns_first)
        made = pass_columns(from, (size_t)width * unit, height, new_height, half) &&
               pass_rows(half, width, new_height, unit, new_width, to);
    else if (made)
        made = pass_rows(from, width, height, unit, new_width, half) &&
               pass_columns(half, (size_t)new_width * unit, height, new_height, to);
    free(half);
    return made;
}

#ifdef __SSE2__
AVX2 static void clear_upper_halves(void)
{
    _mm256_zeroupper();
}
#endif

/* Undo what code for AVX may leave behind, isal's does: as long as the upper halves of the vector registers
 * count as used, all code for SSE in the same thread, pdfium's and Pillow's and ours, takes longer. */
void mineru_settle(void)
{
#ifdef __SSE2__
    if (__builtin_cpu_supports("avx2"))
        clear_upper_halves();
#endif
}

/* Copy one byte of each four-byte pixel as long as the first three are equal. Returns whether all were. */
int mineru_grey(const uint32_t *pixels, size_t count, uint8_t *to)
{
    const size_t step = 4096;
    for (size_t start = 0; start < count; start += step) {
        const size_t end = count - start < step ? count : start + step;
        uint32_t differing = 0;
        for (size_t at = start; at < end; at++) {
            differing |= (pixels[at] ^ (pixels[at] >> 8)) & 0xFFFF;
            to[at] = (uint8_t)pixels[at];
        }
        if (differing)
            return 0;
    }
    return 1;
}

/* A packed image is a row of words of eight bytes: a head, the literals that it counts, the word that repeats
 * if it counts repeats, the next head, ... and behind the last word what is left of the image's bytes. */
#define WORD 8
#define LEAST_REPEATS 4

static uint64_t word_at(const uint8_t *from, size_t word)
{
    uint64_t value;
    memcpy(&value, from + word * WORD, WORD);
    return value;
}

static size_t literals_from(const uint8_t *from, size_t start, size_t end)
{
    size_t at = start, same = 1;
    for (; at < end && same < LEAST_REPEATS; at++)
        same = at > start && word_at(from, at) == word_at(from, at - 1) ? same + 1 : 1;
    return same < LEAST_REPEATS ? end - start : at - LEAST_REPEATS - start;
}

static size_t repeats_from(const uint8_t *from, size_t start, size_t end)
{
    size_t at = start;
    while (at < end && word_at(from, at) == word_at(from, start))
        at++;
    return at - start;
}

static size_t pack(const uint8_t *from, size_t size, uint8_t *to, size_t room)
{
    const size_t words = size / WORD, rest = size % WORD;
    size_t used = 0;
    if (rest > room)
        return 0;
    for (size_t at = 0; at < words;) {
        const uint32_t literals = (uint32_t)literals_from(from, at, words);
        const uint32_t repeats = (uint32_t)repeats_from(from, at + literals, words);
        const uint32_t head[2] = {literals, repeats};
        if (used + ((size_t)literals + 2) * WORD + rest > room)
            return 0;
        memcpy(to + used, head, WORD);
        memcpy(to + used + WORD, from + at * WORD, (size_t)literals * WORD);
        used += ((size_t)literals + 1) * WORD;
        at += literals;
        if (repeats) {
            memcpy(to + used, from + at * WORD, WORD);
            used += WORD;
            at += repeats;
        }
    }
    memcpy(to + used, from + words * WORD, rest);
    return used + rest;
}

/* Pack `size` bytes into at most `room`. Returns memory for mineru_free and in `used` how much of it counts;
 * NULL when there is no room. */
uint8_t *mineru_pack(const uint8_t *from, size_t size, size_t room, size_t *used)
{
    uint8_t *to = malloc(room);
    *used = to ? pack(from, size, to, room) : 0;
    if (*used)
        return to;
    free(to);
    return NULL;
}

void mineru_free(uint8_t *packed)
{
    free(packed);
}

/* The opposite of packing: fill `size` bytes at `to` from what as many became. */
void mineru_unpack(const uint8_t *from, uint8_t *to, size_t size)
{
    const size_t words = size / WORD;
    for (size_t at = 0; at < words;) {
        uint32_t head[2];
        memcpy(head, from, WORD);
        memcpy(to + at * WORD, from + WORD, (size_t)head[0] * WORD);
        from += ((size_t)head[0] + 1) * WORD;
        at += head[0];
        for (uint32_t repeat = 0; repeat < head[1]; repeat++)
            memcpy(to + (at + repeat) * WORD, from, WORD);
        from += head[1] ? WORD : 0;
        at += head[1];
    }
    memcpy(to + words * WORD, from, size % WORD);
}

/* Boxes are four numbers each, left, top, right, bottom in pixels: inside the image, none of them empty. */
typedef struct {
    int32_t left, top, right, bottom;
} Box;

#define BLOCK 64

/* Darkest and brightest byte of each band in `bytes` bytes of a row, brought into `low` and `high`: bytes at
 * `at` belong to band at % 4 with four bytes a pixel. Blocks of 64 keep the bands apart, the last overlaps. */
static inline void extremes(const uint8_t *row, size_t bytes, uint8_t *low, uint8_t *high)
{
    if (bytes < BLOCK) {
        for (size_t at = 0; at < bytes; at++) {
            low[at] = row[at] < low[at] ? row[at] : low[at];
            high[at] = row[at] > high[at] ? row[at] : high[at];
        }
        return;
    }
    for (size_t start = 0; start < bytes; start += BLOCK) {
        const uint8_t *block = row + (start + BLOCK <= bytes ? start : bytes - BLOCK);
        for (int at = 0; at < BLOCK; at++) {
            low[at] = block[at] < low[at] ? block[at] : low[at];
            high[at] = block[at] > high[at] ? block[at] : high[at];
        }
    }
}

static int contrast(const uint8_t *low, const uint8_t *high, int unit)
{
    int most = 0;
    for (int band = 0; band < (unit == 1 ? 1 : 3); band++) {
        int darkest = WHITE, brightest = 0;
        for (int at = band; at < BLOCK; at += unit) {
            darkest = low[at] < darkest ? low[at] : darkest;
            brightest = high[at] > brightest ? high[at] : brightest;
        }
        most = brightest - darkest > most ? brightest - darkest : most;
    }
    return most;
}

/* How far apart the darkest and the brightest pixel of each box are, in the band where they are furthest
 * apart. Stops at `enough`: what is written for the box is then that or more. */
void mineru_contrasts(const uint8_t *from, int width, int unit, const Box *boxes, int count, int enough,
                      uint8_t *contrasts)
{
    for (int number = 0; number < count; number++) {
        const Box box = boxes[number];
        uint8_t low[BLOCK], high[BLOCK];
        int most = 0;
        memset(low, WHITE, BLOCK);
        memset(high, 0, BLOCK);
        for (int32_t y = box.top; y < box.bottom && most < enough; y++) {
            const size_t start = ((size_t)y * width + box.left) * unit;
            extremes(from + start, (size_t)(box.right - box.left) * unit, low, high);
            if (y % 4 == 3 || y + 1 == box.bottom)
                most = contrast(low, high, unit);
        }
        contrasts[number] = (uint8_t)most;
    }
}

/* How many thousandths of each box's pixels are within `distance` of its colour in every band. A colour has
 * three bytes. Of a large box only every second to fourth pixel and row is looked at. */
void mineru_shares(const uint8_t *from, int width, int unit, const Box *boxes, const uint8_t *colours, int count,
                   int distance, uint16_t *shares)
{
    for (int number = 0; number < count; number++) {
        const Box box = boxes[number];
        const uint8_t *colour = colours + (size_t)number * 3;
        const int64_t area = (int64_t)(box.right - box.left) * (box.bottom - box.top);
        int step = 1;
        while (step < 4 && area > 400 * step * step)
            step++;
        uint32_t near = 0, all = 0;
        for (int32_t y = box.top; y < box.bottom; y += step) {
            const uint8_t *row = from + (size_t)y * width * unit;
            for (int32_t x = box.left; x < box.right; x += step, all++) {
                int most = 0;
                for (int band = 0; band < 3; band++) {
                    const int apart = abs(row[(size_t)x * unit + (unit == 1 ? 0 : band)] - colour[band]);
                    most = apart > most ? apart : most;
                }
                near += most <= distance;
            }
        }
        shares[number] = (uint16_t)(1000ULL * near / all);
    }
}

/* The number of the first other box that each box shares more than 3/10 of the smaller one's area with, -1
 * for none. */
void mineru_overlaps(const Box *boxes, int count, int32_t *others)
{
    for (int number = 0; number < count; number++)
        others[number] = -1;
    for (int number = 0; number < count; number++) {
        const Box one = boxes[number];
        const int64_t area = (int64_t)(one.right - one.left) * (one.bottom - one.top);
        for (int later = number + 1; later < count; later++) {
            const Box two = boxes[later];
            if (two.top >= one.bottom || two.bottom <= one.top || two.left >= one.right || two.right <= one.left)
                continue;
            const int64_t across = (one.right < two.right ? one.right : two.right) -
                                   (one.left > two.left ? one.left : two.left);
            const int64_t down = (one.bottom < two.bottom ? one.bottom : two.bottom) -
                                 (one.top > two.top ? one.top : two.top);
            const int64_t other = (int64_t)(two.right - two.left) * (two.bottom - two.top);
            if (10 * across * down <= 3 * (area < other ? area : other))
                continue;
            if (others[number] < 0)
                others[number] = later;
            if (others[later] < 0)
                others[later] = number;
        }
    }
}
