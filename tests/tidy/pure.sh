#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# pure.sh SOURCE_DIR: core, wire and node make no system call and keep no mutable global.
#
# Each ring is compiled plainly, linked into one object, and what that object still wants from outside is compared with
# a list. A clock, a descriptor, a random number or stdio shows up as a symbol; the test names it (docs/DESIGN.md
# section 3). What is written to but lives outside of the state shows up in the data or bss section.
set -u
export LC_ALL=C
cd "$1" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

memory='mem(cpy|move|set|cmp|chr|rchr|mem)|malloc|calloc|realloc|reallocarray|free|explicit_bzero'
text='str(len|nlen|cmp|ncmp|chr|chrnul|rchr|spn|cspn|str|dup|ndup)|v?snprintf'
order='qsort|bsearch'
checks='__assert_fail|__stack_chk_fail|__(mem(cpy|move|set)|v?snprintf|explicit_bzero)_chk'
base="$memory|$text|$order|$checks|_GLOBAL_OFFSET_TABLE_"
address='inet_pton|inet_ntop'
hashes='sodium_init|crypto_(generichash|shorthash|hash)[a-z0-9_]*'

# ring NAME ALLOWED_REGEX [RING WHOSE SYMBOLS IT MAY USE...]
ring()
{
    name=$1 allowed=$2
    shift 2
    local folders=(-Iinclude -Iagent/"$name") file
    for used; do
        folders+=(-Iagent/"$used")
    done
    mkdir "$work/$name"
    for file in agent/"$name"/*.c; do
        [ -e "$file" ] || continue
        "${CC:-cc}" -std=c11 -D_GNU_SOURCE -DBANSYNC_VERSION='"0"' -O2 -fno-pie -fstack-protector-strong \
            -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 "${folders[@]}" -c "$file" \
            -o "$work/$name/$(basename "$file" .c).o" || { failed=1; return; }
    done
    ls "$work/$name"/*.o >/dev/null 2>&1 || { echo "$name: nothing there" >&2; failed=1; return; }
    ld -r -o "$work/$name.o" "$work/$name"/*.o || { failed=1; return; }
    nm -g --defined-only "$work/$name.o" | awk '{print $3}' | sort > "$work/$name.defined"
    nm -u "$work/$name.o" | awk '{print $2}' | sort > "$work/wanted"
    for used; do cat "$work/$used.defined"; done | sort > "$work/offered"
    while read -r symbol; do
        echo "$name is not pure: $symbol, wanted by $(users "$symbol" "$work/$name")" >&2
        failed=1
    done < <(comm -23 "$work/wanted" "$work/offered" | grep -vxE "$allowed")
    while read -r symbol; do
        echo "$name has a mutable global: $symbol" >&2
        failed=1
    done < <(nm "$work/$name.o" | awk '$2 ~ /^[bBcCdDsS]$/ {print $3}')
}

# The source files whose objects want symbol $1.
users()
{
    for object in "$2"/*.o; do
        nm -u "$object" | awk -v s="$1" '$2 == s {found = 1} END {exit !found}' && printf '%s ' "$(basename "$object" .o).c"
    done
}

ring core "$base|$address|$hashes"
ring wire "$base|msgpack_[a-z0-9_]+"
ring node "$base" core wire
[ $failed -eq 0 ] && echo "core, wire and node are pure"
exit $failed
