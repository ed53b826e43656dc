/* SPDX-License-Identifier: BSD-2-Clause */
/* qcow2: no read gives more than was asked for, each gives the same again, however it is cut. */
#include "fuzz.h"

#include "state/qcow2.h"

#include <string.h>

enum { PIECE = 4096, PIECES = 16, SNAPSHOTS = 8 };

static void check_error(int r, const struct romtool_error *err)
{
    FUZZ_CHECK(err->code == r);
    FUZZ_CHECK(r == 0 || (err->text[0] != '\0' && r != ROMTOOL_E_INTERNAL));
}

/* One piece, twice, and once more byte by byte where that is cheap. */
static int read_piece(const struct rt_qcow2 *image, const struct rt_source *source, uint64_t size,
                      uint64_t at, size_t i, size_t *ret_n)
{
    static uint8_t data[PIECE], again[PIECE];
    static struct rt_qcow2_vm_state fresh;
    struct romtool_error err = {0}, err_again = {0};
    struct rt_source other;
    size_t n_again;
    int r = source->read(source->user, at, data, PIECE, ret_n, &err);

    check_error(r, &err);
    FUZZ_CHECK(r == 0 || r == ROMTOOL_E_BAD_QCOW2 || r == ROMTOOL_E_TRUNCATED ||
               r == ROMTOOL_E_UNSUPPORTED);
    FUZZ_CHECK(*ret_n <= PIECE && (at < size || (r == 0 && *ret_n == 0)));
    FUZZ_CHECK(at >= size || *ret_n <= size - at);
    FUZZ_CHECK(r != 0 || at >= size || *ret_n > 0);
    /* who has read nothing before reads the same */
    FUZZ_CHECK(rt_qcow2_vm_state(image, i, &fresh, &other, NULL) == 0);
    FUZZ_CHECK(other.read(other.user, at, again, PIECE, &n_again, &err_again) == r);
    FUZZ_CHECK(n_again == *ret_n && err_again.offset == err.offset);
    FUZZ_CHECK(memcmp(data, again, n_again) == 0);
    if (r == 0 && *ret_n > 1) { /* from the middle: no other bytes */
        FUZZ_CHECK(source->read(source->user, at + *ret_n / 2, again, PIECE, &n_again, NULL) == 0);
        FUZZ_CHECK(n_again >= *ret_n - *ret_n / 2);
        FUZZ_CHECK(memcmp(data + *ret_n / 2, again, *ret_n - *ret_n / 2) == 0);
    }
    return r;
}

static void read_state(const struct rt_qcow2 *image, size_t i)
{
    static struct rt_qcow2_vm_state vm;
    uint64_t size = image->snapshots[i].vm_state_size;
    const uint64_t starts[] = {0, size / 2, size - 1, size, UINT64_MAX};
    struct romtool_error err = {0};
    struct rt_source source;
    int r = rt_qcow2_vm_state(image, i, &vm, &source, &err);

    check_error(r, &err);
    FUZZ_CHECK((r == ROMTOOL_E_NO_VM_STATE) == (size == 0));
    for (size_t s = 0; r == 0 && s < sizeof(starts) / sizeof(starts[0]); s++) {
        uint64_t at = starts[s];
        size_t n = 1;

        for (size_t k = 0; k < (s == 0 ? PIECES : 2) && n > 0; k++, at += n) {
            if (read_piece(image, &source, size, at, i, &n) < 0)
                break;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_bytes file = {data, size};
    struct rt_source source = rt_source_of_bytes(&file);
    struct romtool_error err = {0};
    struct rt_qcow2 image;
    int r = rt_qcow2_open(&source, &image, &err);

    check_error(r, &err);
    FUZZ_CHECK(image.n_snapshots <= RT_QCOW2_SNAPSHOTS_MAX);
    if (r == 0) {
        FUZZ_CHECK(rt_qcow2_is(file) && image.cluster_bits >= 9 && image.cluster_bits <= 21);
        for (size_t i = 0; i < image.n_snapshots; i++) {
            FUZZ_CHECK(memchr(image.snapshots[i].id, 0, RT_QCOW2_NAME_SIZE) != NULL);
            FUZZ_CHECK(memchr(image.snapshots[i].name, 0, RT_QCOW2_NAME_SIZE) != NULL);
            FUZZ_CHECK(image.snapshots[i].at < size);
            if (i < SNAPSHOTS)
                read_state(&image, i);
        }
    }
    rt_qcow2_close(&image);
    FUZZ_CHECK(image.snapshots == NULL);
    return 0;
}
