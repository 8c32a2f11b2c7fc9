#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""growth.py SCAN: how the instructions of the scanner grow with what it reads.

SCAN is tests/lines/scan.c as built for release. Each case is a log in two sizes, one ten times the other: lines of 4 and 40
kB that a hostile sender would like to be slow, or logs of N and 10 N lines with many messages open at once. callgrind counts the
instructions of both, all in one run; twelve times as many for ten times as much is the most.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

TIMES_MAX = 12
LINE_BYTES = 4000
HEADER = '2026-11-23 10:00:00 #{pid}(rspamd_proxy) <{tag}>; {function}: '
JSON = ('{{"ts": 1795424400.1, "pid": {pid}, "severity": "info", "worker_type": "rspamd_proxy", "id": "{tag}", '
        '"module": "{module}", "function": "{name}", "message": "')
SYSLOG = 'Nov 23 10:00:00 mx1 rspamd[{pid}]: <{tag}>; {function}: '
VERDICT = 'forced: soft reject "Ratelimit "user" exceeded"; score=nan (set by ratelimit)'
EVIDENCE = 'ratelimit "{bucket}(1:x)" exceeded, (2 / 0.01): 1.9 (1:1 dyn); redis key: RLx'

# What a sender may repeat.
SHAPES = {
    'commas': ',', 'quotes': '"', 'blanks': ' ', 'backslashes': '\\', 'brackets': '<', 'ends of brackets': '>,',
    'froms': ', from: <', 'half froms': ', from: ', 'defaults': ', (default:', 'users': ' user: ',
    'forced': '>, forced: ', 'verdicts': '>, ' + VERDICT, 'ends of verdicts': '" exceeded"; score=nan (set by ratelimit)',
    'settings': '(set by ratelimit), settings_id: ', 'escapes': '\\x0A', 'headers': HEADER.format(
        pid=1, tag='a', function='proxy; rspamd_task_write_log'), 'addresses': ' ip: 192.0.2.66,', 'letters': 'a',
    'bytes': '\xff',
}
# Fields of a message in which it may be repeated: what is before and behind.
FIELDS = {
    'id': ('id: <', '>, ip: 203.0.113.5, from: <a>, (default: F []), rcpts: <b>'),
    'qid': ('id: <m>, qid: <', '>, ip: 203.0.113.5, from: <a>, (default: F []), rcpts: <b>'),
    'address': ('id: <m>, ip: ', ', from: <a>, (default: F []), rcpts: <b>'),
    'user': ('id: <m>, ip: 203.0.113.5, user: ', ', from: <a>, (default: F []), rcpts: <b>'),
    'from': ('id: <m>, ip: 203.0.113.5, from: <', '>, (default: F []), rcpts: <b>'),
    'recipients': ('id: <m>, ip: 203.0.113.5, user: a, from: <a>, (default: F []), rcpts: <b>, mime_rcpts: <', '>'),
    'whole message': ('', ''),
}


def repeat(text, length):
    return (text * (length // len(text) + 1))[:length]


def header(form, pid, tag, module, name):
    return form.format(pid=pid, tag=tag, module=module, name=name, function=f'{module}; {name}')


def line(form, pid, tag, module, name, message):
    if form is JSON:
        message = message.replace('\\', '\\\\').replace('"', '\\"') + '"}'
    return header(form, pid, tag, module, name) + message + '\n'


def message_line(text, form=HEADER, pid=77, tag='aa0001'):
    return line(form, pid, tag, 'proxy', 'rspamd_task_write_log', text)


def evidence_line(form=HEADER, pid=77, tag='aa0001', bucket='user'):
    return line(form, pid, tag, 'lua', 'ratelimit.lua:617', EVIDENCE.format(bucket=bucket))


def long_lines(shape, field, form, length):
    """A message over a limit by evidence, one by its end, and one over none."""
    before, behind = FIELDS[field]
    text = before + repeat(SHAPES[shape], length) + behind
    return (evidence_line(form) + message_line(text, form) + message_line(text + ', ' + VERDICT, form) +
            message_line(text, form))


def plain(tag, pid=77):
    return message_line(f'id: <{tag}@x>, ip: 203.0.113.5, from: <a>, (default: F []), rcpts: <b>', pid=pid, tag=tag)


def headers_only(length):
    """What is repeated where a header should be."""
    return ''.join(repeat(piece, length) + '\n' for piece in
                   ('2026-11-23 10:00:00 ', 'Nov 23 10:00:00 mx1 ', '(a) ', '{"ts": 1, ', '<a>; ', '\x1b[0m', 'rspamd[1]: ', '[',
                    '2026-11-23 10:00:00 #77(' + 'a' * length, '2026-11-23 10:00:00 #77(a) <' + 'a' * length,
                    'Nov 23 10:00:00 ' + 'm' * length, '2026-11-23 10:00:00 #77(a) <a>; ' + 'lua; ' * length,
                    HEADER.format(pid=1, tag='a', function='lua; ratelimit.lua:' + '1' * length)))


def logs(count):
    """Logs of so many steps, with many messages open at once or long."""
    tags = [f'{i:06x}' for i in range(count)]
    few = tags[:100]
    return {
        'evidence, then its messages': ''.join([evidence_line(tag=tag) for tag in tags] + [plain(tag) for tag in tags]),
        'the last message first': ''.join([evidence_line(tag=tag) for tag in tags] + [plain(tag) for tag in reversed(tags)]),
        'evidence without messages': ''.join(evidence_line(tag=tag) for tag in tags),
        'evidence of one message': ''.join(evidence_line(bucket=f'b{i}') for i in range(count)) + plain('aa0001'),
        'one tag in many processes': ''.join([evidence_line(pid=i + 1) for i in range(count)] +
                                             [plain('aa0001', pid=i + 1) for i in range(count)]),
        'many messages, 100 open': ''.join([evidence_line(tag=tag) for tag in few] + [plain('x' + tag) for tag in tags]),
        'each closed at once': ''.join(evidence_line(tag=tag) + plain(tag) for tag in tags),
        'a tag that is too long': ''.join(evidence_line(tag='a' * 40) + plain('a' * 40) for _ in range(count)),
    }


def cases():
    """{name: (small log, ten times as much)}"""
    result = {}
    for shape in SHAPES:
        for field in FIELDS:
            result[f'{shape} in {field}'] = tuple(long_lines(shape, field, HEADER, n) for n in (LINE_BYTES, 10 * LINE_BYTES))
        # Twice as long when escaped, and a line has 64 KiB at most.
        result[f'{shape} in user, log_json'] = tuple(long_lines(shape, 'user', JSON, n) for n in (LINE_BYTES // 2, 5 * LINE_BYTES))
        result[f'{shape} in user, syslog'] = tuple(long_lines(shape, 'user', SYSLOG, n) for n in (LINE_BYTES, 10 * LINE_BYTES))
    result['headers'] = (headers_only(LINE_BYTES), headers_only(10 * LINE_BYTES))
    for count in (300, 1000):  # with and without room for all of the larger log
        small, large = logs(count), logs(10 * count)
        result.update({f'{name}, {count}': (small[name], large[name]) for name in small})
    return result


def count_instructions(scan, work, paths):
    """Of each file, in order: callgrind writes a profile each time the function that reads it ends."""
    out = work / 'callgrind'
    subprocess.run(['valgrind', '--tool=callgrind', '--zero-before=scan', '--dump-after=scan', f'--callgrind-out-file={out}',
                    '--quiet', scan, *paths], check=True)
    counts = []
    for i in range(1, len(paths) + 1):
        text = pathlib.Path(f'{out}.{i}').read_text()
        counts.append(int(re.search(r'^(?:summary|totals): (\d+)', text, re.M).group(1)))
    return counts


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        named = cases()
        paths = []
        for number, pair in enumerate(named.values()):
            for size, text in zip(('small', 'large'), pair):
                path = work / f'{number}-{size}'
                path.write_bytes(text.encode('latin-1'))
                paths.append(path)
        counts = count_instructions(sys.argv[1], work, paths)
    failed = False
    rows = sorted(((large / small, name, small, large) for name, small, large in zip(named, counts[::2], counts[1::2])), reverse=True)
    for number, (times, name, small, large) in enumerate(rows):
        if times > TIMES_MAX or number < 10:
            print(f'{times:6.2f} times the instructions ({small} -> {large}): {name}')
        failed = failed or times > TIMES_MAX
    print(f'{len(rows)} cases; the largest are above; {TIMES_MAX} is the most')
    return failed


if __name__ == '__main__':
    sys.exit(main())
