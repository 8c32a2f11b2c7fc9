#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# includes.sh SOURCE_DIR: who includes whom.
#
#   - each header compiles alone, seen from its own ring
#   - a file includes only headers of its ring and of the rings below it (docs/DESIGN.md section 3)
#   - no two modules include each other, directly or round a corner; a module is x.c with x.h and its parts x_part.[ch]
#   - each library of others is included by one file
set -u
export LC_ALL=C
cd "$1" || exit 1
failed=0

fail()
{
    echo "$*" >&2
    failed=1
}

# The folders whose headers a file of folder $1 may include by "name.h", its own first.
sees()
{
    case $1 in
    agent/core) echo agent/core ;;
    agent/wire) echo agent/wire ;;
    agent/node) echo agent/node agent/wire agent/core ;;
    agent/adapter) echo agent/adapter ;;
    agent/courier) echo agent/courier agent/adapter ;;
    agent/helper) echo agent/helper agent/courier agent/adapter ;;
    agent | agent/command) echo "$1" agent agent/command agent/node agent/wire agent/core agent/adapter ;;
    ctl) echo ctl agent/core ;;
    ctl/helper) echo ctl/helper ;;
    include/bansync) ;;
    *) echo unknown ;;
    esac
}

# The one folder in which one file may include <$1>; the file itself where the rule names it.
owner()
{
    case $1 in
    zmq.h | ini.h) echo 'agent/adapter/*.c' ;;
    curl/curl.h) echo 'agent/courier/*.c' ;;
    sqlite3.h) echo 'agent/adapter/database.c ctl/helper/fail2ban_bans.c' ;;
    msgpack.h) echo 'agent/wire/*.c' ;;
    libsmartcols.h) echo 'ctl/*.c' ;;
    jansson.h) echo 'agent/adapter/json_read.c ctl/json.c' ;;
    sodium.h) echo 'agent/core/hash.c agent/adapter/keyfile.c' ;;
    esac
}

# agent/adapter/tail_find.c -> agent/adapter/tail
module()
{
    part=${1##*/}
    part=${part%.*}
    echo "${1%/*}/${part%%_*}"
}

files=$(find agent ctl include -name '*.[ch]' | sort)

# --- Edges -------------------------------------------------------------------------------------------

edges=
while IFS=: read -r file line text; do
    folder=${file%/*}
    [[ $text =~ [\"\<]([^\"\>]+)[\"\>] ]] || continue
    name=${BASH_REMATCH[1]}
    case $text in
    *\<bansync/*) target=include/$name ;;
    *\<*) continue ;;
    *)
        target=
        for seen in $(sees "$folder"); do
            [ -e "$seen/$name" ] && target=$seen/$name && break
        done
        # What banctl links of the adapters (CMakeLists.txt): keys, the local zone, compressed logs; and what its helper does: UTF-8.
        if [ -z "$target" ]; then
            case $folder/$name in
            ctl/keyfile.h | ctl/clock.h | ctl/tail_gz.h | ctl/helper/utf8.h) target=agent/adapter/$name ;;
            esac
        fi
        ;;
    esac
    if [ -z "$target" ] || [ ! -e "$target" ]; then
        fail "$file:$line: \"$name\" is not in a ring that $folder may see"
    elif [ "$(module "$file")" != "$(module "$target")" ]; then
        edges+="$(module "$file") $(module "$target")"$'\n'
    fi
done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' $files /dev/null)

cycles=$(sort -u <<< "$edges" | tsort 2>&1 >/dev/null | sed -E 's/.*contains a loop:/these:/; s/^tsort: /  /')
[ -z "$cycles" ] || fail "modules that include each other:"$'\n'"$cycles"

# --- Libraries of others -----------------------------------------------------------------------------

for header in zmq.h msgpack.h ini.h sqlite3.h libsmartcols.h jansson.h sodium.h curl/curl.h; do
    users=$(grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$header" $files /dev/null)
    allowed=$(owner $header)
    for file in $users; do
        match=0
        for pattern in $(set -f; echo $allowed); do
            [[ $file == $pattern && $file != ${pattern%/*}/*/* ]] && match=1
        done
        [ $match -eq 1 ] || fail "$file: <$header> belongs into $allowed"
    done
    [[ $allowed == *\** && $(wc -w <<< "$users") -gt 1 ]] && fail "<$header> is in more than one file:" $users
done
others=$(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<(zmq|zmq_utils|czmq|msgpack|ini|sqlite3|sqlite3ext|jansson|sodium|curl|libsmartcols|systemd)[/_]' \
    $files /dev/null | grep -v '<curl/curl\.h>')
[ -z "$others" ] || fail "part of a library, around its one header:"$'\n'"$others"

# --- Headers alone -----------------------------------------------------------------------------------

for header in $(grep '\.h$' <<< "$files"); do
    folders=(-Iinclude)
    for seen in $(sees "$(dirname "$header")"); do
        folders+=(-I"$seen")
    done
    "${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only "${folders[@]}" -x c - \
        <<< "#include \"$PWD/$header\"" || fail "$header does not compile alone"
done

[ $failed -eq 0 ] && echo "$(wc -w <<< "$files") files, $(grep -c . <<< "$edges") edges"
exit $failed
