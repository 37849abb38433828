/* SPDX-License-Identifier: MIT */
/* A store of documents: one for each role, each with all that a node of that role joins with, so
 * that a role can be let read one of them and a read is one request. That of the workers is
 * written first and removed last: who has it has the name. */
#include "store/internal.h"

#include "base/js.h"

#include <stdio.h>
#include <string.h>

static const char *const files[STORE_ROLES] = { "worker", "manager" };

/* The object's or the parameter's name */
static void name_of(const struct store *s, int role, char out[2 * STORE_MAX_PLACE])
{
	snprintf(out, 2 * STORE_MAX_PLACE, "%s/%s", s->name, files[role]);
}

/* ---- read ---- */

static int take_text(int role, const struct buf *text, struct store_entry *out,
		     struct err *e)
{
	json_t *said = js_read(buf_str(text), text->len, files[role], e);
	const char *cluster_id = js_text(said, "cluster_id");
	int ret = -1;

	if (!*cluster_id) {
		err_set(e, ERR_REFUSED,
			"%s is no JSON object with cluster_id, managers and token; remove "
			"it, then run store-tokens",
			files[role]);
	} else if (out->found && strcmp(out->cluster_id, cluster_id) != 0) {
		err_set(e, ERR_REFUSED,
			"worker and manager are of several swarms, of %s and of %s; "
			"remove the one that is wrong",
			out->cluster_id, cluster_id);
	} else {
		const char *token = js_text(said, "token");

		out->found = true;
		store_entry_copy(out->cluster_id, sizeof(out->cluster_id), cluster_id);
		store_entry_copy(out->managers, sizeof(out->managers),
				 js_text(said, "managers"));
		/* One that is empty is there nevertheless. */
		store_entry_copy(out->token[role], sizeof(out->token[role]),
				 *token ? token : "?");
		ret = 0;
	}
	json_decref(said);
	return ret;
}

static int read_one(struct store *s, const struct store_documents *kept, int role,
		    struct store_entry *out, const struct deadline *d, struct err *e)
{
	struct buf text = BUF_INIT(STORE_MAX_DOCUMENT);
	char name[2 * STORE_MAX_PLACE];
	int ret = -1;

	name_of(s, role, name);
	s->tag[role][0] = '\0';
	if (!kept->get(s, name, &text, s->tag[role], d, e))
		ret = take_text(role, &text, out, e);
	else if (e->kind == ERR_NOT_FOUND)
		ret = 0;
	buf_free(&text);
	return ret;
}

int store_document_read(struct store *s, const struct store_documents *kept,
			unsigned roles, struct store_entry *out, const struct deadline *d,
			struct err *e)
{
	for (int role = 0; role < STORE_ROLES; role++)
		if (roles & STORE_ROLE(role) && read_one(s, kept, role, out, d, e))
			return -1;
	return 0;
}

/* ---- change ---- */

static int put_one(struct store *s, const struct store_documents *kept, int role,
		   const struct store_entry *want, const struct deadline *d,
		   struct err *e)
{
	json_t *said = json_pack("{s:s, s:s, s:s}", "cluster_id", want->cluster_id,
				 "managers", want->managers, "token", want->token[role]);
	struct buf text = BUF_INIT(STORE_MAX_DOCUMENT);
	char name[2 * STORE_MAX_PLACE];
	int ret;

	name_of(s, role, name);
	js_write(said, &text);
	json_decref(said);
	ret = kept->put(s, name, &text, s->tag[role], d, e);
	buf_free(&text);
	return ret;
}

static int remove_one(struct store *s, const struct store_documents *kept, int role,
		      const struct deadline *d, struct err *e)
{
	char name[2 * STORE_MAX_PLACE];

	name_of(s, role, name);
	return *s->tag[role] ? kept->remove(s, name, d, e) : 0;
}

int store_document_change(struct store *s, const struct store_documents *kept,
			  const struct store_entry *want, const struct store_entry *was,
			  const struct deadline *d, struct err *e)
{
	(void)was; /* its tags tell more */
	if (want && put_one(s, kept, STORE_WORKER, want, d, e))
		return -1;
	if (want && *want->token[STORE_MANAGER])
		return put_one(s, kept, STORE_MANAGER, want, d, e);
	if (remove_one(s, kept, STORE_MANAGER, d, e))
		return -1;
	return want ? 0 : remove_one(s, kept, STORE_WORKER, d, e);
}
