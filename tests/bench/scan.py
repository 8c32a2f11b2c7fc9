#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What reading a log costs, beside the least possible and beside fail2ban.

usage: scan.py BIN_DIR TOOL_DIR [--quick] [--rounds N] [--keep DIR]

BIN_DIR holds bansyncd and banctl (of a release build, or the figures say nothing), TOOL_DIR loggen and scan_floor. Two
logs are made, as rspamd 3.4 writes them, 1 GB each: in G1 no sender comes near the threshold, in G2 200 of them cross
it. "banctl replay" and an agent that reads the log from its beginning are measured in turn with scan_floor, and
fail2ban-regex on the first lines. Figures are CPU seconds (user and system) a million lines, each the median of the
rounds with the least and the most; of the agent without what an agent with an empty log needs to start, of
fail2ban-regex without its start. All must find the same hits.

What is demanded of the medians:
  G1  replay and agent at most 2 times the floor, fail2ban at least 200 times both; peak memory of the agent at most
      10 MB over that of one with an empty log
  G2  replay and agent at most 3 times the floor; every due ban in the map when the last line was read (how long after is told)
Exits 1 if hits or bans are not as they must be or, not with --quick, a demand is not met; 77 without fail2ban-regex.
--quick is a hundredth of all sizes and one round: it shows that this program works, and its ratios mean little.
"""
import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ABUSERS = 200
SPAN_S = 36000  # of the log: strikes live for 24 h
FAILREGEX = r'^.*rspamd_proxy.*ip: <HOST>.*?Ratelimit ".*?" exceeded'
READ_WAIT_S = 900
MAP_WAIT_S = 1
UTC = dict(os.environ, TZ="UTC")

CONFIG = """[node]
name = bench
key = {home}/node.key
state_dir = {home}/state
[cluster]
name = bench
[detect]
log = {log}
start_at = beginning
[map]
file = {home}/ip_blacklist_ratelimit.map
[control]
socket = {home}/control.sock
"""


class Log:
    """A log and what is in it."""

    def __init__(self, tools, path, size, abusers):
        start = int(time.time()) - SPAN_S - 300
        with open(path, "wb") as out:
            run = subprocess.run([os.path.join(tools, "loggen"), str(size), str(start), str(SPAN_S), str(abusers)],
                                 stdout=out, stderr=subprocess.PIPE, text=True, check=True)
        told = dict(word.split("=") for word in run.stderr.split())
        self.path, self.abusers = path, abusers
        self.lines, self.bytes, self.hits = int(told["lines"]), int(told["bytes"]), int(told["hits"])


def cpu_of(command):
    """Runs it: its CPU seconds and standard output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=UTC)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode != 0:
        raise SystemExit("%s ended with %d: %s" % (command[0], run.returncode, run.stderr))
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, run.stdout


class Agent:
    """A bansyncd of its own, alone in its cluster."""

    def __init__(self, bins, home, log):
        self.bins, self.home = bins, home
        os.makedirs(os.path.join(home, "state"))
        self.socket = os.path.join(home, "control.sock")
        self.map = os.path.join(home, "ip_blacklist_ratelimit.map")
        subprocess.run([os.path.join(bins, "banctl"), "keygen", "--out", os.path.join(home, "node.key")], check=True,
                       stdout=subprocess.DEVNULL)
        config = os.path.join(home, "bansync.conf")
        with open(config, "w") as file:
            file.write(CONFIG.format(home=home, log=log))
        self.errors = open(os.path.join(home, "stderr"), "w+")
        self.process = subprocess.Popen([os.path.join(bins, "bansyncd"), "--foreground", "--config", config],
                                        stdout=subprocess.DEVNULL, stderr=self.errors, env=UTC)

    def counters(self):
        """Its counters; {} while it does not answer."""
        if self.process.poll() is not None:
            self.errors.seek(0)
            raise SystemExit("bansyncd ended with %d: %s" % (self.process.returncode, self.errors.read()))
        run = subprocess.run([os.path.join(self.bins, "banctl"), "--socket", self.socket, "--json", "status"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return json.loads(run.stdout or b"{}").get("counters") or {}

    def bytes_read(self):
        """By read(2) and its like, of all files. Asking this costs the agent nothing, as asking itself would."""
        with open("/proc/%d/io" % self.process.pid) as file:
            return int(re.search(r"rchar: (\d+)", file.read()).group(1))

    def wait_lines(self, lines, size):
        """Until it has read that many, of so many bytes; its counters then."""
        deadline = time.monotonic() + READ_WAIT_S
        while time.monotonic() < deadline:
            counters = self.counters() if self.bytes_read() >= size else None
            if counters and counters.get("lines_read", 0) >= lines:
                return counters
            time.sleep(0.05)  # poll interval
        raise SystemExit("the agent has not read %d lines in %d s" % (lines, READ_WAIT_S))

    def cpu_s(self):
        """Of all its threads, so far."""
        folder = "/proc/%d/task" % self.process.pid
        return sum(int(open(os.path.join(folder, task, "schedstat")).read().split()[0])
                   for task in os.listdir(folder)) / 1e9

    def peak_kb(self):
        with open("/proc/%d/status" % self.process.pid) as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1))

    def banned(self):
        with open(self.map) as file:
            return {line.strip() for line in file if line.strip() and not line.startswith("#")}

    def wait_banned(self, due):
        """Until the map holds these, MAP_WAIT_S at most: what it holds, and after how many ms. The agent lets some ms
        pass between two writes of the map."""
        start = time.monotonic()
        banned = self.banned()
        while banned != due and time.monotonic() - start < MAP_WAIT_S:
            time.sleep(0.001)  # poll interval
            banned = self.banned()
        return banned, (time.monotonic() - start) * 1000

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.errors.close()
        shutil.rmtree(self.home)


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.scale = 100 if args.quick else 1
        self.wrong = []
        self.agents = 0
        self.late_ms = 0.0

    def check(self, good, text):
        if not good:
            self.wrong.append(text)
            print("WRONG: " + text)

    def tool(self, name):
        return os.path.join(self.args.tools, name)

    def agent(self, log):
        self.agents += 1
        return Agent(self.args.bins, os.path.join(self.folder, "agent%d" % self.agents), log)

    def idle(self):
        """CPU seconds and peak kB of an agent whose log is empty, once it answers."""
        empty = os.path.join(self.folder, "empty.log")
        open(empty, "w").close()
        agent = self.agent(empty)
        agent.wait_lines(0, 0)
        figures = agent.cpu_s(), agent.peak_kb()
        agent.end()
        return figures

    def read_by_agent(self, log):
        """CPU seconds and peak kB until the last line was read."""
        agent = self.agent(log.path)
        due = {"172.16.%d.%d" % (i // 250, i % 250 + 1) for i in range(log.abusers)}
        agent.wait_lines(log.lines, log.bytes)
        counters = agent.counters()  # answered a turn later at the earliest: the turn of the last line has ended
        banned, late_ms = agent.wait_banned(due)
        self.late_ms = max(self.late_ms, late_ms)
        figures = agent.cpu_s(), agent.peak_kb()
        agent.end()
        self.check(counters["lines_hit"] == log.hits, "the agent counts %d hits of %d" % (counters["lines_hit"], log.hits))
        self.check(banned == due, "%d of %d due bans in the map, %d others" %
                   (len(banned & due), len(due), len(banned - due)))
        return figures

    def read_by_replay(self, log):
        cpu, out = cpu_of([os.path.join(self.args.bins, "banctl"), "replay", "--json", log.path])
        summary = json.loads(out.splitlines()[-1])
        self.check(summary["hits"] == log.hits and summary["lines"] == log.lines,
                   "replay counts %d hits of %d in %d lines of %d" %
                   (summary["hits"], log.hits, summary["lines"], log.lines))
        self.check(summary["senders_due"] == log.abusers, "replay would ban %d of %d" % (summary["senders_due"], log.abusers))
        return cpu

    def read_by_floor(self, log):
        cpu, out = cpu_of([self.tool("scan_floor"), log.path])
        self.check("addresses=%d\n" % log.hits in out, "the floor finds %s of %d hits" % (out.strip(), log.hits))
        return cpu

    def read_by_fail2ban(self, log):
        """CPU seconds a million lines, on the first lines of the log."""
        part = os.path.join(self.folder, "part.log")
        with open(log.path, "rb") as source, open(part, "wb") as out:
            lines = [line for line, _ in zip(source, range(self.args.fail2ban_lines))]
            out.writelines(lines)
        with open(part + ".1", "wb") as out:
            out.writelines(lines[:1])
        command = ["fail2ban-regex", "--usedns", "no", part, FAILREGEX]
        cpu, out = cpu_of(command)
        start, _ = cpu_of(command[:3] + [part + ".1", FAILREGEX])
        matched = int(re.search(r"(\d+) matched", out).group(1))
        hits = sum(b"score=nan (set by ratelimit)\n" in line for line in lines)
        self.check(matched == hits, "fail2ban-regex finds %d of %d hits" % (matched, hits))
        return (cpu - start) * 1e6 / len(lines)

    def measure(self, name, abusers):
        """Prints the figures of a log; the ratios to the floor and the memory over idle."""
        size = 1000000000 // self.scale
        log = Log(self.args.tools, os.path.join(self.folder, name + ".log"), size, abusers)
        rounds = {"floor": [], "replay": [], "agent": [], "fail2ban": []}
        memory = []
        million = log.lines / 1e6
        print("%s: %d lines, %d bytes, %d hits, %d senders over the threshold" %
              (name, log.lines, log.bytes, log.hits, abusers))
        for _ in range(self.args.rounds):
            idle_cpu, idle_kb = self.idle()
            rounds["floor"].append(self.read_by_floor(log) / million)
            rounds["replay"].append(self.read_by_replay(log) / million)
            cpu, peak_kb = self.read_by_agent(log)
            rounds["agent"].append((cpu - idle_cpu) / million)
            memory.append((peak_kb - idle_kb) / 1024)
            rounds["fail2ban"].append(self.read_by_fail2ban(log))
        os.remove(log.path)
        return self.show(name, rounds, memory)

    def show(self, name, rounds, memory):
        middle = {who: statistics.median(figures) for who, figures in rounds.items()}
        print("  CPU s per million lines   median     min     max   floor x   fail2ban is x")
        for who, figures in rounds.items():
            print("  %-24s %7.4f %7.4f %7.4f %9.2f %15.0f" %
                  (who, middle[who], min(figures), max(figures), middle[who] / middle["floor"],
                   middle["fail2ban"] / middle[who]))
        print("  all due bans in the map at most %.0f ms after the agent told that it had read the last line" % self.late_ms)
        print("  peak memory of the agent over idle: %.1f MB (%.1f to %.1f)" %
              (statistics.median(memory), min(memory), max(memory)))
        return middle, statistics.median(memory)

    def demand(self, text, figure, bound, most):
        holds = figure <= bound if most else figure >= bound
        print("%-54s %8.2f, %s %g: %s" % (text, figure, "at most" if most else "at least", bound,
                                          "holds" if holds else "DOES NOT HOLD"))
        if not holds and not self.args.quick:
            self.wrong.append(text)

    def run(self):
        for name, abusers, floors in (("G1", 0, 2), ("G2", ABUSERS // (10 if self.args.quick else 1), 3)):
            middle, memory = self.measure(name, abusers)
            for who in ("replay", "agent"):
                self.demand("%s: %s, times the floor" % (name, who), middle[who] / middle["floor"], floors, True)
                if name == "G1":
                    self.demand("G1: fail2ban, times the " + who, middle["fail2ban"] / middle[who], 200, False)
            if name == "G1":
                self.demand("G1: memory of the agent over idle, MB", memory, 10, True)
        return 1 if self.wrong else 0


def main():
    parser = argparse.ArgumentParser(description="what reading a log costs", allow_abbrev=False)
    parser.add_argument("bins")
    parser.add_argument("tools")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--keep", help="work there, and leave it")
    args = parser.parse_args()
    args.rounds = args.rounds or (1 if args.quick else 5)
    args.fail2ban_lines = 2000 if args.quick else 100000
    if not shutil.which("fail2ban-regex"):
        print("no fail2ban-regex: package fail2ban")
        return 77
    folder = args.keep or tempfile.mkdtemp(prefix="bansync-bench.")
    os.makedirs(folder, exist_ok=True)
    try:
        return Bench(args, folder).run()
    finally:
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
