/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures, not verdicts: microseconds that romtool_load() takes for a file of 256 KiB that is in
 * the page cache. The peer reads it and computes its SHA-256 by libcrypto, no more. Rounds of both
 * run in turn; printed are the medians, and between which figures eight of ten rounds lie.
 *
 * load [ROM]: a ROM file of up to 256 KiB, which is padded. Debian's for virtio-net else.
 */
#include <romtool.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

enum { SIZE = 262144, LARGE = 262656, ROUNDS = 2000, WARM = 50 };

static int rom_fd, large_fd;
static struct romtool_mandate stated, unstated;

static void must(bool held)
{
    if (held)
        return;
    (void)fprintf(stderr, "the bench itself failed\n");
    exit(1);
}

/* Its bytes with zeros behind them, size in all, in a file that has no name. */
static int make_file(const char *path, size_t size)
{
    uint8_t *bytes = calloc(1, size);
    FILE *out = tmpfile(), *in = fopen(path, "rb");

    must(bytes != NULL && out != NULL && in != NULL);
    must(fread(bytes, 1, size, in) > 0 && feof(in));
    must(fwrite(bytes, 1, size, out) == size && fflush(out) == 0);
    (void)fclose(in);
    free(bytes);
    return fileno(out);
}

/* ------------------------------------------------------------------------- the two sides */

static void load(int fd, const struct romtool_mandate *mandate, unsigned flags, int expected)
{
    struct romtool_error err;
    struct romtool_rom *rom;
    int r = romtool_load(fd, "rom", mandate, 0, flags, &rom, &err);

    must(r == expected);
    romtool_rom_free(rom);
}

static void load_stated(void)
{
    load(rom_fd, &stated, 0, 0);
}

static void load_stated_any_content(void)
{
    load(rom_fd, &stated, ROMTOOL_LOAD_ANY_CONTENT, 0);
}

static void load_unstated(void)
{
    load(rom_fd, &unstated, 0, 0);
}

static void load_size_only(void)
{
    load(rom_fd, &unstated, ROMTOOL_LOAD_ANY_CONTENT, 0);
}

static void refuse_oversize(void)
{
    load(large_fd, &stated, 0, ROMTOOL_E_OVERSIZE);
}

static uint8_t *read_bare(void)
{
    uint8_t *bytes = malloc(SIZE);

    must(bytes != NULL && pread(rom_fd, bytes, SIZE, 0) == SIZE);
    return bytes;
}

static void read_only(void)
{
    free(read_bare());
}

static void read_and_digest(void)
{
    uint8_t *bytes = read_bare(), digest[32];

    must(EVP_Digest(bytes, SIZE, digest, NULL, EVP_sha256(), NULL) == 1);
    must(memcmp(digest, stated.sha256, sizeof(digest)) == 0);
    free(bytes);
}

/* ------------------------------------------------------------------------- figures */

static double once(void (*fn)(void))
{
    struct timespec a, b;

    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    fn();
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    return (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void pair(const char *name, void (*ours)(void), const char *peer_name, void (*peer)(void))
{
    static double a[ROUNDS], b[ROUNDS], ratios[ROUNDS];

    for (size_t i = 0; i < ROUNDS + WARM; i++) {
        double x = once(ours), y = once(peer);

        if (i < WARM)
            continue;
        a[i - WARM] = x;
        b[i - WARM] = y;
        ratios[i - WARM] = x / y;
    }
    qsort(a, ROUNDS, sizeof(*a), compare);
    qsort(b, ROUNDS, sizeof(*b), compare);
    qsort(ratios, ROUNDS, sizeof(*ratios), compare);
    (void)printf("%-36s %7.1f us (%.1f-%.1f); %s %7.1f us (%.1f-%.1f); ratio %.2f (%.2f-%.2f)\n",
                 name, a[ROUNDS / 2], a[ROUNDS / 10], a[ROUNDS * 9 / 10], peer_name, b[ROUNDS / 2],
                 b[ROUNDS / 10], b[ROUNDS * 9 / 10], ratios[ROUNDS / 2], ratios[ROUNDS / 10],
                 ratios[ROUNDS * 9 / 10]);
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "/usr/lib/ipxe/qemu/efi-virtio.rom";
    uint8_t *bytes;

    rom_fd = make_file(path, SIZE);
    large_fd = make_file(path, LARGE);
    must(romtool_mandate_find("debian/bookworm", "pc-q35-7.2", "virtio-net-pci", &unstated, NULL) ==
         0);
    stated = unstated;
    stated.has_sha256 = 1;
    bytes = read_bare();
    must(EVP_Digest(bytes, SIZE, stated.sha256, NULL, EVP_sha256(), NULL) == 1);
    free(bytes);
    pair("digest and content", load_stated, "read + SHA-256", read_and_digest);
    pair("digest alone", load_stated_any_content, "read + SHA-256", read_and_digest);
    pair("content alone", load_unstated, "read", read_only);
    pair("size alone", load_size_only, "read", read_only);
    pair("refused by size", refuse_oversize, "read", read_only);
    return 0;
}
