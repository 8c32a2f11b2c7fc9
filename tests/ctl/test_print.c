/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables: widths, alignment, empty cells, harmless cells.
 */
#include "print.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs these before it */
/* clang-format off */
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

static const struct print_column columns[] = {{"NAME", false}, {"N", true}, {"TEXT", false}};

/* What print_table_write writes. */
static void expect(const struct print_table *table, int indent, bool titles, const char *wanted)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    print_table_write(table, stream, indent, titles);
    fclose(stream);
    assert_string_equal(text, wanted);
    free(text);
}

static void test_alignment(void **state)
{
    (void)state;
    struct print_table *table = print_table_new(columns, 3);
    print_cell(table, "a");
    print_cell_format(table, "%d", 1000);
    print_cell(table, "x");
    print_cell(table, "longer");
    print_cell_format(table, "%d", 7);
    print_cell(table, "long text");
    expect(table, 0, true, "NAME       N  TEXT\na       1000  x\nlonger     7  long text\n");
    expect(table, 2, false, "  a       1000  x\n  longer     7  long text\n");
    assert_int_equal(print_table_rows(table), 2);
    print_table_free(&table);
    assert_null(table);
    print_table_free(&table);
}

static void test_empty_cells(void **state)
{
    (void)state;
    struct print_table *table = print_table_new(columns, 3);
    expect(table, 0, true, "NAME  N  TEXT\n");
    print_cell(table, NULL);
    print_cell(table, "");
    print_cell(table, NULL);
    expect(table, 0, false, "-     -  -\n");
    print_table_free(&table);
}

static void test_incomplete_row(void **state)
{
    (void)state;
    struct print_table *table = print_table_new(columns, 3);
    print_cell(table, "a");
    print_cell(table, "b");
    expect(table, 0, false, "");
    assert_int_equal(print_table_rows(table), 0);
    print_table_free(&table);
}

static void test_harmless_cells(void **state)
{
    (void)state;
    struct print_table *table = print_table_new(columns, 3);
    print_cell(table, "\033[2J");
    print_cell(table, "1");
    print_cell(table, "a\nb");
    print_cell(table, "\xc3\xa4\xe6\x97\xa5");
    print_cell(table, "2");
    print_cell(table, "\xff");
    expect(table, 0, false, "\\x1B[2J  1  a\\x0Ab\n\xc3\xa4\xe6\x97\xa5       2  \\xFF\n");
    print_table_free(&table);
}

/* A column is as wide as its signs, not as its bytes. */
static void test_width_of_utf8(void **state)
{
    (void)state;
    struct print_table *table = print_table_new(columns, 3);
    print_cell(table, "abcde");
    print_cell(table, "1");
    print_cell(table, "x");
    print_cell(table, "\xc3\xa4\xc3\xb6\xc3\xbc");
    print_cell(table, "1");
    print_cell(table, "x");
    expect(table, 0, false, "abcde  1  x\n\xc3\xa4\xc3\xb6\xc3\xbc    1  x\n");
    print_table_free(&table);
}

static void test_many_rows(void **state)
{
    (void)state;
    struct print_table *table = print_table_new(columns, 3);
    for (int i = 0; i < 10000; i++) {
        print_cell_format(table, "%05d", i);
        print_cell(table, "1");
        print_cell(table, "text");
    }
    assert_int_equal(print_table_rows(table), 10000);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    print_table_write(table, stream, 0, false);
    fclose(stream);
    assert_int_equal(size, 10000 * strlen("00000  1  text\n"));
    assert_string_equal(text + size - strlen("09999  1  text\n"), "09999  1  text\n");
    free(text);
    print_table_free(&table);
}

/* A row that is not complete stays behind the others. */
static void test_sort(void **state)
{
    (void)state;
    static const char *const cells[] = {"mx2", "1", "a", "mx10", "2", "", "mx2", "3", "c", "mx1"};
    struct print_table *table = print_table_new(columns, 3);
    print_table_sort(table);
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
        print_cell(table, cells[i]);
    print_table_sort(table);
    expect(table, 0, false, "mx10  2  -\nmx2   1  a\nmx2   3  c\n");
    print_cell(table, "4");
    print_cell(table, "d");
    print_table_sort(table);
    expect(table, 0, false, "mx1   4  d\nmx10  2  -\nmx2   1  a\nmx2   3  c\n");
    print_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment),      cmocka_unit_test(test_empty_cells),
        cmocka_unit_test(test_incomplete_row), cmocka_unit_test(test_harmless_cells),
        cmocka_unit_test(test_many_rows),      cmocka_unit_test(test_width_of_utf8),
        cmocka_unit_test(test_sort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
