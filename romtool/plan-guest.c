#include "romtool/state-commands.h"
enum exit_status command_plan_guest(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return EXIT_USAGE;
}
