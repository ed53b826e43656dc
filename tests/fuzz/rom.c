/* SPDX-License-Identifier: BSD-2-Clause */
/* The image chain, without the programs in it. */
#include "fuzz.h"

#include "rom/rom.h"

#include <string.h>

struct seen {
    const uint8_t *data;
    size_t size, images, end;
};

/* Text that ends inside of the image, or none. */
static void check_string(struct rt_bytes image, size_t at)
{
    if (at == 0)
        return;
    FUZZ_CHECK(at < image.len);
    FUZZ_CHECK(memchr(image.data + at, '\0', image.len - at) != NULL);
}

static void check_x86(struct rt_bytes bytes, const struct rt_rom_image *image)
{
    const struct rt_rom_x86 *x86 = &image->x86;
    struct rt_rom_pnp pnp;
    size_t at = x86->pnp.at, n = 0;

    FUZZ_CHECK((x86->pnp_headers == 0) == (at == 0));
    FUZZ_CHECK(x86->pnp_headers <= bytes.len / 4);
    FUZZ_CHECK(!x86->pnp_loops || x86->pnp_headers > 0);
    while (n < x86->pnp_headers && rt_rom_pnp_read(bytes, at, &pnp)) {
        FUZZ_CHECK(rt_bytes_has(bytes, pnp.at, 8));
        check_string(bytes, pnp.manufacturer_at);
        check_string(bytes, pnp.product_at);
        at = pnp.next_at;
        n++;
    }
    FUZZ_CHECK(n == x86->pnp_headers);
    FUZZ_CHECK(n == 0 || rt_rom_pnp_read(bytes, at, &pnp) == x86->pnp_loops);
    FUZZ_CHECK(x86->undi.at == 0 || rt_bytes_has(bytes, x86->undi.at, 0x16));
    FUZZ_CHECK(x86->ipxe.at == 0 || rt_bytes_has(bytes, x86->ipxe.at, 0x0c));
    FUZZ_CHECK(x86->bofm_at == 0 || x86->bofm_at < bytes.len);
    FUZZ_CHECK(x86->undi.bus_type[4] == '\0');
}

static void check_pcir(struct rt_bytes bytes, const struct rt_rom_image *image)
{
    uint16_t id;

    for (size_t i = 0; i < image->device_list_n; i++)
        FUZZ_CHECK(rt_rom_device_id(bytes, image, i, &id) && id != 0);
    FUZZ_CHECK(!rt_rom_device_id(bytes, image, image->device_list_n, &id));
    if (image->device_list_at != 0)
        FUZZ_CHECK(rt_bytes_has(bytes, image->device_list_at, 2 * image->device_list_n + 2));
    FUZZ_CHECK((image->npde_at == 0) == (image->npde_length == 0));
    FUZZ_CHECK(image->npde_length == 0 || image->length <= image->npde_length);
    FUZZ_CHECK(image->has_pcir || (image->pcir_at | image->pcir_size | image->vpd) == 0);
}

static void see_image(void *user, const struct rt_rom_image *image)
{
    struct seen *seen = user;
    struct rt_bytes bytes;

    FUZZ_CHECK(image->index == seen->images);
    FUZZ_CHECK(image->length <= seen->size - image->offset);
    FUZZ_CHECK(image->offset >= seen->end);
    FUZZ_CHECK(rt_bytes_slice((struct rt_bytes){seen->data, seen->size}, image->offset,
                              image->length, &bytes));
    check_pcir(bytes, image);
    check_x86(bytes, image);
    FUZZ_CHECK(image->efi.length == 0 || rt_bytes_has(bytes, image->efi.at, image->efi.length));
    seen->end = image->offset + image->length;
    seen->images++;
}

static void see_finding(void *user, const struct rt_finding *finding)
{
    const struct seen *seen = user;

    FUZZ_CHECK(finding->offset <= seen->size);
    FUZZ_CHECK(finding->text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = {.data = data, .size = size};
    struct rt_findings findings = {see_finding, &seen};
    struct romtool_error err;
    struct rt_rom rom;
    int r = rt_rom_read((struct rt_bytes){data, size}, 0, see_image, &seen, &findings, &rom, &err);

    FUZZ_CHECK(r == err.code);
    if (r == 0) {
        FUZZ_CHECK(rom.images == seen.images);
        FUZZ_CHECK(rom.content_length == (seen.images > 0 ? seen.end : rom.preamble));
        FUZZ_CHECK(rom.preamble <= size && rom.preamble % 512 == 0);
    }
    return 0;
}
