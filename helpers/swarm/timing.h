/*
 * timing - how often what is asked, and how long who is waited for, in
 * milliseconds, each with its reason. Times that a deadline bounds as well.
 */
#ifndef SWARM_TIMING_H
#define SWARM_TIMING_H

/* ---- how often ---- */

/* The log of a new manager grows by 64 KiB with each write: as fast as can be. */
#define TIMING_RAFT_WRITE_MS 10
/* A manager learns that a task has ended some 400 ms after the node's own event. */
#define TIMING_TASK_MS 50
/* An engine of which there is no event: one request on an open connection. */
#define TIMING_ENGINE_MS 100
/* A descriptor, of which none was left for one more client. */
#define TIMING_NO_DESCRIPTOR_MS 100
/* Who is started after one that has not answered yet: a round trip around the
 * world, so that a dead manager costs no more. */
#define TIMING_STAGGER_MS 150
/* A manager that has not answered a client for so long may be gone: another one is
 * connected to, so that a client has it within a second. */
#define TIMING_DOUBT_MS 250
/* What changes within a second or two: a join lease, a manager coming up. */
#define TIMING_LEASE_MS 250
/* What a manager has to read for us, of which there is no event. */
#define TIMING_MANAGER_MS 500
/* An operation anew, with new connections; and where an event may be missed. */
#define TIMING_RETRY_MS 1000
/* Tasks, where an event may be missed: no more than a request a second. */
#define TIMING_TASK_EVENT_MS 1500

/* Often enough for whoever looks whether a roll goes on, one write each. */
#define TIMING_ROLL_RENEW_MS 5000

/* ---- how long ---- */

/* From "running" to the signal handlers of a container's process 1. */
#define TIMING_TASK_STARTED_MS 500
/* A write takes some 10 when all is well; a swarm that takes longer has stalled. */
#define TIMING_STALL_MS 1000
/* Whoever may be making a swarm at this moment, to finish it. */
#define TIMING_INIT_MS 2000
/* A manager in doubt that still has sent nothing is taken for gone. */
#define TIMING_GONE_MS 5000
/* What is optional: peers and managers that only confirm something. */
#define TIMING_BRIEFLY_MS 5000
/* A claim that nobody takes away is of a process that was killed: whoever lives
 * takes its own away after TIMING_BRIEFLY_MS. */
#define TIMING_CLAIM_MS 10000
/* A task that takes longer to start (an image that is pulled, a slow health
 * check) is not in its first moments. */
#define TIMING_TASK_START_MS 10000
/* What an earlier run has waited for in full. */
#define TIMING_WAITED_BEFORE_MS 10000
/* An engine tries its next manager every 8 s at least. */
#define TIMING_PENDING_MS 15000
/* Nearly twice the 8 s that an engine at most waits before it tries its first
 * session again (swarmkit agent/agent.go, maxSessionFailureBackoff). */
#define TIMING_STALE_NODE_MS 15000
/* A manager that has just joined or started, until it is reachable: 2 s seen, and more on a
 * machine that has much else to do. One that is dead is Down before this ends. */
#define TIMING_MANAGER_UP_MS 20000
/* A node is Down 12 s after its last word (swarmkit's heartbeat). */
#define TIMING_DOWN_MS 20000
/* A new leader calls a node Unknown until it has heard of it, and Down some 30 s later
 * (swarmkit manager/dispatcher, gracePeriodMultiplierUnknown). */
#define TIMING_UNKNOWN_MS 45000
/* The managers, to agree on who is one of them; longer than one of them may take to come up. */
#define TIMING_DEMOTE_MS 30000
/* A node, to be Ready, before its engine is looked at again. */
#define TIMING_READY_MS 20000
/* To put things back once the time of the run is over. */
#define TIMING_ROLLBACK_MS 20000
/* A manager that has lost its leader says so after 20 s; by then an election that
 * it was asked in the middle of is over too. */
#define TIMING_FIND_MANAGER_MS 30000
/* A host that is silent, before the work goes on without it. */
#define TIMING_SILENT_HOST_MS 30000
/* Two machines with one ID take its session from each other every 2 to 20 s; an
 * engine reports a changed hostname within 20 s (swarmkit agent/agent.go,
 * nodeUpdatePeriod). */
#define TIMING_SAME_ID_MS 30000
/* A join takes some 2 s before the raft sync, which renews the lease. */
#define TIMING_JOIN_LEASE_MS 30000
/* An election takes 10 to 20 s, and one whose votes are split is held again, and
 * once more; without a quorum it has no end. */
#define TIMING_ELECTION_MS 90000
/* What an idle connection survives in any network. */
#define TIMING_IDLE_MS 30000
/* Tasks that another node has just taken over, until they run, before a roll begins. */
#define TIMING_WHOLE_MS 30000
/* A roll renews its lease every 5 s, but for the search for a manager after an election
 * (during which nobody can look), and its own slow machine. */
#define TIMING_ROLL_LEASE_MS 60000
/* A host that the swarm sees alive: its own sshd is at fault, and waiting does
 * not mend that. */
#define TIMING_SILENT_NODE_MS 120000

#endif
