/* SPDX-License-Identifier: MIT */
/* What a restore refuses before the host is touched. */
#include "swarm/restore_internal.h"

#include "base/js.h"
#include "base/text.h"
#include "net/addr.h"

#include <stdio.h>
#include <string.h>

/* ---- the archive ---- */

static int check_lock(const struct archive_manifest *m,
		      const struct swarm_restore_params *p, struct err *e)
{
	if (!m->autolock)
		return 0;
	if (json_array_size(m->managers) > 1)
		return err_set(e, ERR_REFUSED,
			       "from: the managers of this swarm locked themselves, and "
			       "what was copied from one of several cannot be restored "
			       "(moby#36852); take an archive from before autolock was on");
	if (p->advertise_addr && !addr_same_ip(p->advertise_addr, m->advertise_addr))
		return err_set(
			e, ERR_REFUSED,
			"advertise_addr: the manager of this archive locks itself, and "
			"such a one gets no other address than %s; give the host that "
			"one, or take an archive from before autolock was on",
			m->advertise_addr);
	if (!p->unlock_key)
		return err_set(e, ERR_USAGE,
			       "unlock_key_env: the manager of this archive locks itself; "
			       "give the key that `docker swarm unlock-key` has told");
	return 0;
}

int swarm_restore_judge_archive(const struct archive_manifest *m,
				const struct swarm_restore_params *p,
				const struct archive_stamp *now, struct err *e)
{
	if (archive_stamp_compare(&m->facts->until, now) <= 0)
		return err_set(e, ERR_REFUSED,
			       "from: the certificate in this archive ended at %s, and no "
			       "engine starts with it; take a newer archive",
			       archive_stamp_rfc(&m->facts->until).text);
	if (p->advertise_addr && !addr_is_ip(p->advertise_addr))
		return err_set(e, ERR_USAGE,
			       "advertise_addr: %s: expected an IP address, to compare with "
			       "that of the archive, %s",
			       p->advertise_addr, m->advertise_addr);
	return check_lock(m, p, e);
}

/* ---- where it listens ---- */

static bool is_v6(const char *addr)
{
	return strchr(addr, ':') != NULL;
}

int swarm_restore_judge_listen(const json_t *settings, const char *addr, char *out,
			       size_t size, struct err *e)
{
	const char *had = js_text(settings, "ListenAddr");
	struct addr listen;

	snprintf(out, size, "%s", had);
	if (!*had)
		return 0;
	if (addr_parse(&listen, had, strlen(had), e))
		return err_wrap(e, "from: its ListenAddr");
	if (!addr_same_ip(listen.host, "0.0.0.0") && !addr_same_ip(listen.host, "::"))
		return err_set(e, ERR_REFUSED,
			       "advertise_addr: the manager of this archive listens on %s "
			       "alone, and its engine does not start its swarm on a host "
			       "without that address; give the host that one",
			       had);
	if (is_v6(addr) && !is_v6(listen.host))
		snprintf(out, size, "[::]:%u", (unsigned)listen.port);
	return 0;
}

/* ---- the engine ---- */

/* The first three numbers of a version, as one; what is none counts as 0. */
static uint64_t version_of(const char *text)
{
	uint64_t all = 0;

	for (int i = 0; i < 3; i++) {
		uint64_t number = 0;

		for (; *text >= '0' && *text <= '9' && number < 100000; text++)
			number = number * 10 + (uint64_t)(*text - '0');
		all = all * 1000000 + number;
		text += *text == '.';
	}
	return all;
}

int swarm_restore_judge_engine(const char *of_archive, const char *here, struct err *e)
{
	if (version_of(here) >= version_of(of_archive))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "its Docker is %s, and the archive is of Docker %s; an older engine "
		       "may not read it: bring Docker %s or a newer one there first",
		       here, of_archive, of_archive);
}

/* ---- the managers ---- */

static bool is_named(const char *list, const char *name)
{
	const char *item;
	size_t n;

	while (*name && text_next_item(&list, &item, &n))
		if (n == strlen(name) && !strncmp(item, name, n))
			return true;
	return false;
}

static bool is_addr(const char *list, const char *addr)
{
	const char *item;
	char one[256];
	size_t n;

	while (text_next_item(&list, &item, &n)) {
		snprintf(one, sizeof(one), "%.*s", (int)n, item);
		if (addr_same_ip(one, addr))
			return true;
	}
	return false;
}

static bool is_gone(const json_t *manager, const char *gone)
{
	return gone && (is_named(gone, js_text(manager, "id")) ||
			is_named(gone, js_text(manager, "hostname")) ||
			is_addr(gone, js_text(manager, "addr")));
}

/* Whether it may run as a manager, however badly. */
static bool runs(const struct docker_info *info)
{
	return info->state != DOCKER_INACTIVE &&
	       (info->state != DOCKER_ACTIVE || info->manager);
}

static const json_t *find(const json_t *managers, const char *node_id)
{
	const json_t *m;
	size_t i;

	json_array_foreach(managers, i, m)
		if (*node_id && !strcmp(js_text(m, "id"), node_id))
			return m;
	return NULL;
}

/* Workers do not know their swarm's ID, but its managers: those of the archive, or this one where
 * it was restored before. */
static bool is_same_swarm(const struct archive_manifest *m,
			  const struct swarm_restore_params *p,
			  const struct docker_info *info)
{
	const json_t *one;
	size_t i;

	if (*info->cluster_id)
		return !strcmp(info->cluster_id, m->facts->cluster_id);
	if (find(m->managers, info->node_id) ||
	    (p->advertise_addr && is_addr(info->managers, p->advertise_addr)))
		return true;
	json_array_foreach(m->managers, i, one)
		if (is_addr(info->managers, js_text(one, "addr")))
			return true;
	return false;
}

/* One that has answered. */
static int judge_seen(const struct archive_manifest *m,
		      const struct swarm_restore_seen *s,
		      const struct swarm_restore_params *p, struct err *e)
{
	const struct docker_info *info = s->info;

	if (info->state == DOCKER_INACTIVE)
		return 0;
	if (info->state == DOCKER_ACTIVE && !is_same_swarm(m, p, info))
		return p->leave_other
			       ? 0
			       : err_set(e, ERR_REFUSED,
					 "%s is in another swarm (%s) than the archive's "
					 "(%s); take an archive of that one, or set "
					 "from_other_swarm to leave",
					 s->host,
					 *info->cluster_id ? info->cluster_id
							   : info->managers,
					 m->facts->cluster_id);
	if (!strcmp(info->node_id, m->facts->node_id))
		return err_set(e, ERR_REFUSED,
			       "%s is the node %s that the archive is of, and lives; "
			       "nothing has to be restored, or switch it off first",
			       s->host, info->node_id);
	if (!runs(info))
		return 0;
	if (info->state == DOCKER_ACTIVE || find(m->managers, info->node_id))
		return err_set(e, ERR_REFUSED,
			       "%s is a manager of this swarm and lives; join this host to "
			       "it with join-node, whatever it has is newer than the "
			       "archive",
			       s->host);
	return 0;
}

/* Whether that host shows that the manager does not run there any more. */
static bool rules_out(const struct swarm_restore_seen *s, const json_t *manager)
{
	const struct docker_info *info = s->info;
	const char *addr = js_text(manager, "addr");

	if (!info || runs(info))
		return false;
	return addr_same_ip(s->host, addr) || addr_same_ip(info->node_addr, addr) ||
	       !strcmp(info->node_id, js_text(manager, "id")) ||
	       !strcmp(info->hostname, js_text(manager, "hostname"));
}

static int judge_manager(const json_t *manager, const struct swarm_restore_seen *seen,
			 size_t count, const char *gone, struct err *e)
{
	if (is_gone(manager, gone))
		return 0;
	for (size_t i = 0; i < count; i++)
		if (rules_out(&seen[i], manager))
			return 0;
	return err_set(e, ERR_REFUSED,
		       "the swarm had a manager %s (%s), and it cannot be ruled out "
		       "that it runs; name it in peers, to be asked, or in gone when it is "
		       "off for good",
		       js_text(manager, "hostname"), js_text(manager, "addr"));
}

int swarm_restore_judge_managers(const struct archive_manifest *m,
				 const struct swarm_restore_seen *seen, size_t count,
				 const struct swarm_restore_params *p, bool itself,
				 struct err *e)
{
	const json_t *one;
	size_t i;

	for (i = 0; i < count; i++)
		if (seen[i].info && judge_seen(m, &seen[i], p, e))
			return -1;
	json_array_foreach(m->managers, i, one)
		if ((itself || strcmp(js_text(one, "id"), m->facts->node_id) != 0) &&
		    judge_manager(one, seen, count, p->gone, e))
			return -1;
	return 0;
}
