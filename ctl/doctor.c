/* SPDX-License-Identifier: Apache-2.0 */
/*
 * banctl doctor, see doctor.h: asks the agent, looks at part after part, prints.
 */
#include "doctor.h"

#include <string.h>

#include "doctor_case.h"
#include "when.h"

int doctor_run(const struct args *args)
{
    struct doctor_case doctor = {.args = args, .now_ms = when_wall_ms()};
    int unanswered = doctor_ask(&doctor);
    doctor_service(&doctor);
    if (unanswered == EXIT_DONE) {
        doctor_agent(&doctor);
        doctor_cluster(&doctor);
        doctor_alerts(&doctor);
    }
    doctor_loaded(&doctor);
    doctor_rspamd(&doctor);
    doctor_reasons(&doctor);
    doctor_print(&doctor.report, args->json);
    int code = doctor.report.states[DOCTOR_FAIL] > 0 ? EXIT_DEGRADED : EXIT_DONE;
    doctor_report_free(&doctor.report);
    inquiry_free(&doctor.status);
    inquiry_free(&doctor.peers);
    inquiry_free(&doctor.digest);
    inquiry_free(&doctor.config);
    return unanswered != EXIT_DONE ? unanswered : code;
}
