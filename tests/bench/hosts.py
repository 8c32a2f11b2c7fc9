# SPDX-License-Identifier: Apache-2.0
"""Agents on hosts of their own, network namespaces, whose bytes the kernel counts."""
import os
import pwd
import shutil

from agent import READS, USER
from frame import Skip
from member import Control, Member
from net_world import PATH, World


def hosts(stack, count):
    """A world of that many hosts; a row is skipped where there can be none."""
    os.environ["PATH"] = PATH
    try:
        return stack.enter_context(World(count))
    except SystemExit:
        raise Skip("network namespaces need root, and a kernel that allows them") from None


class HostMember(Member):
    """An agent on one host."""

    def __init__(self, place, world, host):
        super().__init__(place, "host%d" % host)
        self.world, self.host, self.endpoint = world, host, world.endpoint(host)

    def start(self):
        self.process = self.lab.start([self.lab.path("bin", "bansyncd"), "--foreground", "--config", self.config], USER, READS,
                                      self.stderr, wrap=self.world.command(self.host, []))

    def kernel_bytes(self):
        """That its interface has received and sent."""
        return self.world.kernel_bytes(self.host)

    def take(self, files):
        """Its state becomes the files of a folder, its map none; it must not run."""
        for folder in ("state", "maps"):
            shutil.rmtree(os.path.join(self.home, folder))
            self.lab.folder(self.name, "agent", folder, user=USER)
        for name in os.listdir(files):
            path = os.path.join(self.home, "state", name)
            shutil.copy(os.path.join(files, name), path)
            entry = pwd.getpwnam(USER)
            os.chown(path, entry.pw_uid, entry.pw_gid)

    def control(self):
        return Control(self.socket)
