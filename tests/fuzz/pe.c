/* SPDX-License-Identifier: BSD-2-Clause */
/* PE/COFF: every place that is told lies inside, and so does every piece. */
#include "fuzz.h"

#include "rom/pe.h"

struct seen {
    struct rt_bytes file;
};

static void see_piece(void *user, struct rt_bytes piece)
{
    const struct seen *seen = user;

    FUZZ_CHECK(piece.len > 0 && piece.len <= seen->file.len);
    FUZZ_CHECK(piece.data >= seen->file.data);
    FUZZ_CHECK((size_t)(piece.data - seen->file.data) <= seen->file.len - piece.len);
}

static void see_finding(void *user, const struct rt_finding *finding)
{
    const struct seen *seen = user;

    FUZZ_CHECK(finding->offset <= seen->file.len);
    FUZZ_CHECK(finding->text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_bytes file = {data, size}, signature;
    struct seen seen = {file};
    struct rt_findings findings = {see_finding, &seen};
    struct rt_pe pe;

    if (!rt_pe_read(file, 0, 0, false, &findings, &pe)) {
        FUZZ_CHECK(pe.size == 0 && pe.signatures == 0);
        return 0;
    }
    FUZZ_CHECK(pe.size <= size && pe.header_at < size && pe.checksum_at < size);
    FUZZ_CHECK(pe.certificates_size <= size);
    FUZZ_CHECK(pe.certificates_at <= size - pe.certificates_size);
    for (size_t i = 0; i < pe.signatures && i < 8; i++) {
        FUZZ_CHECK(rt_pe_signature(file, &pe, i, &signature));
        FUZZ_CHECK(signature.len < pe.certificates_size);
    }
    FUZZ_CHECK(!rt_pe_signature(file, &pe, pe.signatures, &signature));
    (void)rt_pe_signed_pieces(file, &pe, see_piece, &seen);
    return 0;
}
