/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of a turn.
 */
#include "agent.h"

#include "clock.h"

void agent_now(struct agent *agent)
{
    agent->now.wall_ms = clock_wall_ms();
    agent->now.mono_ms = clock_monotonic_ms();
}
