"""What a drain costs on a small and on a large swarm, and when an event is missed."""

import os

import engine

SIZES = {"20 nodes, 200 tasks": (20, 200), "2,000 nodes, 20,000 tasks": (2000, 20000)}
ROUNDS = 10
# Until the last task has stopped
WORK = engine.STOP_AFTER + engine.TASKS * engine.STOP_EVERY


def templates(lab):
    """Real objects of a real engine."""
    lab.image(1)
    real = lab.engine(1)
    real.call("POST", "/services/create", {
        "Name": "work", "TaskTemplate": {"ContainerSpec": {"Image": "lab/busybox", "Command": ["sleep", "1000"]}},
        "Mode": {"Replicated": {"Replicas": 1}}})
    lab.until(20, lambda: any(t["Status"]["State"] == "running" for t in real.call("GET", "/tasks")))
    return {"info": real.call("GET", "/info"), "swarm": real.call("GET", "/swarm"),
            "node": real.call("GET", "/nodes")[0], "task": real.call("GET", "/tasks")[0]}


def leaving(bench, work, real, nodes, tasks, events=True):
    """Removes a manager of a scripted swarm; the sample and the bytes that it read."""
    server = engine.Server(os.path.join(work, "engine"), engine.Swarm(real, nodes, tasks, events))
    try:
        sample = bench.run([bench.helper("drain-and-remove"), "--host", f"unix://{server.path}"])
    finally:
        server.end()
    return sample, server.swarm.sent


def drain(bench, lab, work):
    real = templates(lab)
    read = {}

    def of(name, nodes, tasks, events=True):
        def run():
            sample, read[name] = leaving(bench, work, real, nodes, tasks, events)
            return sample
        return run

    runs = {name: of(name, *size) for name, size in SIZES.items()}
    runs["20 nodes, no event comes"] = of("20 nodes, no event comes", 20, 200, events=False)
    samples = bench.interleave(ROUNDS, **runs)
    small, large, deaf = (bench.row("drain, scripted engine", name, samples[name], received=read[name]) for name in runs)
    large.ratio = large.median / small.median
    bench.judge(large, "<= 1.2 times the small one, in time, CPU and bytes",
                large.ratio <= 1.2 and large.cpu <= 1.2 * small.cpu and large.received <= 1.2 * small.received)
    bench.judge(deaf, "<= 2 s after the last task", deaf.median - WORK <= 2)
