/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify/verify.h"

#include <inttypes.h>

static void judge_add(void *user, const struct rt_finding *finding)
{
    struct rt_verify_judge *judge = user;
    enum rt_severity refuses = judge->strict ? RT_WARNING : RT_ERROR;

    if (finding->severity >= refuses && !judge->refused) {
        judge->refused = true;
        judge->first = *finding;
    }
    if (judge->next != NULL && judge->next->add != NULL)
        judge->next->add(judge->next->user, finding);
}

struct rt_findings rt_verify_findings(struct rt_verify_judge *judge)
{
    return (struct rt_findings){judge_add, judge};
}

int rt_verify_rom(struct rt_bytes file, unsigned flags,
                  void (*image)(void *user, const struct rt_rom_image *image), void *user,
                  const struct rt_findings *findings, struct rt_rom *ret, struct romtool_error *err)
{
    struct romtool_error why;
    int r;

    rt_error_clear(&why);
    r = rt_rom_read(file, flags, image, user, findings, ret, &why);
    if (r == 0)
        return 0;
    if (romtool_error_verdict(r) != ROMTOOL_REFUSED)
        return rt_error_hand_on(err, &why);
    rt_finding_add(findings, r, RT_ERROR, why.offset, "%s", why.text);
    return 0;
}

int rt_verify_rom_holds(struct rt_bytes file, struct romtool_error *err)
{
    struct rt_verify_judge judge = {0};
    struct rt_findings findings = rt_verify_findings(&judge);
    struct rt_rom rom;
    int r = rt_verify_rom(file, 0, NULL, NULL, &findings, &rom, err);

    if (r == 0 && judge.refused)
        r = rt_error_set(err, judge.first.code, judge.first.offset, "%s", judge.first.text);
    return r;
}

void rt_verify_slot(uint64_t size, uint64_t slot, const struct rt_findings *findings)
{
    if (size > slot)
        rt_finding_add(findings, ROMTOOL_E_OVERSIZE, RT_ERROR, slot,
                       "%" PRIu64 " bytes, the slot is %" PRIu64 ": %" PRIu64 " bytes too many",
                       size, slot, size - slot);
    else if (rt_size_to_power_of_two(size) != slot)
        rt_finding_add(findings, ROMTOOL_E_UNDERSIZE, RT_ERROR, size,
                       "%" PRIu64 " bytes get a slot of %" PRIu64 ", mandated is %" PRIu64
                       ": pad it",
                       size, rt_size_to_power_of_two(size), slot);
}
