# SPDX-License-Identifier: Apache-2.0
"""Real shells complete banctl's words by the scripts that banctl prints.

usage: completion.py BIN_DIR SOURCE_DIR

What is wanted comes from command.def. bash is asked by COMP_WORDS, and both shells by a key on a pseudo terminal. Ends
with 77 if zsh is not there, after all of bash.
"""

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile

BANCTL = os.path.join(os.path.realpath(sys.argv[1]), "banctl")
SOURCE = sys.argv[2]
COMMAND = re.compile(r'^COMMAND\(\w+, "([^"]*)", \w+, "([^"]*)", "([^"]*)", ".*"\)$')

failures = 0


def check(found, wanted, what):
    global failures
    if found != wanted:
        failures += 1
        print("FAILED %s: %r, wanted %r" % (what, found, wanted))


def commands():
    """(name, operands, names of options) of each."""
    with open(os.path.join(SOURCE, "include", "bansync", "command.def"), encoding="utf-8") as file:
        lines = [line for line in file if line.startswith("COMMAND(")]
    found = [COMMAND.match(line).groups() for line in lines]
    return [(name, operands, [option.split("=")[0] for option in options.split()]) for name, operands, options in found]


def globals_of():
    """The options of every command, from its own help."""
    text = subprocess.run([BANCTL, "--help"], stdout=subprocess.PIPE, check=True).stdout.decode()
    return re.findall(r"^  (--[\w-]+)", text.split("options of every command:")[1], re.M)


def script(shell, folder):
    path = os.path.join(folder, "_banctl" if shell == "zsh" else "banctl.bash")
    with open(path, "wb") as file:
        subprocess.run([BANCTL, "completion", shell], stdout=file, check=True)
    return path


def bash(path, folder, *words):
    """What bash offers for the last of the words."""
    text = ('set -u; source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _banctl && ((${#COMPREPLY[@]} == 0)) ||\n'
            'printf "%s\\n" "${COMPREPLY[@]}"')
    run = subprocess.run(["bash", "--norc", "--noprofile", "-c", text, "bash", path, "banctl"] + list(words), cwd=folder,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return sorted(run.stdout.decode().splitlines())


def typed(argv, begin, keys, folder):
    """The words of the banctl that an interactive shell runs after these keys."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(argv[0], argv, {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": folder, "PS1": "$ ", "ZDOTDIR": folder})
    out = b""
    try:
        os.write(terminal, ("banctl() { printf 'GOT<%s>' \"$*\"; printf '%s\\n' E'ND'; }\n" + begin + "\nprintf 'READY%s\\n' NOW\n").encode())
        while b"READYNOW" not in out:
            out += os.read(terminal, 65536)
        os.write(terminal, keys.encode() + b"\n")
        out = b""
        while b"END" not in out:
            out += os.read(terminal, 65536)
    except OSError:
        return "nothing: %r" % out
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)
    found = re.findall(rb"GOT<(.*?)>END", out)
    return found[-1].decode() if found else "nothing: %r" % out


def test_bash(folder):
    path = script("bash", folder)
    everywhere = globals_of()
    check(len(everywhere) >= 6, True, "global options: %s" % everywhere)
    names = sorted({name.split()[0] for name, _, _ in commands()} | {"help"})
    check(bash(path, folder, ""), names, "commands")
    check(bash(path, folder, "help", ""), names, "commands after help")
    check(bash(path, folder, "--"), sorted(everywhere), "global options")
    for name, operands, options in commands():
        words = name.split()
        check(bash(path, folder, *words, "--"), sorted(options + everywhere), "options of %s" % name)
        check(bash(path, folder, "--socket", "x", *words[:1], "--color", "=", "never", *words[1:], "--"),
              sorted(options + everywhere), "options of %s behind others" % name)
        files = ["a file", "banctl.bash"] if operands.lstrip("[").startswith("FILE") else []
        wanted = ["exec", "mail", "webhook"] if operands == "[CHANNEL]" else files
        check(bash(path, folder, *words, ""), wanted, "operands of %s" % name)
        if len(words) == 2:
            second = sorted(other.split()[1] for other, _, _ in commands() if other.startswith(words[0] + " "))
            check(bash(path, folder, words[0], ""), second, "commands of %s" % words[0])
    check(bash(path, folder, "ban", "203.0.113.7", "--pe"), ["--permanent"], "begun option")
    for words in (["--color", ""], ["--color", "="], ["list", "--color", "=", ""]):
        check(bash(path, folder, *words), ["always", "auto", "never"], "values: %s" % words)
    check(bash(path, folder, "list", "--color", "=", "n"), ["never"], "begun value")
    check(bash(path, folder, "--socket", "a"), ["a file"], "file of an option")
    check(bash(path, folder, "--socket", "=", "a"), ["a file"], "file of an option, with =")
    check(bash(path, folder, "config", "check", "a"), ["a file"], "file of config check")
    check(bash(path, folder, "config", ""), ["check", "init", "show"], "commands of a group")
    check(bash(path, folder, "ban", "--for", ""), [], "a duration")
    check(bash(path, folder, "--out", "ban", "--pe"), [], "a value is no command")


def test_typed(folder, argv, begin):
    for keys, wanted in (("banctl statu\t", "status"), ("banctl ban --perm\t", "ban --permanent"),
                         ("banctl completion b\t", "completion bash"), ("banctl --color nev\tstatu\t", "--color never status"),
                         ("banctl replay a\t", "replay a file")):
        check(typed(argv, begin, keys, folder).strip(), wanted, "%s: %r" % (argv[0], keys))


STUB = """#!/bin/sh
case "$*" in
'completion values banned') printf '%s\\n' 192.0.2.7 192.0.2.70 198.51.100.0/24 2001:db8:7::/64 ;;
'completion values held') echo 203.0.113.9 ;;
'completion values nodes') printf '%s\\n' mx1 mx2 old-mx3 ;;
*) exit 2 ;;
esac
"""
CALL = "banctl() { if [ \"$1\" = completion ]; then ./stub \"$@\"; else printf 'GOT<%s>' \"$*\"; printf '%s\\n' E'ND'; fi; }"


def live(path, folder, line):
    """What bash offers at the end of a line; words break at colons and =, as readline does it."""
    words = re.findall(r"[:=]|[^\s:=]+", line) + ([""] if line[-1] in " =" else [])
    text = ('set -u; source "$1"; shift; %s; COMP_LINE=$1; COMP_POINT=${#1}; COMP_WORDBREAKS=" =:"; shift\n'
            'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _banctl && ((${#COMPREPLY[@]} == 0)) || printf "%%s\\n" "${COMPREPLY[@]}"' %
            CALL)
    run = subprocess.run(["bash", "--norc", "--noprofile", "-c", text, "bash", path, line] + words, cwd=folder,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return run.stdout.decode().splitlines()


def test_live(folder):
    """Words that only the agent knows; where it is away there are none, and no word why."""
    path = os.path.join(folder, "banctl.bash")
    nodes = ["mx1", "mx2", "old-mx3"]
    for line, wanted in (("banctl unban ", ["192.0.2.7", "192.0.2.70", "198.51.100.0/24", "2001:db8:7::/64"]),
                         ("banctl unban 192.0.2.7 --wait 198", ["198.51.100.0/24"]), ("banctl show 192.0.2.7", ["192.0.2.7", "192.0.2.70"]),
                         ("banctl unban 2001:d", ["db8:7::/64"]), ("banctl unban 2001:db8:", ["7::/64"]),
                         ("banctl release ", ["203.0.113.9"]), ("banctl drop 203", ["203.0.113.9"]), ("banctl ban ", []),
                         ("banctl node forget ", nodes), ("banctl unban --by-node ", nodes), ("banctl unban --by-node=", nodes),
                         ("banctl unban --by-node=old", ["old-mx3"]), ("banctl list --node ", nodes),
                         ("banctl list --node=mx", nodes[:2]), ("banctl list --source ", ["auto", "manual"]),
                         ("banctl list --sort=", ["net", "count", "since", "expires"]), ("banctl unban x", [])):
        check(live(path, folder, line), wanted, "live: %s" % line)
    for kind in ("banned", "held", "nodes"):
        run = subprocess.run([BANCTL, "--socket", os.path.join(folder, "none"), "completion", "values", kind],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        check((run.returncode, run.stdout), (0, b""), "live without an agent: %s" % kind)


def test_typed_live(folder, argv, begin):
    for keys, wanted in (("banctl unban 198\t", "unban 198.51.100.0/24"), ("banctl unban 2001:\t", "unban 2001:db8:7::/64"),
                         ("banctl unban --by-node o\t", "unban --by-node old-mx3"), ("banctl drop \t", "drop 203.0.113.9")):
        check(typed(argv, begin + "\n" + CALL, keys, folder).strip(), wanted, "%s: %r" % (argv[0], keys))


def has_terminals():
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError as why:
        print("skipped: %s" % why)
        return False
    return True


def main():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "a file"), "w", encoding="utf-8"):
            pass
        test_bash(folder)
        with open(os.path.join(folder, "stub"), "w", encoding="utf-8") as file:
            file.write(STUB)
        os.chmod(file.name, 0o755)
        test_live(folder)
        test_typed(folder, ["bash", "--norc", "--noprofile", "-i"], "source ./banctl.bash")
        test_typed_live(folder, ["bash", "--norc", "--noprofile", "-i"], "source ./banctl.bash")
        has_zsh = shutil.which("zsh") is not None
        if has_zsh:
            script("zsh", folder)
            for begin in ("fpath=($PWD $fpath); autoload -Uz compinit; compinit -D -u",
                          "autoload -Uz compinit; compinit -D -u; source ./_banctl"):
                test_typed(folder, ["zsh", "-f", "-i"], begin)
                test_typed_live(folder, ["zsh", "-f", "-i"], begin)
    print("%d checks failed%s" % (failures, "" if has_zsh else "; zsh is not installed"))
    return 1 if failures else 0 if has_zsh else 77


if __name__ == "__main__":
    sys.exit(main() if has_terminals() else 77)
