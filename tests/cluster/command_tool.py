# SPDX-License-Identifier: Apache-2.0
"""What banctl does without an agent, how it finds one, and what it says when there is none."""
import csv
import grp
import json
import os
import re
import stat
import subprocess
import sys

import lab
from command_cluster import paused
from daemon_lab import Daemon, banctl, run

SENDER = "203.0.113.171"
KEY = re.compile(r"[A-Za-z0-9+/]{43}=")


def refused(output, code, *texts):
    lab.check(output.code == code and output.out == "" and output.err.startswith("banctl: "), "%s", output)
    for text in texts:
        lab.check(text in output.err, "no \"%s\" in %s", text, output.err)


def test_socket(place, template):
    """--socket, then BANCTL_SOCKET, tell where the agent is; exit 3 if nobody answers there, or not in time."""
    agent = Daemon(place, "socket", template)
    yield from agent.begin()
    nowhere = place.path("socket", "nowhere.sock")
    lab.check(banctl(place, "status", env={"BANCTL_SOCKET": agent.socket}).code == 0, "BANCTL_SOCKET is not used")
    lab.check(banctl(place, "status", socket=agent.socket, env={"BANCTL_SOCKET": nowhere}).code == 0, "--socket does not win")
    refused(banctl(place, "status", socket=nowhere, env={"BANCTL_SOCKET": agent.socket}), 3,
            "cannot reach the agent at " + nowhere, "is it running?")
    refused(banctl(place, "list", env={"BANCTL_SOCKET": nowhere}), 3, "no such file")
    output = banctl(place, "list", "--json", env={"BANCTL_SOCKET": nowhere})
    error = json.loads(output.out)["error"]
    lab.check(output.code == 3 and output.err == "" and (error["code"], error["exit"]) == ("unreachable", 3), "%s", output)
    with paused(agent):
        refused(agent.tell("status", "--timeout", "1"), 3, "the agent did not answer within 1 s")
    lab.check(agent.tell("status", "--timeout", "5").code == 0, "it does not answer any more")
    agent.kill()
    refused(agent.tell("list"), 3, "nobody answers")
    yield from agent.begin()
    agent.stop()


def test_words(place, _template):
    """Words that banctl does not know: exit 2, with a suggestion; help and version: exit 0."""
    yield from ()
    refused(banctl(place, "lst"), 2, "unknown command \"lst\"; did you mean \"list\"?")
    refused(banctl(place), 2, "which command?")
    refused(banctl(place, "list", "--verbose"), 2, "--verbose")
    refused(banctl(place, "unban"), 2, "\"unban\" needs IP|NET...")
    refused(banctl(place, "status", "--timeout", "0"), 2, "--timeout")
    for words, text in ((["--help"], "ban"), (["help", "ban"], "--for"), (["ban", "--help"], "--wait"),
                        (["--version"], "banctl ")):
        output = banctl(place, *words)
        lab.check(output.code == 0 and text in output.out and output.err == "", "%s: %s", words, output)


def wanted_hits(name):
    with open(os.path.join(sys.argv[2], "tests", "lines", name), encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        found = [row for row in rows if row["kind"] == "limited" and row["ip"] != "-"]
    names = {"bucket": "bucket", "account": "user", "qid": "qid"}
    return [{"line": int(row["line"]), "address": row["ip"]} |
            {name: None if row[column] == "-" else row[column] for name, column in names.items()} for row in found]


def test_replay(place, _template):
    """replay tells each hit of a recorded log, one document a line and nothing else, from a file and from a pipe."""
    yield from ()
    log = os.path.join(sys.argv[2], "tests", "lines", "users.log")
    wanted = wanted_hits("users.tsv")
    nowhere = {"BANCTL_SOCKET": place.path("nowhere.sock")}
    output = banctl(place, "replay", "--json", "--hits", log, env=nowhere)
    lab.check(output.code == 0 and output.err == "", "replay: exit %d: %s", output.code, output.err)
    documents = [json.loads(line) for line in output.out.splitlines()]
    lab.check(all(document["schema"] == "banctl.replay/1" for document in documents), "schemas: %s", documents[:3])
    found = [{"line": hit["line"], "address": hit["address"], "bucket": hit["buckets"][0], "account": hit["account"],
              "qid": hit["qid"]} for hit in documents if hit["item"] == "hit"]
    lab.check(len(wanted) == 10 and found == wanted, "%d hits, wanted %d: %s", len(found), len(wanted),
              [pair for pair in zip(found, wanted) if pair[0] != pair[1]][:3])
    with open(log, "rb") as file:
        piped = banctl(place, "replay", "-", "--json", "--hits", env=nowhere, stdin=file)
    lab.check(piped == output, "from a pipe: %s", piped)
    output = banctl(place, "replay", "--hits", log)
    lab.check(output.code == 0 and len(output.out.splitlines()) == len(wanted) + 1 and "%d hits\n" % len(wanted) in output.err,
              "as text: %s", output)
    for text in ("", "no line of rspamd\n\n"):
        output = banctl(place, "replay", "--json", place.write(text, "replay", "other.log"))
        lab.check(output.code == 0 and json.loads(output.out)["hits"] == 0 and output.err == "", "nothing in it: %s", output)
    refused(banctl(place, "replay", place.path("replay", "none.log")), 2, "cannot read", "No such file or directory")
    refused(banctl(place, "replay", place.path("replay")), 2, "cannot read", "Is a directory")
    lab.check(banctl(place, "replay").code == 2 and banctl(place, "replay", log, log).code == 2, "operands")


def mode(path):
    status = os.stat(path)
    return stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid


def test_keygen(place, _template):
    """keygen makes a file that only its owner reads and prints the public half; it overwrites nothing."""
    yield from ()
    place.folder("keygen", user=None)
    path = place.path("keygen", "node.key")
    output = banctl(place, "keygen", "--out", path)
    public = output.out.strip()
    lab.check(output.code == 0 and KEY.fullmatch(public) and output.out == public + "\n", "keygen: %s", output)
    with open(path, encoding="utf-8") as file:
        secret = file.read()
    lab.check(KEY.fullmatch(secret.strip()) and secret.strip() not in output.out + output.err, "the secret is told")
    if not any(group.gr_name == "bansync" for group in grp.getgrall()):
        lab.check(mode(path) == (0o600, os.geteuid(), os.stat(place.path("keygen")).st_gid), "mode: %s", mode(path))
    refused(banctl(place, "keygen", "--out", path), 5, "exists; a key is never overwritten")
    os.symlink(place.path("keygen", "target"), path + ".link")
    refused(banctl(place, "keygen", "--out", path + ".link"), 5, "exists")
    with open(path, encoding="utf-8") as file:
        lab.check(file.read() == secret, "the key was overwritten")
    other = place.path("keygen", "other.key")
    output = banctl(place, "keygen", "--json", "--out=" + other)
    document = json.loads(output.out)
    lab.check(list(document) == ["schema", "public_key", "file"] and document["schema"] == "banctl.keygen/1" and
              document["file"] == other and KEY.fullmatch(document["public_key"]) and document["public_key"] != public, "%s",
              output)
    refused(banctl(place, "keygen"), 2, "keygen needs --out FILE")
    refused(banctl(place, "keygen", "--out", place.path("keygen", "none", "node.key")), 2, "No such file or directory")
    old = os.umask(0)
    try:
        banctl(place, "keygen", "--out", path + ".umask")
        lab.check(mode(path + ".umask")[0] & 0o137 == 0, "with umask 0: %o", mode(path + ".umask")[0])
    finally:
        os.umask(old)


def test_keygen_group(place, _template):
    """Made by root where there is a group bansync the key is root:bansync 0640, made by another user 0600."""
    yield from ()
    private = ["unshare", "--mount", "--propagation", "private"]
    if not place.root or subprocess.run(private + ["true"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        print("left out: only root may put another /etc/group in place")
        return
    with open("/etc/group", encoding="utf-8") as file:
        groups = [line for line in file if not line.startswith("bansync:")]
    place.write("".join(groups) + "bansync:x:54322:\n", "keygroup", "group")
    place.write("".join(groups), "keygroup", "none")
    place.folder("keygroup", "open", mode=0o777)
    stranger = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"]
    for name, group, user, wanted in (("root", "group", [], (0o640, 0, 54322)), ("none", "none", [], (0o600, 0, 0)),
                                      ("user", "group", stranger, (0o600, 54321, 54321))):
        path = place.path("keygroup", "open", name + ".key")
        script = "mount --bind %s /etc/group && exec \"$@\"" % place.path("keygroup", group)
        output = run(private + ["sh", "-c", script, "sh"] + user + [place.path("bin", "banctl"), "keygen", "--out", path])
        lab.check(output.code == 0 and KEY.fullmatch(output.out.strip()), "%s: %s", name, output)
        lab.check(mode(path) == wanted, "%s: mode %o, owner %d, group %d", name, *mode(path))


PARTS = (test_socket, test_words, test_replay, test_keygen, test_keygen_group)
