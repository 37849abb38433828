/*
 * raft_log - whether a copy of a swarm's raft folder can be loaded: every record of
 * the write-ahead log whole and with the right checksum, its segments one chain, every
 * snapshot whole, and the newest one known to the log and followed by it without a gap.
 *
 * Needs no key: frames, types, checksums and indexes are plain, only entries are
 * encrypted. The files come piece by piece and in any order. Formats: etcd
 * server/storage/wal (walpb.Record), server/etcdserver/api/snap (snappb.Snapshot), which
 * swarmkit uses (manager/state/raft/storage).
 */
#ifndef ARCHIVE_RAFT_LOG_H
#define ARCHIVE_RAFT_LOG_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct raft_log;

struct raft_log_facts {
	uint64_t first, last; /* entries in the log; 0 without any */
	uint64_t commit;
	uint64_t snapshot; /* index of the newest; 0 without any */
};

/* NULL without memory. The caller frees it with raft_log_free. */
struct raft_log *raft_log_new(void);

/* Begins a file by its name without folders; what is neither a segment
 * ("%016x-%016x.wal") nor a snapshot ("%016x-%016x.snap") is left out. Errors, here and
 * below: ERR_REFUSED for what cannot be loaded, naming the file. */
int raft_log_begin(struct raft_log *l, const char *name, struct err *e);
int raft_log_add(struct raft_log *l, const void *bytes, size_t n, struct err *e);
int raft_log_end(struct raft_log *l, struct err *e);

/* Once all files were there. */
int raft_log_judge(struct raft_log *l, struct raft_log_facts *out, struct err *e);

/* NULL is fine. */
void raft_log_free(struct raft_log *l);

#endif
