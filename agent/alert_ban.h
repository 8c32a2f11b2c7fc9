/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts on bans, and on the brake that holds them back.
 */
#ifndef BANSYNC_ALERT_BAN_H
#define BANSYNC_ALERT_BAN_H

#include "agent.h"

/* Tells the BANNED effects of the turn that are news, and that the brake has engaged. */
void alert_ban_turn(struct agent *agent);

#endif
