# SPDX-License-Identifier: Apache-2.0
"""The Debian package, from the build to the purge. package.py BIN_DIR SOURCE_DIR. It is built anew; beside BIN_DIR it is kept, and
the bare Debian with it, for the next test (install.py)."""
import glob
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cluster"))

import alert_unit
import doctor_unit
import wait
from debian import Debian, Unreachable, cgroups
from manager import Manager, MapWatch

SOURCES = ("CMakeLists.txt", "LICENSE", "README.md", "CHANGELOG.md", "agent", "ctl", "include", "conf", "docs")
EPOCH = "1780000000"
RELEASES = ("1~upstream1", "1~upstream2")
MAP = "/var/lib/bansync/maps/ip_blacklist_ratelimit.map"
LOG = "/var/log/rspamd/rspamd.log"
HOOK = "/etc/systemd/system/multi-user.target.wants/bansyncd.service"
SENDER = "203.0.113.77"
POSTFIX = "compatibility_level = 3.6\ninet_interfaces = loopback-only\nmydestination = example.org\nalias_maps =\n"


def run(argv, **options):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError("%s: exit %d\n%s" % (" ".join(argv), done.returncode, done.stdout[-4000:]))
    return done.stdout


def check(condition, text, *values):
    if not condition:
        raise AssertionError(text % values if values else text)


def step(part, *args):
    """Runs a part of the test and says so."""
    start = time.monotonic()
    result = part(*args)
    print("passed (%.1f s): %s" % (time.monotonic() - start, (part.__doc__ or part.__name__).split("\n")[0]), flush=True)
    return result


# --- Building ----------------------------------------------------------------------------------------

def pack(build_dir, env, umask):
    """Returns the package. With a umask of its own it takes the place of the one before."""
    return re.search(r"package: (\S+\.deb) generated", run(["cpack", "-G", "DEB"], cwd=build_dir, env=env, umask=umask))[1]


def payload(package):
    """What is in it, with modes and times; but not the modes of its three members, which are cpack's."""
    return [subprocess.run(["dpkg-deb", part, package], stdout=subprocess.PIPE, check=True).stdout
            for part in ("--ctrl-tarfile", "--fsys-tarfile")]


def build(source, place, releases):
    """Copies the source to place, builds it there, returns a package for each release."""
    tree, build_dir = os.path.join(place, "source"), os.path.join(place, "build")
    os.makedirs(tree)
    for name in SOURCES:
        path = os.path.join(source, name)
        (shutil.copytree if os.path.isdir(path) else shutil.copy)(path, os.path.join(tree, name))
    env = dict(os.environ, SOURCE_DATE_EPOCH=EPOCH, LC_ALL="C")
    for name in ("CFLAGS", "LDFLAGS", "CMAKE_C_COMPILER_LAUNCHER"):
        env.pop(name, None)
    out = []
    for release in releases:
        run(["cmake", "--log-level=WARNING", "-S", tree, "-B", build_dir,
             "-DBANSYNC_PACKAGE_RELEASE=" + release], env=env)
        run(["cmake", "--build", build_dir], env=env)
        out.append(pack(build_dir, env, 0o022))
    return out


class Kept:
    """What a test leaves for the next one of the same run, in the folder `package-tests` of the build tree."""

    def __init__(self, bin_dir):
        self.folder = os.path.join(os.path.dirname(os.path.abspath(bin_dir)), "package-tests")
        os.makedirs(self.folder, exist_ok=True)
        self.debian = os.path.join(self.folder, "debian.tar")

    def _place(self, source):
        """A folder for the package that is built of this very source."""
        sum_of_all = hashlib.sha256()
        for path in sorted(path for name in SOURCES for path in _files(os.path.join(source, name))):
            with open(path, "rb") as file:
                sum_of_all.update(("%s %o " % (os.path.relpath(path, source), os.stat(path).st_mode)).encode() +
                                  hashlib.sha256(file.read()).digest())
        return os.path.join(self.folder, sum_of_all.hexdigest())

    def package(self, source):
        """The first release of the package, built of this very source; None if there is none."""
        return next(iter(glob.glob(os.path.join(self._place(source), "*.deb"))), None)

    def keep(self, source, package):
        """Instead of one that was kept before. Returns where it is."""
        for entry in os.scandir(self.folder):
            if entry.is_dir():
                shutil.rmtree(entry.path)
        place = self._place(source)
        os.mkdir(place + ".part")
        shutil.copy(package, place + ".part")
        os.rename(place + ".part", place)
        return os.path.join(place, os.path.basename(package))


def _files(path):
    if not os.path.isdir(path):
        return [path]
    return [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]


def test_umask(package):
    """Whoever builds it: what is in it does not depend on the umask."""
    before = payload(package)
    after = payload(pack(os.path.dirname(package), dict(os.environ, SOURCE_DATE_EPOCH=EPOCH, LC_ALL="C"), 0o077))
    check(after == before, "the umask is in the package")


def build_all(source, work):
    """Two builds, side by side, are the same bytes. Returns the packages of the first: version and next version."""
    found, errors = {}, []

    def one(name, releases):
        try:
            found[name] = build(source, os.path.join(work, name), releases)
        except Exception as error:  # told by the main thread
            errors.append(error)
    threads = [threading.Thread(target=one, args=args) for args in
               (("first", RELEASES), ("second/one/that/lies/deeper", RELEASES[:1]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    first, again = found["first"], found["second/one/that/lies/deeper"]
    with open(first[0], "rb") as a, open(again[0], "rb") as b:
        check(a.read() == b.read(), "two builds differ: diffoscope %s %s", first[0], again[0])
    test_umask(again[0])
    return first


def test_lintian(package):
    """Debian's own checks have neither errors nor warnings."""
    said = run(["lintian", "--allow-root", "--fail-on", "error,warning", package])
    check(not re.search("^[EW]: ", said, re.M), "lintian: %s", said)


def test_content(package):
    """Modes and owners in the package; everything has its place."""
    rows = {}
    for line in run(["dpkg-deb", "-c", package]).splitlines():
        mode, owner, _, _, _, path = line.split(None, 5)
        rows[path.removeprefix(".").rstrip("/") or "/"] = mode
        check(owner == "root/root", "owner: %s", line)
        check(mode in ("drwxr-xr-x", "-rw-r--r--", "-rwxr-xr-x"), "mode: %s", line)
    for path in ("/usr/sbin/bansyncd", "/usr/bin/banctl", "/usr/libexec/bansync/deliver-alerts",
                 "/usr/libexec/bansync/fail2ban-bans", "/etc/bansync/bansync.conf", "/etc/bansync/conf.d",
                 "/usr/lib/systemd/system/bansyncd.service", "/usr/lib/sysusers.d/bansync.conf",
                 "/usr/lib/tmpfiles.d/bansync.conf", "/usr/share/man/man8/bansyncd.8.gz", "/usr/share/man/man1/banctl.1.gz",
                 "/usr/share/man/man5/bansync.conf.5.gz", "/usr/share/man/man7/bansync-protocol.7.gz",
                 "/usr/share/bash-completion/completions/banctl", "/usr/share/zsh/vendor-completions/_banctl",
                 "/usr/share/doc/bansync/copyright", "/usr/share/doc/bansync/changelog.Debian.gz",
                 "/usr/share/doc/bansync/examples/bansync.conf", "/usr/share/doc/bansync/examples/rspamd/multimap.conf"):
        check(path in rows, "%s is not in the package", path)
    fields = run(["dpkg-deb", "-f", package, "Depends", "Suggests", "Section"])
    for word in ("libzmq5", "libsqlite3-0", "init-system-helpers", "Suggests: rspamd", "Section: mail"):
        check(word in fields, "%s is not in: %s", word, fields)


# --- On a node ---------------------------------------------------------------------------------------

def test_install(debian, package):
    """Nothing is started or enabled; user, groups, directories; a second configure changes nothing."""
    said = debian.install(package)
    check("neither started nor enabled" in said and "bansyncd --check-config" in said, "next steps: %s", said)
    check(not debian.exists(HOOK), "it was enabled")
    check(debian.run("id -Gn bansync").split() == ["bansync"], "groups: %s", debian.run("id -Gn bansync"))
    account = debian.run("getent passwd bansync").strip().split(":")
    check(account[5:] == ["/var/lib/bansync", "/usr/sbin/nologin"], "account: %s", account)
    debian.run("getent group bansync-admin bansync-read")
    for path, mode, owner in (("/etc/bansync", 0o755, "root"), ("/etc/bansync/conf.d", 0o755, "root"),
                              ("/etc/bansync/bansync.conf", 0o644, "root"), ("/var/lib/bansync", 0o751, "bansync"),
                              ("/var/lib/bansync/maps", 0o755, "bansync"), ("/run/bansync", 0o755, "bansync")):
        expect_owner(debian, path, mode, owner)
    check(debian.run("dpkg-query -W -f '${Conffiles}' bansync").split()[0] == "/etc/bansync/bansync.conf", "conffile")
    with open(debian.path("/etc/bansync/bansync.conf"), encoding="utf-8") as file:
        check("\n[ban]\n" in (text := file.read()) and text.endswith("\nmode = observe\n"), "bansync.conf: %s", text)


def expect_owner(debian, path, mode, owner):
    found = os.stat(debian.path(path))
    name = debian.run("stat -c %%U %s" % path).strip()
    check((stat.S_IMODE(found.st_mode), name) == (mode, owner), "%s: %o %s", path, found.st_mode, name)


def test_rspamd_later(debian):
    """Once rspamd's group is there, the next configure makes the agent a member, once."""
    debian.run("groupadd --system _rspamd && install -d -m 0750 -g _rspamd /var/log/rspamd && : > %s" % LOG)
    for _ in range(2):
        debian.run("/var/lib/dpkg/info/bansync.postinst configure 0.1.0")
    check(debian.run("id -Gn bansync").split() == ["bansync", "_rspamd"], "groups: %s", debian.run("id -Gn bansync"))
    check(debian.run("getent group _rspamd").strip().endswith(":bansync"), "twice: %s", debian.run("getent group _rspamd"))


def test_links(debian):
    """Whatever user bansync puts into its directory between two commands of the postinst, root follows no link."""
    attack = "setpriv --reuid=bansync --regid=bansync --clear-groups ln -sfn /victim /var/lib/bansync/maps"
    for name in ("chmod", "chown", "install", "mkdir"):
        debian.write("/shims/" + name, '#!/bin/sh\n%s\nexec /usr/bin/%s "$@"\n' % (attack, name))
    debian.write("/shims/systemd-tmpfiles", "#!/bin/sh\nexit 1\n")
    debian.run("chmod 755 /shims/* && mkdir /victim")
    for before in ("rm -r maps", "ln -sfn /nowhere maps", "rm -r /var/lib/bansync"):
        debian.run("cd /var/lib/bansync && %s; PATH=/shims:$PATH /var/lib/dpkg/info/bansync.postinst configure 0.1.0" % before)
        expect_owner(debian, "/victim", 0o755, "root")
    expect_owner(debian, "/var/lib/bansync", 0o751, "bansync")
    expect_owner(debian, "/var/lib/bansync/maps", 0o755, "bansync")
    debian.run("rm -r /shims /victim /var/lib/bansync/maps/* && systemd-tmpfiles --create bansync.conf")


def configure(debian):
    """The node bans at once."""
    debian.write("/etc/bansync/conf.d/node.conf", "[node]\nname = mx1\n[ban]\nmode = enforce\n[never-ban]\nnet = 198.51.100.4\n")


def unit_commands(debian):
    with open(debian.path("/usr/lib/systemd/system/bansyncd.service"), encoding="utf-8") as file:
        return dict(re.findall(r"^(ExecStartPre|ExecStart)=-?(.*)$", file.read(), re.M))


def start(debian, manager):
    """What the unit does, by hand."""
    commands = unit_commands(debian)
    said = debian.run(commands["ExecStartPre"], user="bansync")
    check("no mistakes" in said and "hint" not in said, "--check-config: %s", said)
    process = debian.start(commands["ExecStart"], user="bansync", env=manager.variables())
    manager.wait(process, "READY=1")
    return process


def stop(process):
    process.terminate()
    check(process.wait(20) == 0, "it ended with %s", process.returncode)


def test_service(debian, manager):
    """The unit's commands as the unit's user: ready, alive, its log and its map at work."""
    process = start(debian, manager)
    check(debian.exists(MAP), "it is ready and there is no map")
    manager.wait(process, "WATCHDOG=1")
    said = debian.run("banctl ban %s --reason test" % SENDER)
    check("banned" in said, "ban: %s", said)
    wait.until("the map holds the ban", lambda: SENDER in debian.read(MAP))
    debian.run("banctl status")
    expect_owner(debian, MAP, 0o644, "bansync")
    check(debian.run("cat " + MAP, user="nobody") == debian.read(MAP), "others cannot read the map")
    return process


def test_upgrade(debian, package, process, manager):
    """The map is there and whole all the time, old agent to new."""
    with MapWatch(debian.path(MAP), SENDER) as watch:
        said = debian.install(package)
        check("neither started" not in said, "an upgrade talks as a first install: %s", said)
        check(process.poll() is None, "the upgrade ended an agent that it did not start")
        check(debian.version("bansync").endswith(RELEASES[1]), "version: %s", debian.version("bansync"))
        stop(process)
        process = start(debian, manager)
        debian.run("banctl check " + SENDER)
        stop(process)
        wait.until("the watch looked often", lambda: watch.looks > 100)
    check(not watch.faults, "the map: %s", watch.faults[:3])
    check(not debian.exists(HOOK), "the upgrade enabled it")


def test_remove(debian):
    """The map stays, which is said, as is how to lift it; an enabled unit is disabled."""
    debian.run("mkdir -p %s && ln -s /lib/systemd/system/bansyncd.service %s" % (os.path.dirname(HOOK), HOOK))
    before = debian.read(MAP)
    debian.write("/etc/bansync/conf.d/first.conf", "[map]\nfile = /var/lib/bansync/maps/first.map\n")
    debian.write("/etc/bansync/conf.d/map.conf", "[map]\nfile = /var/lib/bansync/maps/other.map\n")
    said = debian.run("/var/lib/dpkg/info/bansync.prerm remove")
    check("other.map" not in said, "a map that does not exist: %s", said)
    debian.write("/var/lib/bansync/maps/other.map", "")
    said = debian.run("/var/lib/dpkg/info/bansync.prerm remove")
    check("the map /var/lib/bansync/maps/other.map stays" in said, "the last file wins: %s", said)
    users = "/var/lib/bansync/maps/user_blacklist_ratelimit.map"
    check(users not in said, "a user map that does not exist: %s", said)
    debian.write(users, "")
    said = debian.run("/var/lib/dpkg/info/bansync.prerm remove")
    check("the map %s stays" % users in said, "the user map: %s", said)
    os.unlink(debian.path(users))
    for name in ("first", "map"):
        os.unlink(debian.path("/etc/bansync/conf.d/%s.conf" % name))
    said = debian.run("dpkg --remove bansync 2>&1")
    check("the map %s stays" % MAP in said and "multimap" in said, "remove: %s", said)
    check(debian.read(MAP) == before, "the map changed")
    check(not os.path.lexists(debian.path(HOOK)), "it is still enabled")
    check(debian.exists("/etc/bansync/conf.d/node.conf") and debian.exists("/etc/bansync/bansync.conf"), "configuration")


def test_purge(debian):
    """Nothing stays but user and groups; done twice it is no mistake."""
    debian.run("touch /etc/bansync/node.key && mount --bind /var/lib/bansync /var/lib/bansync")
    script = debian.read("/var/lib/dpkg/info/bansync.postrm")
    said = debian.run("dpkg --purge bansync 2>&1")
    check("user bansync" in said, "purge: %s", said)
    debian.run("umount /var/lib/bansync && rmdir /var/lib/bansync")  # a mount point stays, empty
    for path in ("/var/lib/bansync", "/etc/bansync", "/run/bansync", HOOK):
        check(not os.path.lexists(debian.path(path)), "%s is still there", path)
    debian.write("/postrm", script)
    debian.run("sh /postrm purge && id bansync")
    left = debian.run(r"find / -xdev \( -path /proc -o -path /package \) -prune -o -name '*bansync*' -print").split()
    check(not left, "left over: %s", left)


def test_again(debian, package, manager):
    """A package that comes back after a purge works; so does one that comes back after a mere removal."""
    debian.install(package)
    configure(debian)
    stop(test_service(debian, manager))
    debian.run("dpkg --remove bansync 2>&1")
    debian.install(package)
    check(not debian.exists(HOOK), "a reinstall enabled it")
    process = start(debian, manager)
    debian.run("banctl check " + SENDER)
    stop(process)


# --- Under systemd -----------------------------------------------------------------------------------

def expect_unit(debian, **wanted):
    """Waits until systemd shows these properties of the unit."""
    def shown():
        rows = debian.run("systemctl show bansyncd -p " + ",".join(wanted)).splitlines()
        return dict(row.split("=", 1) for row in rows)
    try:
        wait.until("", lambda: shown() == wanted)
    except wait.Late:
        journal = debian.run("journalctl --no-pager -u bansyncd -n 30 -o cat")
        raise AssertionError("wanted %s, found %s\n%s" % (wanted, shown(), journal)) from None


def drop_in(debian, name, text):
    debian.write("/etc/systemd/system/bansyncd.service.d/%s.conf" % name, "[Service]\n" + text)
    debian.run("systemctl daemon-reload")


def test_unit(debian):
    """The unit as it is, with all that it forbids: start, status, reload; what it may not write, and what a drop-in opens."""
    debian.run("systemctl start bansyncd && banctl ban %s" % SENDER)
    expect_unit(debian, ActiveState="active", NRestarts="0", StatusText="1 entry in the map, 0 of 0 peers up")
    debian.run("systemctl reload bansyncd && banctl reload && banctl status")
    expect_unit(debian, ActiveState="active")
    debian.run("install -d -o bansync -g bansync /srv/maps")
    debian.write("/etc/bansync/conf.d/map.conf", "[map]\nfile = /srv/maps/a.map\n")
    debian.run("systemctl restart bansyncd")
    expect_unit(debian, StatusText="0 entries in the map, 0 of 0 peers up; the map cannot be written")
    check("ReadWritePaths=/srv/maps" in debian.run("journalctl --no-pager -u bansyncd -n 20 -o cat"), "no hint in the journal")
    drop_in(debian, "map", "ReadWritePaths=/srv/maps\n")
    debian.run("systemctl restart bansyncd")
    expect_unit(debian, StatusText="1 entry in the map, 0 of 0 peers up")
    last = debian.run("journalctl --no-pager -u bansyncd -n 4 -o cat")
    check("hint" not in last and debian.exists("/srv/maps/a.map"), "with the drop-in: %s", last)
    os.unlink(debian.path("/etc/bansync/conf.d/map.conf"))


def test_restarts(debian):
    """A hanging agent is ended and comes back, as does one that cannot start for a while; one with a mistake does not."""
    drop_in(debian, "watchdog", "WatchdogSec=2s\n")
    debian.run("systemctl restart bansyncd && kill -STOP $(systemctl show -P MainPID bansyncd)")
    expect_unit(debian, NRestarts="1", ActiveState="active")
    debian.write("/etc/systemd/system/holder.service", "[Service]\nExecStart=flock /var/lib/bansync/lock sleep infinity\n")
    debian.run("systemctl stop bansyncd; systemctl daemon-reload; systemctl start holder; "
               "while flock -n /var/lib/bansync/lock true; do :; done; ! systemctl start bansyncd 2>&1")
    wait.until("it has been started more often than systemd allows by default", lambda: int(
        debian.run("systemctl show -P NRestarts bansyncd")) > 6)
    debian.run("systemctl stop holder")
    wait.until("it runs", lambda: debian.run("systemctl show -P ActiveState bansyncd").strip() == "active")
    debian.write("/etc/bansync/conf.d/mistake.conf", "thresold = 3\n")
    debian.run("systemctl reset-failed bansyncd; ! systemctl restart bansyncd 2>&1")
    expect_unit(debian, ActiveState="failed", ExecMainStatus="78", NRestarts="0")
    os.unlink(debian.path("/etc/bansync/conf.d/mistake.conf"))


def test_upgrade_running(debian, package):
    """An upgrade restarts what runs, and only that; a removal stops and disables it, unless it is called off."""
    name = "/package/" + os.path.basename(package)
    debian.run("systemctl start bansyncd")
    with MapWatch(debian.path(MAP), SENDER) as watch:
        before = debian.run("systemctl show -P MainPID bansyncd")
        debian.run("dpkg -i %s 2>&1" % name)
        expect_unit(debian, ActiveState="active", UnitFileState="disabled")
        check(debian.run("systemctl show -P MainPID bansyncd") != before, "the upgrade did not restart it")
    check(not watch.faults, "the map: %s", watch.faults[:3])
    debian.run("systemctl stop bansyncd && dpkg -i %s 2>&1" % name)
    expect_unit(debian, ActiveState="inactive")
    debian.run("systemctl enable --now bansyncd 2>&1")
    check(debian.exists(HOOK), "it is not enabled")
    scripts = "export DPKG_MAINTSCRIPT_PACKAGE=bansync; /var/lib/dpkg/info/bansync."
    debian.run(scripts + "prerm remove 2>&1")
    expect_unit(debian, ActiveState="inactive", UnitFileState="enabled")
    debian.run(scripts + "postinst abort-remove 2>&1")
    expect_unit(debian, ActiveState="active", UnitFileState="enabled")
    debian.run("dpkg --remove bansync 2>&1")
    check(not debian.exists(HOOK), "it is still enabled")
    check("bansyncd" not in debian.run("ps -A -o comm"), "it still runs")


def test_systemd(debian, packages):
    """The same Debian with systemd, booted."""
    if cgroups() is None:
        print("left out: systemd, as there is no unified cgroup hierarchy")
        return
    debian.write("/etc/postfix/main.cf", POSTFIX)
    debian.run("apt-get -q -y install systemd postfix 2>&1 && dpkg --purge bansync 2>&1")
    debian.install(packages[0])
    configure(debian)
    shutil.copy(packages[1], debian.path("/package"))
    try:
        step(debian.boot)
        step(test_unit, debian)
        step(alert_unit.examine, debian)
        step(doctor_unit.examine, debian)
        step(test_restarts, debian)
        step(test_upgrade_running, debian, packages[1])
    finally:
        debian.halt()


def main(bin_dir, source):
    work = tempfile.mkdtemp(prefix="bansync-package-")
    try:
        run(["mount", "-t", "tmpfs", "-o", "mode=755,size=2g", "bansync-package", work])
        kept = Kept(bin_dir)
        debian = Debian(os.path.join(work, "root"), kept.debian)
        debian.begin()  # it comes over the network while the compiler works
        packages = step(build_all, source, work)
        kept.keep(source, packages[0])
        step(test_lintian, packages[0])
        step(test_content, packages[0])
        step(debian.wait)
        manager = Manager(debian.path("/run/notify.sock"), "/run/notify.sock")
        step(test_install, debian, packages[0])
        step(test_rspamd_later, debian)
        step(test_links, debian)
        configure(debian)
        step(test_upgrade, debian, packages[1], step(test_service, debian, manager), manager)
        step(test_remove, debian)
        step(test_purge, debian)
        step(test_again, debian, packages[0], manager)
        step(test_systemd, debian, packages)
    except Unreachable as why:
        print("skipped: %s" % why)
        return 77
    finally:
        subprocess.run(["umount", "--lazy", work], check=False)
        os.rmdir(work)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.path.abspath(sys.argv[2])))
