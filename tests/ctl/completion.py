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
    return re.findall(r"^  (--\w+)", text.split("options of every command:")[1], re.M)


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
        check(bash(path, folder, *words, ""), files, "operands of %s" % name)
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
    for keys, wanted in (("banctl stat\t", "status"), ("banctl ban --perm\t", "ban --permanent"),
                         ("banctl completion b\t", "completion bash"), ("banctl --color nev\tstat\t", "--color never status"),
                         ("banctl replay a\t", "replay a file")):
        check(typed(argv, begin, keys, folder).strip(), wanted, "%s: %r" % (argv[0], keys))


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
        test_typed(folder, ["bash", "--norc", "--noprofile", "-i"], "source ./banctl.bash")
        has_zsh = shutil.which("zsh") is not None
        if has_zsh:
            script("zsh", folder)
            for begin in ("fpath=($PWD $fpath); autoload -Uz compinit; compinit -D -u",
                          "autoload -Uz compinit; compinit -D -u; source ./_banctl"):
                test_typed(folder, ["zsh", "-f", "-i"], begin)
    print("%d checks failed%s" % (failures, "" if has_zsh else "; zsh is not installed"))
    return 1 if failures else 0 if has_zsh else 77


if __name__ == "__main__":
    sys.exit(main() if has_terminals() else 77)
