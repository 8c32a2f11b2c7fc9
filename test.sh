#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds bansync with the address and undefined behavior sanitizers and runs its tests, those with Debian's real
# rspamd and redis included. On a bare Debian 12 it installs what it needs (.ci/packages.sh says how).

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1

usage()
{
    cat <<END
usage: ./test.sh [--nightly [--hours H]] [--label LABEL]... [--match REGEX] [--build-dir DIR]
       ./test.sh --coverage [--build-dir DIR]
  --nightly        the long forms of the tests (they find BANSYNC_NIGHTLY=1 in their environment)
  --hours H        virtual hours of each of the 40 long seeds of the simulator in --nightly; default: 1
  --label LABEL    only the tests of this kind: unit, lines, fuzz, tidy, sim, cluster, package or bench;
                   repeatable
  --match REGEX    only the tests whose name FOLDER/FILE matches
  --coverage       instead: which branches of agent/core, agent/wire and agent/node their unit tests and the simulator
                   take, without sanitizers; fails under 95 %, and if one that is missing has no reason in
                   tests/coverage/reasons.txt
  --build-dir DIR  default: build-test beside this script, with --coverage build-coverage
END
}

wrong()
{
    printf 'test.sh: %s\n  all options:  ./test.sh --help\n' "$*" >&2
    exit 2
}

build=
coverage=
nightly=
hours=
labels=
select=()
while [ $# -gt 0 ]; do
    case $1 in
    --nightly) nightly=1 ;;
    --label | --match | --build-dir | --hours)
        [ $# -ge 2 ] && [[ $2 != -* ]] && [ -n "$2" ] || wrong "$1: a value is expected behind it"
        case $1 in
        --label)
            [[ $2 =~ ^(unit|lines|fuzz|tidy|sim|cluster|package|bench)$ ]] ||
                wrong "--label $2: unit, lines, fuzz, tidy, sim, cluster, package or bench is expected"
            labels=${labels:+$labels|}$2
            ;;
        --match) select+=(-R "$2") ;;
        --build-dir) build=$2 ;;
        --hours)
            [[ $2 =~ ^[0-9]{1,6}(\.[0-9]{1,3})?$ && $2 =~ [1-9] ]] || wrong "--hours $2: a number over 0 is expected"
            hours=$2
            ;;
        esac
        shift
        ;;
    --coverage) coverage=1 ;;
    -h | --help) usage; exit 0 ;;
    *) wrong "$1: no such option" ;;
    esac
    shift
done
[ -z "$labels" ] || select+=(-L "^($labels)\$")
[ -z "$hours" ] || [ -n "$nightly" ] || wrong "--hours means nothing without --nightly"
if [ -n "$coverage" ] && [ ${#select[@]} -gt 0 ]; then
    wrong "--coverage: a part of the tests would tell nothing, leave --label and --match out"
fi
[ -z "$coverage" ] || [ -z "$nightly" ] || wrong "--nightly means nothing with --coverage"
[ -z "$nightly" ] || export BANSYNC_NIGHTLY=1
[ -z "$hours" ] || export BANSYNC_NIGHTLY_HOURS="$hours"

. "$here/.ci/packages.sh"
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
export CTEST_OUTPUT_ON_FAILURE=1

if [ -n "$coverage" ]; then
    packages_need $packages_build libcmocka-dev gcovr python3 || exit 1
    exec "$here/tests/coverage/coverage.sh" "${build:-$here/build-coverage}" "$here"
fi
build=${build:-$here/build-test}
packages_test="libcmocka-dev clang libclang-rt-14-dev clang-format universal-ctags binutils python3 iproute2
    fail2ban mandoc postfix redis-tools rspamd sqlite3 debootstrap lintian dpkg-dev file systemd tzdata valgrind zsh
    prometheus socat"
packages_need $packages_build $packages_test || exit 1

cmake --log-level=WARNING -S "$here" -B "$build" -DBANSYNC_SANITIZE=ON || exit 1
cmake --build "$build" || exit 1

# redis-server is another name of a program in redis-tools; the package of that name would add a service.
mkdir -p "$build/tools"
redis=$(command -v redis-server || command -v redis-check-rdb) && ln -sf "$redis" "$build/tools/redis-server"
export PATH="$build/tools:$PATH:/usr/sbin:/sbin"

report=$build/ctest.txt
start=$SECONDS
ctest --test-dir "$build" --parallel "$(($(nproc) + 1))" --no-tests=error "${select[@]}" < /dev/null 2>&1 | tee "$report"
result=${PIPESTATUS[0]}

# "98% tests passed, 1 tests failed out of 57"
read -r failed total < <(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+)$/\1 \2/p' "$report")
failed=${failed:-1} total=${total:-1}
[ "$result" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
skipped=$(grep -cE '\*\*\*Skipped' "$report") # ctest counts them among the passed
printf '%d s in all, %d s of them tests\n' "$SECONDS" $((SECONDS - start))
printf '%d passed, %d failed, %d skipped\n' $((total - failed - skipped)) "$failed" "$skipped"
[ "$failed" -eq 0 ]
