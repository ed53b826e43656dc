/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/recorded.h"

#include <inttypes.h>
#include <syslog.h>

void say_rom_loaded(const char *path, const struct romtool_mandate *mandate,
                    const struct romtool_rom *rom)
{
    char shown[512];

    (void)fprintf(stderr, "romtool: '%s' for %s on %s (%s): %" PRIu64 " bytes, slot %" PRIu64 "\n",
                  printable(path, shown, sizeof(shown)), mandate->device, mandate->machine,
                  mandate->profile, romtool_rom_file_size(rom), romtool_rom_slot(rom));
}

void record_stated_slot(const struct romtool_mandate *mandate, const char *id, uint64_t slot,
                        const char *reason)
{
    struct rt_buffer line = {0};
    char shown[512];

    rt_buffer_printf(&line, "%s%s%s on %s (%s): slot %" PRIu64 " as stated, ", mandate->device,
                     id != NULL ? "@" : "", id != NULL ? id : "", mandate->machine,
                     mandate->profile, slot);
    if (mandate->slot != 0)
        rt_buffer_printf(&line, "the mandate is %" PRIu64, mandate->slot);
    else
        rt_buffer_puts(&line, "there is no mandate");
    rt_buffer_printf(&line, ": %s", reason != NULL ? reason : "no reason given");
    (void)printable(line.failed ? "a stated slot" : line.data, shown, sizeof(shown));
    (void)fprintf(stderr, "romtool: %s\n", shown);
    openlog("romtool", LOG_PID, LOG_DAEMON);
    syslog(LOG_NOTICE, "%s", shown);
    rt_buffer_free(&line);
}
