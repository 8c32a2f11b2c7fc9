# SPDX-License-Identifier: Apache-2.0
"""CrowdSec, unpacked from Debian's package beside everything else: its installation would register this machine with a
service of its maker. One parser and one scenario, for the line of a ratelimit hit."""
import os
import shutil
import socket
import sqlite3
import subprocess

import wait
from clock import Cost
from frame import Skip

CONFIG = """common: {{daemonize: false, log_media: file, log_level: error, log_dir: {dir}/log/, working_dir: {dir}}}
config_paths: {{config_dir: {dir}/etc/, data_dir: {dir}/data/, simulation_path: {dir}/etc/simulation.yaml, hub_dir: {hub}/,
  index_path: {hub}/.index.json, notification_dir: {dir}/etc/notifications/, plugin_dir: {dir}/plugins/}}
crowdsec_service: {{acquisition_path: {dir}/etc/acquis.yaml, parser_routines: 1}}
cscli: {{output: raw}}
db_config: {{log_level: error, type: sqlite, db_path: {dir}/data/crowdsec.db, use_wal: true, flush: {{max_items: 500000, max_age: 7d}}}}
api:
  client: {{insecure_skip_verify: false, credentials_path: {dir}/etc/lapi.yaml}}
  server: {{log_level: error, listen_uri: "{listen}", profiles_path: {dir}/etc/profiles.yaml, trusted_ips: ["127.0.0.1"]}}
prometheus: {{enabled: false, level: full, listen_addr: 127.0.0.1, listen_port: {metrics}}}
"""
FILES = {
    "simulation.yaml": "simulation: false\n",
    "acquis.yaml": "filenames: [\"{dir}/tail.log\"]\nlabels: {{type: rspamd}}\n",
    "profiles.yaml": """name: default_ip_remediation
filters: ["Alert.Remediation == true && Alert.GetScope() == 'Ip'"]
decisions: [{{type: ban, duration: 4h}}]
on_success: break
""",
    "parsers/s00-raw/rspamd-raw.yaml": """filter: "evt.Line.Labels.type == 'rspamd'"
onsuccess: next_stage
name: bench/rspamd-raw
statics:
  - {{parsed: message, expression: evt.Line.Raw}}
  - {{parsed: program, expression: evt.Line.Labels.type}}
""",
    "parsers/s01-parse/rspamd.yaml": """onsuccess: next_stage
filter: "evt.Parsed.program == 'rspamd' && evt.Line.Raw contains 'Ratelimit '"
name: bench/rspamd
nodes:
  - grok:
      pattern: '^%{{TIMESTAMP_ISO8601:ts}} #%{{INT:pid}}\\(rspamd_proxy\\).* ip: %{{IP:source_ip}},.*Ratelimit "%{{DATA:bucket}}" exceeded'
      apply_on: message
statics:
  - {{meta: log_type, value: rspamd_ratelimit}}
  - {{meta: source_ip, expression: evt.Parsed.source_ip}}
  - {{target: evt.StrTime, expression: evt.Parsed.ts}}
""",
    "scenarios/ratelimit.yaml": """type: leaky
name: bench/rspamd-ratelimit
description: ten ratelimit hits
filter: "evt.Meta.log_type == 'rspamd_ratelimit'"
groupby: evt.Meta.source_ip
capacity: 9
leakspeed: "1h"
blackhole: 5m
labels: {{service: rspamd, type: abuse, remediation: true}}
""",
}
DATEPARSE = "usr/share/crowdsec/hub/parsers/s02-enrich/crowdsecurity/dateparse-enrich.yaml"


class CrowdSec:
    """root: the unpacked package; a fresh instance in the folder name."""

    def __init__(self, place, name, root):
        self.root, self.place, self.process = root, place, None
        if not root or not os.path.exists(self.program("crowdsec")):
            raise Skip("package crowdsec could not be fetched")
        self.dir = place.folder(name)
        for folder in ("data", "log", "plugins", "etc/parsers/s02-enrich", "etc/notifications", "etc/collections",
                       "etc/postoverflows"):
            place.folder(name, folder)
        words = {"dir": self.dir, "hub": os.path.join(root, "usr/share/crowdsec/hub"),
                 "listen": "%s:%d" % (place.address, place.port()), "metrics": place.port()}
        self.listen = words["listen"]
        place.write(CONFIG.format(**words), name, "etc", "config.yaml")
        for path, text in FILES.items():
            place.write(text.format(**words), name, "etc", path)
        place.write("", name, "tail.log")
        shutil.copytree(os.path.join(root, "etc/crowdsec/patterns"), place.path(name, "etc/patterns"))
        shutil.copy(os.path.join(root, DATEPARSE), place.path(name, "etc/parsers/s02-enrich"))
        run = subprocess.run([self.program("cscli"), "-c", self.config, "machines", "add", "bench", "--password", "bench",
                              "--url", "http://" + self.listen, "-f", self.dir + "/etc/lapi.yaml", "--force"],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if run.returncode != 0:
            raise Skip("cscli machines add: %s" % run.stdout.strip()[-200:])

    @property
    def config(self):
        return self.dir + "/etc/config.yaml"

    def program(self, name):
        return os.path.join(self.root, "usr/bin", name)

    def replay(self, log):
        """Cost of reading a log from its beginning to its end, start and end included."""
        try:
            return Cost(["timeout", "300", self.program("crowdsec"), "-c", self.config, "-dsn", "file://" + log, "-type",
                         "rspamd"])
        except OSError as error:
            raise Skip("crowdsec: %s" % " ".join(str(error).split())[-200:]) from None

    def start(self):
        """As a service: it reads self.log from its end."""
        self.process = self.place.start([self.program("crowdsec"), "-c", self.config], "root", output=self.dir + "/out")
        wait.until("crowdsec listens", lambda: self.process.poll() is not None or self._listens(), 60)
        if self.process.poll() is not None:
            raise Skip("crowdsec does not start")
        with open(self.log, "rb") as file:
            inode = os.fstat(file.fileno()).st_ino
        folder = "/proc/%d/fd" % self.process.pid
        wait.until("crowdsec reads its log", lambda: any(self._inode(folder, fd) == inode for fd in os.listdir(folder)), 60)

    @staticmethod
    def _inode(folder, fd):
        try:
            return os.stat(os.path.join(folder, fd)).st_ino
        except OSError:
            return None

    def _listens(self):
        host, port = self.listen.split(":")
        try:
            socket.create_connection((host, int(port)), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        if self.process:
            self.place.end(self.process)

    @property
    def log(self):
        return self.dir + "/tail.log"

    def decisions(self):
        """The addresses that it has decided to ban."""
        with sqlite3.connect(self.dir + "/data/crowdsec.db") as database:
            return {row[0] for row in database.execute("SELECT value FROM decisions")}
