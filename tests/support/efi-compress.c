/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi-compress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 8192,
    MATCH_MIN = 3,
    MATCH_MAX = 256,
    TRIES = 32,    /* places looked at for a match */
    BLOCK = 65535, /* symbols of one: as many as its 16 bits can say */
    HASHES = 4096,
    LITERALS = 256,

    CHARACTERS = 510,
    POSITIONS = 14,
    EXTRAS = 19,
    BITS_MAX = 16,
};

struct writer {
    uint8_t *data;
    size_t size, capacity;
    unsigned bits, n_bits; /* not yet in data */
};

struct symbol {
    uint16_t character; /* a byte, or 256 + length - 3 */
    uint16_t distance;  /* of a match, less 1 */
};

struct code {
    unsigned n;
    unsigned count[CHARACTERS];
    uint8_t length[CHARACTERS];
    uint16_t bits[CHARACTERS];
    int single; /* the one symbol that there is, or -1 */
};

static void *get(void *p, size_t n)
{
    p = realloc(p, n);
    if (p == NULL) {
        fputs("efi-compress: out of memory\n", stderr);
        exit(2);
    }
    return p;
}

static void put(struct writer *w, unsigned n, unsigned value)
{
    while (n-- > 0) {
        w->bits = w->bits << 1 | (value >> n & 1);
        if (++w->n_bits < 8)
            continue;
        if (w->size == w->capacity) {
            w->capacity = w->capacity > 0 ? 2 * w->capacity : 4096;
            w->data = get(w->data, w->capacity);
        }
        w->data[w->size++] = (uint8_t)w->bits;
        w->bits = w->n_bits = 0;
    }
}

/* ------------------------------------------------------------------------- codes */

/* Depth by depth: joins the two rarest until one is left. False where a code would be too long. */
static int measure(struct code *code, const unsigned *count)
{
    unsigned weight[2 * CHARACTERS];
    int parent[2 * CHARACTERS], alive[CHARACTERS], n_alive = 0, next = (int)code->n;

    for (unsigned i = 0; i < code->n; i++) {
        weight[i] = count[i];
        if (count[i] > 0)
            alive[n_alive++] = (int)i;
    }
    while (n_alive > 1) {
        for (int k = 0; k < 2; k++) { /* the two rarest to the end */
            int rarest = 0;

            for (int i = 1; i < n_alive - k; i++) {
                if (weight[alive[i]] < weight[alive[rarest]])
                    rarest = i;
            }
            int last = n_alive - 1 - k, swap = alive[rarest];

            alive[rarest] = alive[last];
            alive[last] = swap;
        }
        weight[next] = weight[alive[n_alive - 1]] + weight[alive[n_alive - 2]];
        parent[alive[n_alive - 1]] = parent[alive[n_alive - 2]] = next;
        alive[n_alive - 2] = next++;
        n_alive--;
    }
    for (unsigned i = 0; i < code->n; i++) {
        unsigned depth = 0;

        for (int at = (int)i; count[i] > 0 && at != next - 1; at = parent[at])
            depth++;
        if (depth > BITS_MAX)
            return 0;
        code->length[i] = (uint8_t)depth;
    }
    return 1;
}

static void make(struct code *code)
{
    unsigned count[CHARACTERS], used = 0, next = 0;

    code->single = 0;
    memcpy(count, code->count, sizeof(count));
    for (unsigned i = 0; i < code->n; i++) {
        if (count[i] > 0) {
            used++;
            code->single = (int)i;
        }
    }
    memset(code->length, 0, sizeof(code->length));
    if (used <= 1)
        return;
    code->single = -1;
    while (!measure(code, count)) { /* flatter, until it fits */
        for (unsigned i = 0; i < code->n; i++)
            count[i] = (count[i] + 1) / 2;
    }
    for (unsigned bits = 1; bits <= BITS_MAX; bits++, next <<= 1) {
        for (unsigned i = 0; i < code->n; i++) {
            if (code->length[i] == bits)
                code->bits[i] = (uint16_t)next++;
        }
    }
}

static void put_symbol(struct writer *w, const struct code *code, unsigned symbol)
{
    if (code->single < 0)
        put(w, code->length[symbol], code->bits[symbol]);
}

static unsigned used_lengths(const struct code *code)
{
    unsigned n = code->n;

    while (n > 0 && code->length[n - 1] == 0)
        n--;
    return n;
}

/* The extra set and the position set; gap_at is where the first of them leaves zeroes out. */
static void put_set(struct writer *w, const struct code *code, unsigned count_bits, unsigned gap_at)
{
    unsigned n = used_lengths(code);

    if (code->single >= 0) {
        put(w, count_bits, 0);
        put(w, count_bits, (unsigned)code->single);
        return;
    }
    put(w, count_bits, n);
    for (unsigned i = 0; i < n;) {
        unsigned length = code->length[i++];

        if (length <= 6)
            put(w, 3, length);
        else
            put(w, length - 3, (1U << (length - 3)) - 2);
        if (i == gap_at) {
            while (i < gap_at + 3 && i < n && code->length[i] == 0)
                i++;
            put(w, 2, i - gap_at);
        }
    }
}

/* Calls out with each symbol of the extra code that states the characters' lengths. */
static void each_extra(const struct code *characters,
                       void (*out)(void *user, unsigned symbol, unsigned n, unsigned bits),
                       void *user)
{
    unsigned n = used_lengths(characters);

    for (unsigned i = 0; i < n;) {
        unsigned zeroes = 0;

        while (i < n && characters->length[i] == 0) {
            zeroes++;
            i++;
        }
        if (zeroes == 0) {
            out(user, characters->length[i++] + 2U, 0, 0);
        } else if (zeroes >= 20) {
            out(user, 2, 9, zeroes - 20);
        } else if (zeroes >= 3) {
            if (zeroes == 19)
                out(user, 0, 0, 0);
            out(user, 1, 4, zeroes == 19 ? 15 : zeroes - 3);
        } else {
            for (; zeroes > 0; zeroes--)
                out(user, 0, 0, 0);
        }
    }
}

struct extras {
    struct writer *w;
    struct code *code;
};

static void count_extra(void *user, unsigned symbol, unsigned n, unsigned bits)
{
    const struct extras *extras = user;

    (void)n;
    (void)bits;
    extras->code->count[symbol]++;
}

static void put_extra(void *user, unsigned symbol, unsigned n, unsigned bits)
{
    const struct extras *extras = user;

    put_symbol(extras->w, extras->code, symbol);
    put(extras->w, n, bits);
}

static void put_characters(struct writer *w, const struct code *characters)
{
    struct code extra = {.n = EXTRAS};
    struct extras extras = {w, &extra};

    if (characters->single >= 0) {
        put_set(w, &extra, 5, 3); /* all zeroes: the single symbol 0, which is not used */
        put(w, 9, 0);
        put(w, 9, (unsigned)characters->single);
        return;
    }
    each_extra(characters, count_extra, &extras);
    make(&extra);
    put_set(w, &extra, 5, 3);
    put(w, 9, used_lengths(characters));
    each_extra(characters, put_extra, &extras);
}

/* ------------------------------------------------------------------------- blocks and matches */

static unsigned position_symbol(unsigned distance)
{
    unsigned bits = 0;

    for (; distance > 0; distance >>= 1)
        bits++;
    return bits;
}

static void put_block(struct writer *w, const struct symbol *symbols, unsigned n)
{
    struct code characters = {.n = CHARACTERS}, positions = {.n = POSITIONS};

    for (unsigned i = 0; i < n; i++) {
        characters.count[symbols[i].character]++;
        if (symbols[i].character >= LITERALS)
            positions.count[position_symbol(symbols[i].distance)]++;
    }
    make(&characters);
    make(&positions);
    put(w, 16, n);
    put_characters(w, &characters);
    put_set(w, &positions, 4, 0);
    for (unsigned i = 0; i < n; i++) {
        unsigned distance = symbols[i].distance, bits = position_symbol(distance);

        put_symbol(w, &characters, symbols[i].character);
        if (symbols[i].character < LITERALS)
            continue;
        put_symbol(w, &positions, bits);
        if (bits > 1)
            put(w, bits - 1, distance & ((1U << (bits - 1)) - 1));
    }
}

static size_t match_length(const uint8_t *in, size_t n, size_t at, size_t from)
{
    size_t length = 0;

    while (length < MATCH_MAX && at + length < n && in[at + length] == in[from + length])
        length++;
    return length;
}

static unsigned hash(const uint8_t *in)
{
    return (in[0] * 2654435761U ^ in[1] * 40503U ^ in[2] * 97U) % HASHES;
}

/* The longest match for what is at a place, among the last that began alike; 0 for none. */
static size_t find_match(const uint8_t *in, size_t n, size_t at, const size_t *head,
                         const size_t *previous, size_t *ret_distance)
{
    size_t best = 0, from = n - at >= MATCH_MIN ? head[hash(in + at)] : 0;

    for (int i = 0; i < TRIES && from > 0 && at - (from - 1) <= WINDOW; i++) {
        size_t length = match_length(in, n, at, from - 1);

        if (length > best) {
            best = length;
            *ret_distance = at - (from - 1);
        }
        from = previous[from - 1];
    }
    return best < MATCH_MIN ? 0 : best;
}

static void put_all(struct writer *w, const uint8_t *in, size_t n)
{
    size_t *head = get(NULL, HASHES * sizeof(*head)),
           *previous = get(NULL, (n + 1) * sizeof(*head));
    struct symbol *symbols = get(NULL, BLOCK * sizeof(*symbols));
    unsigned n_symbols = 0;

    memset(head, 0, HASHES * sizeof(*head));
    for (size_t at = 0; at < n;) {
        size_t distance = 1, length = find_match(in, n, at, head, previous, &distance);
        struct symbol symbol = {in[at], 0};

        if (length > 0)
            symbol = (struct symbol){(uint16_t)(LITERALS + length - MATCH_MIN),
                                     (uint16_t)(distance - 1)};
        symbols[n_symbols++] = symbol;
        for (size_t end = at + (length > 0 ? length : 1); at < end; at++) {
            if (n - at < MATCH_MIN)
                continue;
            previous[at] = head[hash(in + at)];
            head[hash(in + at)] = at + 1;
        }
        if (n_symbols == BLOCK || at == n) {
            put_block(w, symbols, n_symbols);
            n_symbols = 0;
        }
    }
    free(head);
    free(previous);
    free(symbols);
}

size_t efi_compress(const uint8_t *in, size_t n, uint8_t **ret)
{
    struct writer w = {0};
    size_t stream;

    put(&w, 32, 0);
    put(&w, 32, (unsigned)0);
    put_all(&w, in, n);
    put(&w, 7, 0); /* what is left of a byte */
    stream = w.size - 8;
    for (unsigned i = 0; i < 4; i++) {
        w.data[i] = (uint8_t)(stream >> (8 * i));
        w.data[4 + i] = (uint8_t)(n >> (8 * i));
    }
    *ret = w.data;
    return w.size;
}
