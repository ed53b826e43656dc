/* SPDX-License-Identifier: BSD-2-Clause */
/* `romtool inspect --extract`: each image as it is, each EFI program as firmware would load it. */
#include "romtool/inspect.h"

#include <stdlib.h>
#include <string.h>

struct extraction {
    const struct page *page;
    const char *directory;
    struct romtool_error *err;
    int r;
};

/* What is extracted is never written over something: two ROMs of one name do not mix. */
static int write_part(const struct extraction *extraction, const struct rt_rom_image *image,
                      const char *ending, struct rt_bytes bytes)
{
    const char *path = extraction->page->path;
    const char *slash = strrchr(path, '/');
    struct rt_buffer out = {0};
    int r;

    if (slash != NULL)
        path = slash + 1;
    rt_buffer_printf(&out, "%s/%s.%zu.%s", extraction->directory,
                     strcmp(path, "-") == 0 ? "stdin" : path, image->index, ending);
    r = out.failed ? rt_error_no_memory(extraction->err)
                   : rt_file_write(out.data, 0644, RT_FILE_KEEP, bytes, extraction->err);
    rt_buffer_free(&out);
    return r;
}

static void extract_image(void *user, const struct rt_rom_image *image)
{
    struct extraction *extraction = user;
    struct rt_bytes bytes = page_image_bytes(extraction->page, image);
    char ending[24];
    struct rt_file program;

    if (extraction->r < 0 || bytes.len == 0)
        return;
    (void)snprintf(ending, sizeof(ending), "%s.rom", rt_rom_type_name(image->type));
    extraction->r = write_part(extraction, image, ending, bytes);
    if (extraction->r < 0 || !page_has_program(image))
        return;
    extraction->r = page_program(extraction->page, image, &program, extraction->err);
    if (extraction->r < 0)
        return;
    extraction->r = write_part(extraction, image, "efi", rt_file_bytes(&program));
    rt_file_free(&program);
}

int page_extract(const struct page *page, const char *directory, struct romtool_error *err)
{
    struct extraction extraction = {page, directory, err, 0};

    page_each_image(page, extract_image, &extraction);
    return extraction.r;
}
