/* SPDX-License-Identifier: MIT */
/* The keys that all executables share. */
#include "cli/query.h"

const struct query_field query_shared_fields[] = {
	{ .key = "host",
	  .type = QUERY_HOST,
	  .required = true,
	  .meaning = "the machine: a name or an address; unix:///path for "
		     "the engine of this machine, without SSH",
	  .example = "10.0.1.12" },
	{ .key = "name",
	  .type = QUERY_TEXT,
	  .meaning = "the node's hostname: shown in messages; once it is "
		     "gone, it is found by this and its address",
	  .example = "dev-worker-2" },
	{ .key = "port",
	  .type = QUERY_PORT,
	  .fallback = "22",
	  .meaning = "the TCP port of sshd",
	  .example = "2222" },
	{ .key = "user",
	  .type = QUERY_TEXT,
	  .fallback = "root",
	  .meaning = "the user to log in as: root, one in group docker, "
		     "or one whose sudo asks for no password",
	  .example = "admin" },
	{ .key = "private_key",
	  .type = QUERY_PATH,
	  .meaning = "the private key's file; without it the agent, then "
		     "~/.ssh/id_ed25519, id_ecdsa and id_rsa are tried",
	  .example = "~/.ssh/swarm_ed25519" },
	{ .key = "private_key_env",
	  .type = QUERY_ENV,
	  .meaning = "the environment variable with the key itself",
	  .example = "SWARM_KEY" },
	{ .key = "passphrase_env",
	  .type = QUERY_ENV,
	  .meaning = "the environment variable with the passphrase of "
		     "private_key",
	  .example = "SWARM_KEY_PASSPHRASE" },
	{ .key = "known_hosts",
	  .type = QUERY_PATH,
	  .meaning = "the known_hosts file; without it ~/.ssh/known_hosts",
	  .example = "./known_hosts" },
	{ .key = "host_key",
	  .type = QUERY_LINES,
	  .meaning = "pinned host keys, one a line, each with or without the "
		     "host it is for; they replace the file for that host",
	  .example = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5..." },
	{ .key = "host_key_policy",
	  .type = QUERY_CHOICE,
	  .fallback = "strict",
	  .choices = "strict|accept-new",
	  .meaning = "strict refuses a host whose key is not known; accept-new "
		     "records it in known_hosts; both refuse a changed key",
	  .example = "accept-new" },
	{ .key = "bastion_host",
	  .type = QUERY_SSH_HOST,
	  .meaning = "the machine to go through when the host cannot be "
		     "reached directly; its key is verified too",
	  .example = "bastion.example.com" },
	{ .key = "bastion_port",
	  .type = QUERY_PORT,
	  .fallback = "22",
	  .meaning = "the TCP port of the bastion's sshd",
	  .example = "2222" },
	{ .key = "bastion_user",
	  .type = QUERY_TEXT,
	  .meaning = "the user on the bastion; without it user",
	  .example = "jump" },
	{ .key = "bastion_private_key",
	  .type = QUERY_PATH,
	  .meaning = "the private key's file for the bastion; without it "
		     "private_key",
	  .example = "~/.ssh/bastion_ed25519" },
	{ .key = "docker_socket",
	  .type = QUERY_SOCKET,
	  .fallback = "/var/run/docker.sock",
	  .meaning = "the absolute path of Docker's socket on the host, and on "
		     "every other one whose entry in a list has none behind it",
	  .example = "/run/user/1000/docker.sock" },
	{ .key = "timeout",
	  .type = QUERY_DURATION,
	  .meaning = "how long the whole run may take, in ms, s, m or h",
	  .example = "90s" },
	{ 0 }
};
