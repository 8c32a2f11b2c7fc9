# SPDX-License-Identifier: Apache-2.0
"""digest and metrics of real agents. Ends with 77 if promtool is not there, after all that needs none."""
import os
import re
import shutil
import subprocess
import sys
import time

import daemon_lab
import lab
import logline
from command_cluster import begin, changes, in_maps, linked, stop, three
from command_view import DIGEST, document, members
from daemon_lab import until

SENDER, OTHER = "203.0.113.181", "203.0.113.182"
NODE = ["node", "state", "digest", "map_hash", "file_hash", "same"]
SAMPLE = re.compile(r'(bansync_[a-z0-9_]+)(?:\{([a-z]+)="([^"\\]*)"\})? (-?\d+)')
PROMTOOL = shutil.which("promtool")


def table(name, macro):
    """Names of a table in include/bansync."""
    with open(os.path.join(sys.argv[2], "include", "bansync", name), encoding="utf-8") as file:
        return [match[1] for match in (re.match(macro + r"\((\w+), ", line) for line in file) if match]


def samples(agent):
    """{(name, label value or None): value} of the text, whose form is checked."""
    output = agent.tell("metrics")
    lab.check(output.code == 0 and output.err == "", "metrics: %s", output)
    found, family, known = {}, None, set()
    for line in output.out.splitlines():
        head = re.fullmatch(r"# (HELP|TYPE) (\S+) (.+)", line)
        if head and head[1] == "HELP":
            lab.check(head[2] not in known, "%s comes twice", head[2])
            family = head[2]
            known.add(family)
        elif head:
            lab.check(head[2] == family and head[3] == ("counter" if family.endswith("_total") else "gauge"), "%s", line)
        else:
            match = SAMPLE.fullmatch(line)
            lab.check(match and match[1] == family, "no sample of %s: %s", family, line)
            found[match[1], match[3]] = int(match[4])
    return found


def test_digest(place, template):
    """digest shows one row a node, the same on all; a node that is down is no difference, one that differs is: exit 6."""
    one, two, last = agents = yield from three(place, template, "sum")
    changes(one, 0, "ban", SENDER)
    yield in_maps(agents, SENDER)
    yield until("digest is content", lambda: all(agent.ask("digest")[0] == 0 for agent in agents))

    def same_moment():
        """What a peer told is up to a second old: just then the ban may have come of age on one of them."""
        found = document(one, 0, "digest")
        return found if len({row["digest"] for row in found["nodes"]}) == 1 else None
    found = yield until("all tell of the same moment", same_moment)
    members(found, ["schema", "equal", "nodes"])
    lab.check(found["equal"] and [row["node"] for row in found["nodes"]] == ["sum1", "sum2", "sum3"], "digest: %s", found)
    for row in found["nodes"]:
        members(row, NODE)
        lab.check(row["same"] is True and row["state"] == "up" and DIGEST.fullmatch(row["digest"]), "row: %s", row)
    lab.check(len({(row["digest"], row["map_hash"]) for row in found["nodes"]}) == 1, "digest: %s", found)
    lab.check(found["nodes"][0]["map_hash"] == document(one, 0, "verify")["nodes"][0]["map_hash"], "not the hash of verify")
    lab.check(samples(one).get(("bansync_digest_info", found["nodes"][0]["digest"])) == 1, "metrics: %s", samples(one))
    output = one.tell("digest")
    lab.check(output.code == 0 and output.err == "3 of 3 the same\n" and len(output.out.splitlines()) == 4, "%s", output)
    good = one.map_bytes()

    def edited():
        """The own map file holds something else, and that is not yet put right."""
        if one.map_bytes() == good:
            one.write_map(good.decode().replace(SENDER, OTHER))
        one.ask("verify")  # reads the file
        code, found = one.ask("digest")
        return found if code == 6 else None
    found = yield until("digest sees the edit", edited)
    lab.check(not found["equal"] and found["nodes"][0]["same"] is False and
              found["nodes"][0]["file_hash"] != found["nodes"][0]["map_hash"], "edited: %s", found)
    yield until("it is put right", lambda: one.map_bytes() == good and one.ask("digest")[0] == 0, 20)
    last.kill()
    yield until("it is missed", lambda: two.is_degraded("peer sum3"))
    found = document(two, 0, "digest")
    row = [row for row in found["nodes"] if row["node"] == "sum3"][0]
    lab.check(found["equal"] and (row["state"], row["digest"], row["same"]) == ("down", None, None), "down: %s", found)
    lab.check(samples(two)["bansync_peer_up", "sum3"] == 0 and ("bansync_peer_same", "sum3") not in samples(two), "down")
    yield from begin([last])
    yield linked(agents)
    stop(agents)


def test_metrics(place, template):
    """metrics tells every counter and gauge of the tables and nothing else, with values that status tells too."""
    one, two, last = agents = yield from three(place, template, "num", detect={"threshold": 3})
    before = int(time.time())
    one.log.hit(SENDER, 3)
    changes(two, 0, "ban", OTHER, "--for", "1h")
    yield in_maps(agents, SENDER, OTHER)
    yield until("digest is content", lambda: all(agent.ask("digest")[0] == 0 for agent in agents))
    found = samples(one)
    status = one.status()
    wanted = {"bansync_%s_total" % name for name in table("counter.def", "COUNTER")}
    wanted |= {"bansync_%s" % name for name in table("metric.def", "METRIC")}
    lab.check({name for name, _ in found} == wanted, "differs: %s", {name for name, _ in found} ^ wanted)
    lab.check({key: found[key] for key in (("bansync_bans", "permanent"), ("bansync_bans", "temporary"))} ==
              {("bansync_bans", "permanent"): 1, ("bansync_bans", "temporary"): 1}, "bans: %s", found)
    for name, value in (("healthy", 1), ("subjects", status["subjects"]), ("strikes", 3), ("map_entries", 2), ("map_matches", 1),
                        ("log_readable", 1), ("store_failing", 0), ("strikes_own_total", 3), ("bans_total", 2)):
        lab.check(found["bansync_" + name, None] == value, "%s: %s", name, found["bansync_" + name, None])
    lab.check(found["bansync_build_info", status["node"]["version"]] == 1, "version: %s", found)
    for name in ("map_last_write_timestamp_seconds", "log_last_line_timestamp_seconds"):
        lab.check(before - 1 <= found["bansync_" + name, None] <= time.time() + 1, "%s: %s", name, found)
    lab.check(before - 120 < found["bansync_start_time_seconds", None] <= before + 1, "start: %s", found)
    for peer in ("num2", "num3"):
        lab.check(found["bansync_peer_up", peer] == found["bansync_peer_same", peer] == 1 and
                  found["bansync_peer_last_seen_timestamp_seconds", peer] >= before - 10, "peers: %s", found)
    text = one.tell("metrics").out
    lab.check(SENDER not in text and OTHER not in text and "alice" not in text and one.endpoint not in text, "who mails")
    rows = document(one, 0, "metrics")["metrics"]
    lab.check(all(set(row) == {"name", "type", "help", "labels", "value"} for row in rows), "members: %s", rows[0])

    def told():  # of the same moment: the digest is a label, and another one when a hit comes of age
        rows = document(one, 0, "metrics")["metrics"]
        return {(row["name"], *(row["labels"].values() or [None])) for row in rows}
    yield until("JSON tells the same as text", lambda: told() == set(samples(one)))
    path = os.path.join(place.folder("textfile"), "bansync.prom")
    lab.check(one.tell("metrics", "--textfile", path) == (0, "", ""), "textfile")
    with open(path, encoding="utf-8") as file:
        written = file.read()
    lab.check(written.splitlines()[:3] == text.splitlines()[:3] and os.listdir(os.path.dirname(path)) == ["bansync.prom"] and
              os.stat(path).st_mode & 0o777 == 0o644, "textfile: %s", written[:300])
    if PROMTOOL:
        run = subprocess.run([PROMTOOL, "check", "metrics"], input=text.encode(), stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, check=False)
        lab.check(run.returncode == 0 and run.stdout == b"", "promtool: %s", run.stdout.decode())
    last.kill()
    yield until("it is missed", lambda: one.is_degraded("peer num3"))
    found = samples(one)
    lab.check(found["bansync_healthy", None] == 0 and found["bansync_peer_up", "num3"] == 0 and
              found["bansync_peer_up", "num2"] == 1, "one is down: %s", found)
    stop([one, two])


def test(place):
    daemon_lab.run_parts((test_digest, test_metrics), place, logline.template(sys.argv[2]))


if __name__ == "__main__":
    try:
        lab.run(test)
    except SystemExit as end:
        if end.code == 0 and not PROMTOOL:
            print("promtool is not installed")
            sys.exit(77)
        raise
