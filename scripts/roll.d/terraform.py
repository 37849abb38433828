"""terraform - runs Terraform in a root, and reads its plans and outputs.

It has a process group of its own, so that Ctrl-C at a terminal is the caller's, and writes
to a file, so that it ends what it does also when the caller is killed.
"""
import json
import os
import shutil
import signal
import subprocess
import time

HEARTBEAT = 30  # seconds between lines that say what it does
SAID = 60  # lines of its errors that are shown
LOCK_WAIT = "10m"  # for another terraform in the same state to end


class Failed(Exception):
    """One line that a person can act on."""


class Stopped(Exception):
    """The person at the terminal, or who ends this process, wants it to end now."""


class Interrupts:
    """The first signal asks for the end of the roll after the batch, the next ones at once."""

    def __init__(self, say):
        self.say, self.count, self.child = say, 0, None
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, self.take)

    def take(self, number, _frame):
        self.count += 2 if number == signal.SIGTERM and self.count == 0 else 1
        if self.count == 1:
            self.say("stopping after this batch; once more, and it stops at once")
            return
        self.say("stopping at once" + ("; terraform is interrupted" if self.child else ""))
        if self.child:
            self.child.send_signal(signal.SIGINT)

    @property
    def asked(self):
        return self.count > 0

    def check(self):
        if self.count > 1:
            raise Stopped()


class Plan:
    """What `terraform show -json` says of a saved plan."""

    def __init__(self, shown):
        self.changes = [c for c in shown.get("resource_changes", []) if set(c["change"]["actions"]) - {"no-op", "read"}]
        planned = shown.get("planned_values", {}).get("outputs", {})
        self.outputs = {name: output["value"] for name, output in planned.items() if "value" in output}
        self.variables = shown.get("configuration", {}).get("root_module", {}).get("variables", {})


def actions(change):
    return change["change"]["actions"]


def deletes(change):
    return "delete" in actions(change)


class Terraform:
    def __init__(self, root, options, say, interrupts):
        self.root, self.options, self.say, self.interrupts = root, options, say, interrupts
        self.program = os.environ.get("TF") or shutil.which("terraform") or shutil.which("tofu")
        if not self.program:
            raise Failed("neither terraform nor tofu is on PATH: install Terraform 1.9 or newer, or OpenTofu")
        self.folder = os.path.join(root, os.environ.get("TF_DATA_DIR") or ".terraform")
        if not os.path.isdir(self.folder):
            raise Failed(f"{root} is no root in which `terraform init` was run")
        self.saved = os.path.join(self.folder, f"roll-{os.getpid()}.plan")
        self.log_path = os.path.join(self.folder, "roll.log")
        if os.path.exists(self.log_path):
            # of a run that was killed, and whose terraform may write to it still
            os.replace(self.log_path, self.log_path + ".1")

    def read(self, *arguments):
        """Standard output of a command that changes nothing."""
        done = subprocess.run([self.program, *arguments], cwd=self.root, stdin=subprocess.DEVNULL, start_new_session=True,
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"terraform {arguments[0]} ended with code {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def outputs(self):
        return {name: output["value"] for name, output in json.loads(self.read("output", "-json", "-no-color")).items()}

    def run(self, who, *arguments):
        """A command that may take long. Its exit code; what it said is in the log, errors are in self.errors."""
        began = said = time.monotonic()
        errors = self.log_path + ".errors"
        with open(self.log_path, "ab") as log, open(errors, "wb") as err:
            child = subprocess.Popen([self.program, *arguments], cwd=self.root, stdin=subprocess.DEVNULL, stdout=log, stderr=err,
                                     start_new_session=True, env=dict(os.environ, TF_IN_AUTOMATION="1"))
            self.interrupts.child = child
            while True:
                try:
                    code = child.wait(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    if time.monotonic() - said >= HEARTBEAT:
                        said = time.monotonic()
                        self.say(f"{who}: {said - began:.0f} s: {self.last_words()}")
            self.interrupts.child = None
        with open(errors, "rb") as err:
            self.errors = err.read().decode(errors="replace")
        os.unlink(errors)
        with open(self.log_path, "ab") as log:
            log.write(self.errors.encode())
        return code

    def last_words(self):
        """What it, or an executable that it runs, has said last."""
        with open(self.log_path, "rb") as log:
            log.seek(max(0, os.path.getsize(self.log_path) - 4096))
            lines = log.read().decode(errors="replace").splitlines()
        lines = [line for line in lines if line.strip() and "(local-exec): Executing: " not in line and "local-exec: Executing" not in line]
        told = [line.split(" (local-exec): ", 1)[1] for line in lines if " (local-exec): " in line]
        return (told or lines or ["nothing said yet"])[-1].strip()

    def show_errors(self):
        for line in self.errors.strip().splitlines()[-SAID:]:
            self.say(line, plain=True)

    def plan(self, who, surge, replace=()):
        """Makes and saves a plan, and reads it."""
        arguments = ["plan", "-input=false", "-no-color", f"-lock-timeout={LOCK_WAIT}", f"-out={self.saved}"]
        arguments += [f"-replace={address}" for address in replace] + self.options
        if surge:
            arguments.append("-var=surge=" + json.dumps(surge))
        code = self.run(who, *arguments)
        self.interrupts.check()
        if code:
            self.show_errors()
            raise Failed(f"{who}: terraform plan ended with code {code}; nothing was begun")
        return Plan(json.loads(self.read("show", "-json", "-no-color", self.saved)))

    def apply(self, who):
        """Carries the saved plan out. Its exit code."""
        return self.run(who, "apply", "-input=false", "-no-color", f"-lock-timeout={LOCK_WAIT}", self.saved)

    def clean_up(self):
        if os.path.exists(self.saved):
            os.unlink(self.saved)
