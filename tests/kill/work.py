"""work - a service whose tasks tell when they are killed instead of stopped."""
import shutil

from hosts import ENDS, IMAGE, wait

REPLICAS = 4
# A task needs a second to stop, and writes down that it could.
SCRIPT = ("trap 'sleep 1; : >/ends/$HOSTNAME.ended; exit 0' TERM; : >/ends/$HOSTNAME.begun; "
          "while :; do sleep 0.2; done")
# As process 1 it would not hear of a signal that comes before the trap is set, and so be
# killed half a minute later; behind an init it ends without having begun.
INIT = shutil.which("docker-init") is not None
SPEC = {
    "Name": "work",
    "TaskTemplate": {
        "ContainerSpec": {
            "Image": IMAGE, "Command": ["sh", "-c", SCRIPT], "StopGracePeriod": 30 * 10**9, "Init": INIT,
            "Mounts": [{"Type": "bind", "Source": ENDS, "Target": "/ends"}],
        },
        "RestartPolicy": {"Condition": "any", "Delay": 10**9},
    },
    "Mode": {"Replicated": {"Replicas": REPLICAS}},
}


def _running(wanted):
    return sum(len(begun - ended - h.exempt) for h in wanted.hosts for begun, ended in [h.ends()])


def begin(wanted):
    """Makes the service unless it is there, and waits for its tasks while the
    swarm has a node to run them."""
    manager = wanted.managers()[0] if wanted.managers() else None
    if not manager or wanted.teardown or "active" not in wanted.availability.values():
        return
    if not manager.get("/services"):
        status, reply = manager.api("POST", "/services/create", SPEC)
        assert status == 201, reply
    wait(lambda: _running(wanted) >= REPLICAS, 180, "the tasks of the service did not begin")
