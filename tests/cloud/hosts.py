"""Lab hosts that follow what a cloud's API says there is.

An emulator bridge asks the API of a fake cloud and calls Hosts.want() with all machines, as often as it
likes. A machine is a dict:

  id         another one under the same name is another machine: the old host goes first
  on         whether it has power
  addresses  with prefix length, all that it has
  keys       lines of authorized_keys
  user_data  a script, cloud-config, or a multi-part message of both
  disks      where it has more than its root: name, and label of what is on it or None
  rules      what iptables-restore takes, with the chains CLOUD-IN and CLOUD-OUT for what
             comes in and goes out by eth0; changes at any time

Every host has a thread of its own.
"""

import email
import json
import os
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LAB = os.path.join(HERE, "../../scripts/lab")
AGAIN = 2
JUMPS = """set -e
iptables-restore -w 10 --noflush
iptables -w 10 -C INPUT -i eth0 -j CLOUD-IN 2>/dev/null || iptables -w 10 -I INPUT -i eth0 -j CLOUD-IN
iptables -w 10 -C OUTPUT -o eth0 -j CLOUD-OUT 2>/dev/null || iptables -w 10 -I OUTPUT -o eth0 -j CLOUD-OUT
"""


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def parts_of(user_data):
    """The script of user data, and its cloud-config, which ours write as JSON."""
    if user_data.startswith("#cloud-config"):
        return "", json.loads(user_data.split("\n", 1)[1])
    if not user_data.startswith("Content-Type: multipart"):
        return user_data, {}
    script, config = "", {}
    for part in email.message_from_string(user_data).walk():
        if part.get_content_type() == "text/cloud-config":
            config = json.loads(part.get_payload().split("\n", 1)[1])
        elif part.get_content_type() == "text/x-shellscript":
            script = part.get_payload()
    return script, config


def without_real_disks(script, disks):
    """A lab host sees the disks of the machine that it is on; user data gets others to see."""
    if "mkfs" not in script:
        return script
    table = "\n".join(f"{name} {label or '-'}" for name, label in disks.items())
    with open(f"{HERE}/disks.sh", encoding="utf-8") as file:
        return f"#!/bin/sh\nDISKS='{table}'\n{file.read()}\n{script}"


def keys_in(config):
    return [key for user in config.get("users", []) if isinstance(user, dict) for key in user["ssh_authorized_keys"]]


class Host:
    """One lab host, made to be what was last wanted of it."""

    def __init__(self, cluster, name, work, booted):
        self.cluster, self.name, self.work, self.booted = cluster, name, work, booted
        self.wanted, self.made, self.powered, self.rules = None, None, False, None
        self.news = threading.Event()
        threading.Thread(target=self.follow, daemon=True).start()

    def want(self, machine):
        if machine != self.wanted:
            self.wanted = machine
            self.news.set()

    def follow(self):
        while True:
            # One that did not come up, on a machine that is busy, is tried again.
            self.news.wait(AGAIN if self.lacks_power() else None)
            self.news.clear()
            self.reach(self.wanted)

    def lacks_power(self):
        return bool(self.wanted and self.wanted["on"] and not self.powered)

    def lab(self, word, *words, **options):
        done = subprocess.run([LAB, word, self.cluster, self.name, *words],
                              capture_output=True, text=True, check=False, **options)
        if done.returncode:
            say(f"lab {word} {self.name}: {done.stderr.strip()}")
        return done.returncode == 0

    def reach(self, machine):
        if self.made and (not machine or machine["id"] != self.made):
            say(f"{self.name}: gone")
            self.lab("down")
            self.made, self.powered = None, False
        if machine and machine["on"] and not self.powered:
            self.power_on(machine)
        if machine and not machine["on"] and self.powered:
            say(f"{self.name}: off")
            self.lab("kill")
            self.powered = False
        if self.powered and machine["rules"] != self.rules:
            self.rules = machine["rules"]
            self.lab("exec", "--", "sh", "-c", JUMPS, input=self.rules)

    def power_on(self, machine):
        self.rules = None
        if self.made:
            # Its public address is another one then, and its Docker is enabled at boot.
            say(f"{self.name}: on again with {' '.join(machine['addresses'])}")
            self.powered = self.lab("up", ",".join(machine["addresses"]))
            return
        script, config = parts_of(machine["user_data"])
        script = without_real_disks(script, machine.get("disks", {}))
        say(f"{self.name}: on with {' '.join(machine['addresses'])}")
        self.made = machine["id"]
        key = config.get("ssh_keys", {}).get("ed25519_private")
        self.powered = self.lab("up", ",".join(machine["addresses"]), "--no-docker",
                                "--authorized-keys", self.write("keys", "\n".join(machine["keys"] + keys_in(config)) + "\n"),
                                "--user-data", self.write("user-data", script or "#!/bin/sh\n"),
                                *(["--host-key", self.write("host-key", key)] if key else []))
        if self.powered and self.booted:
            self.booted(self.cluster, self.name, machine)

    def write(self, kind, text):
        path = f"{self.work}/{self.name}.{kind}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class Hosts:
    """All of them, by name. booted(CLUSTER, NAME, MACHINE) is called after a first boot."""

    def __init__(self, cluster, work, booted=None):
        self.cluster, self.work, self.booted, self.hosts = cluster, work, booted, {}

    def want(self, machines):
        for name in set(machines) | set(self.hosts):
            if name not in self.hosts:
                self.hosts[name] = Host(self.cluster, name, self.work, self.booted)
            self.hosts[name].want(machines.get(name))


def until_input_ends(seconds, look):
    """Calls look() again and again, until whoever holds the other end of stdin is gone."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    while not ended.wait(seconds):
        look()
