# SPDX-License-Identifier: Apache-2.0
"""One rspamd, and two agents that know nothing of each other: one is told by the socket, one reads the log."""
import os
import pwd

import lab
import milter
import wait
from agent import Agent
from rspamd import Rspamd

BURST = 2  # messages of an account that are let through
THRESHOLD = 64  # nobody is banned: rspamd would reject him before it asks the ratelimit
LOAD = '''local ok, err = pcall(dofile, "%s")
if not ok then require("rspamd_logger").errx(rspamd_config, "bansync.lua: %%s", err) end
'''
# As it would be with an rspamd whose ratelimit module asks Redis in another way.
LOAD_BLIND = """local redis = require "lua_redis"
local exec = redis.exec_redis_script
redis.exec_redis_script = nil
dofile("%s")
redis.exec_redis_script = exec
"""


def rates(bucket="", more="", top=""):
    """Text of ratelimit.conf: bucket goes into the bucket of "user", more and top beside it."""
    return 'rates { user = { bucket = { burst = %d; rate = "1 / 1h"; %s } } %s }\n%s\n' % (BURST, bucket, more, top)


IP_TOO = 'ip = { bucket = { burst = %d; rate = "1 / 1h"; } }' % BURST

# By name: ratelimit.conf, how bansync.lua is loaded, whether the soft reject is there and says so.
SETUPS = {
    "default": (rates(), LOAD, True),
    "info": (rates(top='info_symbol = "R_INFO";', more=IP_TOO), LOAD, True),
    "symbol": (rates(top='symbol = "R_SYMBOL";'), LOAD, False),
    "message": (rates(bucket='message = "Slow down";'), LOAD, False),
    "skip": (rates(bucket="skip_soft_reject = true;"), LOAD, False),
    "blind": (rates(bucket='symbol = "R_BUCKET";', more=IP_TOO), LOAD_BLIND, True),
}


class Pair:
    def __init__(self, place, name, redis, source_dir):
        limits, load, self.rejects = SETUPS[name]
        self.name, self.place = name, place
        self.told, self.reads = Agent(place, name + "-told"), Agent(place, name + "-reads")
        self.socket = os.path.join(self.told.home, "rspamd.sock")
        script = os.path.join(source_dir, "conf", "rspamd", "bansync.lua")
        place.copy(script, name, "bansync.lua")
        self.rspamd = Rspamd(place, name, redis, self.told.map, limits, 'bansync { socket = "%s"; }\n' % self.socket,
                             load % place.path(name, "bansync.lua"))
        self.configure("rspamd")
        self.reads.configure(self.rspamd.log, [self.reads], threshold=THRESHOLD)
        self.sent = {}  # by sender: messages over the limit

    def configure(self, source):
        user = "_rspamd" if self.place.root else pwd.getpwuid(os.geteuid()).pw_name
        detect = "source = %s\nrspamd_socket = %s\nrspamd_user = %s" % (source, self.socket, user)
        self.told.configure(self.rspamd.log, [self.told], threshold=THRESHOLD, detect=detect)

    def start(self):
        """Does not wait."""
        for part in (self.told, self.reads, self.rspamd):
            part.start()

    def wait_ready(self):
        self.told.wait_ready()
        self.reads.wait_ready()
        self.rspamd.wait_ready()

    def play(self, client, user, count, **options):
        """Plays `count` messages of one sender; those behind the burst are over the limit. Returns the answers."""
        answers = [self.rspamd.play(client, user, **options) for _ in range(count)]
        for number, answer in enumerate(answers):
            if number < BURST or self.name in ("symbol", "skip"):
                lab.check(answer[0] == "accept", "%s: message %d of %s: %s", self.name, number, user, answer)
            else:
                lab.check(answer[0] == "tempfail", "%s: message %d of %s: %s", self.name, number, user, answer)
            if self.rejects:
                lab.check(milter.is_limited(answer) == (number >= BURST), "%s: %s", self.name, answer)
        self.sent[client] = self.sent.get(client, 0) + max(count - BURST, 0)
        return answers

    def count(self, agent, client):
        return agent.show(client).get("count") or 0

    def wait_told(self):
        """The agent at the socket counts each message over the limit, and for nobody else."""
        wanted = {client: number for client, number in self.sent.items() if client}
        for client, number in wanted.items():
            try:
                wait.until("%s: %d hits of %s" % (self.name, number, client),
                           lambda asked=client, due=number: self.count(self.told, asked) >= due)
            except wait.Late as late:
                raise wait.Late("%s, but %d" % (late, self.count(self.told, client))) from None
            lab.check(self.count(self.told, client) == number, "%s: %s has %d hits, not %d", self.name, client,
                      self.count(self.told, client), number)
        status = self.told.status()
        lab.check(status["strikes"] == sum(wanted.values()), "%s: %d strikes of %s", self.name, status["strikes"], wanted)
        lab.check(status["subjects"] == len([client for client in wanted if wanted[client]]), "%s: subjects of %s",
                  self.name, status)
        for counter in ("datagrams_malformed", "datagrams_refused", "datagrams_too_long", "lines_clock"):
            lab.check(status["counters"][counter] == 0, "%s: %s is %d", self.name, counter, status["counters"][counter])
        return status

    def stop(self):
        self.told.stop()
        self.reads.stop()
        self.place.end(self.rspamd.process)
