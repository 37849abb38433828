/*
 * lead_script - what lead runs on a worker as root.
 */
#ifndef DOCKER_LEAD_SCRIPT_H
#define DOCKER_LEAD_SCRIPT_H

/* POSIX shell. DO (lead, end) is set in front of it, and for lead SOCKET, TABLES (iptables,
 * ip6tables), TO ("ip:port") and FROM (lines "ip port"). */
extern const char docker_lead_script[];

#endif
