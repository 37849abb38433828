/*
 * timing - how often something is asked, and how long somebody is waited for, in
 * milliseconds, each with its reason. The deadline of the run bounds all of them.
 */
#ifndef BASE_TIMING_H
#define BASE_TIMING_H

/* ---- this machine ---- */

/* Lines of progress: as many as a person reads, and the same one less often. */
#define TIMING_PROGRESS_MS 1000
#define TIMING_PROGRESS_SAME_MS 5000
/* The same error of an operation that is tried again is shown anew after this. */
#define TIMING_NOTE_SAME_MS 10000
/* The end of the parent process: not every system has an event for it. */
#define TIMING_PARENT_MS 1000
/* Whoever reads the result: a terraform on a busy machine. */
#define TIMING_READER_MS 10000
/* A child process, whose end no descriptor tells. */
#define TIMING_CHILD_MS 5
/* A program that has closed its output, until it ends by itself. */
#define TIMING_CHILD_END_MS 2000
/* The docker client, to write a file. */
#define TIMING_CONTEXT_MS 20000
/* The lock of a known_hosts file: its owner writes a line or two in less. Many runs
 * at once take some milliseconds each. */
#define TIMING_LOCK_MS 20
#define TIMING_LOCK_WAIT_MS 5000
/* An ssh-agent whose backlog is full: it accepts a connection in less. */
#define TIMING_AGENT_MS 20
/* An ssh-agent, to list its keys, for which it asks nobody. */
#define TIMING_AGENT_LIST_MS 5000

/* ---- a connection ---- */

/* The next address of a name (RFC 8305 section 8, Connection Attempt Delay). */
#define TIMING_TCP_STAGGER_MS 250
/* Several retransmissions, even over a slow link. */
#define TIMING_TCP_SILENT_MS 20000
/* Connect and banner, while a host boots. */
#define TIMING_SSH_ATTEMPT_MS 10000
/* A host that boots. A connect that is refused costs nothing: 1 to 2 s with jitter,
 * so that many hosts that boot are not asked in step. */
#define TIMING_SSH_BOOT_MS 2000
/* sshd drops connections at random once ten of them have not logged in
 * (MaxStartups), and a login takes it a fraction of a second: with jitter any time
 * up to twice as long as before. */
#define TIMING_SSH_DROPPED_MS 250
#define TIMING_SSH_DROPPED_MAX_MS 8000
/* A login that is refused counts for five seconds against this address, and fifteen
 * of them shut it out (sshd_config(5), PerSourcePenalties): 6 to 7 s with jitter,
 * then more, so that the count falls. */
#define TIMING_SSH_LOGIN_MS 7000
#define TIMING_SSH_LOGIN_MAX_MS 16000
/* Less than this is no time to connect in: no try begins that late. */
#define TIMING_SSH_LAST_TRY_MS 500
/* The user's key on a new machine: cloud-init writes it seconds after sshd starts. */
#define TIMING_SSH_LATE_KEY_MS 60000
/* The farewell to a server: an interrupted run has to end soon, too. */
#define TIMING_SSH_DISCONNECT_MS 150
/* The rest of a packet, or the end of the connection. */
#define TIMING_SSH_PACKET_MS 1000
/* A session of a server that allows few. Each counts until its command has ended
 * there, which takes some milliseconds. */
#define TIMING_SSH_SESSION_AGAIN_MS 50
#define TIMING_SSH_SESSION_MS 3000
/* What a command still prints once its caller has read enough. */
#define TIMING_OUTPUT_END_MS 1000
/* ssh/relay: a client, to read our last word; how often those that have to go are looked
 * at. */
#define TIMING_RELAY_REPLY_MS 2000
#define TIMING_RELAY_LAST_WORD_MS 200
/* libssh2, to read on by itself, before other streams have their turn. */
#define TIMING_RELAY_ROUND_MS 1000
/* How often the owner of the streams may look how long the server has been silent. */
#define TIMING_RELAY_SILENCE_MS 50
/* A channel to a socket with a full backlog; after a second that was a refusal. */
#define TIMING_RELAY_AGAIN_MS 50
#define TIMING_RELAY_REFUSED_MS 1000

/* ---- Docker Engine, AWS ---- */

/* dockerd is up within a second or two of its socket; where it is still to be
 * installed, more than a question in two seconds tells nothing. */
#define TIMING_ENGINE_BOOT_MS 500
#define TIMING_ENGINE_BOOT_MAX_MS 2000
/* A manager that was asked while its leader died goes on asking that one for 20 s,
 * though another is elected by then; a question that comes after the election is
 * answered at once (swarmkit manager/state/raft, LeaderConn). */
#define TIMING_ASK_AGAIN_MS 5000
/* Two whose changes have collided must not meet again: 20 to 200 ms with jitter. A
 * read and a write of a manager take some 10. */
#define TIMING_RACE_MS 200
/* A connection that ends sooner is no engine's: an engine ends one that has asked
 * for nothing after five minutes (moby, ReadHeaderTimeout). */
#define TIMING_KEPT_MS 1000
/* The raft's Join call: a manager looks for 5 s whether the caller is reachable. */
#define TIMING_RAFT_JOIN_MS 20000
/* A busy service of AWS, twice as long after each try; and one that does not answer. */
#define TIMING_AWS_MS 100
#define TIMING_AWS_MAX_MS 5000
#define TIMING_AWS_AWAY_MS 15000
/* A store that has nothing yet, or a token that was rotated: whoever writes there does so once
 * a minute at most, and many machines read. */
#define TIMING_STORE_MAX_MS 10000
/* A port that answers does so within a round trip or two. */
#define TIMING_PROBE_MS 3000
/* The metadata of an instance: where there is no such service, often nothing
 * answers at all. */
#define TIMING_METADATA_MS 2000

/* ---- a swarm: how often ---- */

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

/* A swarm that somebody watches, while something moves in it; then for so long after the
 * last difference; else. Of tasks there is no event. */
#define TIMING_WATCH_MOVING_MS 1000
#define TIMING_WATCH_CALM_MS 5000
#define TIMING_WATCH_STILL_MS 5000
/* From one look to that which an event begins: a person takes it for at once, and a roll has
 * several a second. */
#define TIMING_WATCH_EVENT_MS 300

/* A picture whose ages are in seconds, when nothing else is new. */
#define TIMING_WATCH_TICK_MS 1000
/* Two samples of a processor's time, between which a difference can be seen. */
#define TIMING_WATCH_SAMPLE_MS 400

/* ---- a swarm: how long ---- */

/* A manager that does not answer a list by then, and four times what one took before, is
 * taken for gone: whoever watches wants to see the swarm by another. */
#define TIMING_WATCH_ANSWER_MS 5000
/* A manager gets a task's log from its node, and waits for one that is silent. */
#define TIMING_WATCH_LOGS_MS 3000
/* A node that somebody wants to know the use of, to be connected to. */
#define TIMING_WATCH_USAGE_MS 15000
/* A page that hears nothing, and whatever is between, may take the stream for dead. */
#define TIMING_WATCH_ALIVE_MS 10000

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
