/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deeds without memory, see sweep.h.
 */
#include "sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "scarce.h"

static size_t run_out(struct solo *solo, sweep_deed_fn *deed, sweep_check_fn *check, size_t spared,
                      size_t times)
{
    size_t refused;

    scarce_begin(spared, times);
    deed(solo);
    refused = scarce_end();
    check(solo, refused > 0);
    solo_close(solo);
    return refused;
}

void sweep(sweep_open_fn *open, sweep_deed_fn *deed, sweep_check_fn *check)
{
    size_t refused = 1, sweeps = 0;

    for (size_t spared = 0; refused > 0; spared++, sweeps++) {
        refused = run_out(open(), deed, check, spared, 1);
        run_out(open(), deed, check, spared, SIZE_MAX);
    }
    assert_true(sweeps > 1);
}

struct solo *sweep_open_greeted(void)
{
    struct solo *solo = solo_open(2);

    solo_greet(solo, 0);
    solo_greet(solo, 1);
    return solo;
}
