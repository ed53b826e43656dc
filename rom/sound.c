/* SPDX-License-Identifier: BSD-2-Clause */
#include "rom/sound.h"

static bool forbids(const struct rt_rom_soundness *s, int code)
{
    switch (code) {
    case ROMTOOL_E_TRUNCATED:
    case ROMTOOL_E_BAD_PCIR:
    case ROMTOOL_E_BAD_LENGTH:
    case ROMTOOL_E_LENGTH_WRAP:
    case ROMTOOL_E_NO_LAST_IMAGE:
    case ROMTOOL_E_BAD_NPDE:
        return true;
    case ROMTOOL_E_TRAILING_DATA:
    case ROMTOOL_E_HIDDEN_IMAGE:
    case ROMTOOL_E_PREAMBLE:
    case ROMTOOL_E_NO_PCIR:
        return s->whole;
    default:
        return code == ROMTOOL_E_BLANK;
    }
}

static void judge(void *user, const struct rt_finding *finding)
{
    struct rt_rom_soundness *s = user;
    bool severe = finding->code != ROMTOOL_E_BAD_PCIR || finding->severity == RT_ERROR;

    if (finding->severity == RT_ERROR)
        s->errors[-finding->code % RT_ROM_SOUND_CODES]++;
    if (s->first.code == 0 && severe && forbids(s, finding->code))
        s->first = *finding;
}

int rt_rom_sound(struct rt_bytes file, bool whole, struct rt_rom_soundness *ret,
                 struct rt_rom *ret_rom, struct romtool_error *err)
{
    struct rt_findings findings = {judge, ret};
    int r;

    *ret = (struct rt_rom_soundness){.whole = whole};
    r = rt_rom_read(file, 0, NULL, NULL, &findings, ret_rom, err);
    if (r == 0 && ret->first.code != 0)
        r = rt_error_set(err, ret->first.code, ret->first.offset, "%s", ret->first.text);
    return r;
}

int rt_rom_sound_still(struct rt_bytes file, const struct rt_rom_soundness *before,
                       struct romtool_error *err)
{
    struct rt_rom_soundness after;
    struct rt_rom rom;
    int r = rt_rom_sound(file, before->whole, &after, &rom, err);

    for (size_t i = 0; i < RT_ROM_SOUND_CODES && r == 0; i++) {
        if (after.errors[i] > before->errors[i])
            r = rt_error_set(err, ROMTOOL_E_INTERNAL, ROMTOOL_NO_OFFSET,
                             "the result reads worse than what it was made from (%s)",
                             romtool_error_name(-100 - (int)i));
    }
    return r;
}
