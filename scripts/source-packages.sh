# shellcheck shell=bash
# source-packages.sh - sources of libraries from the source packages of this machine's Debian
# or Ubuntu, for the scripts that build libraries.
#
# Whoever sources this sets APT, a folder in the cache that keeps the lists, and WORK, where
# files are put and `log` is written, and has say and die. STATIC_LIBS_OLDER=yes takes lists of an earlier day
# where today's cannot be fetched.

# apt with lists of source packages of its own: the machine's stay as they are.
apt_here() {
	local tool=$1
	shift
	"$tool" -qq -o "Dir::Etc::SourceList=$APT/sources.list" -o Dir::Etc::SourceParts=- \
		-o "Dir::State::Lists=$APT/lists" -o "Dir::Cache=$APT" -o APT::Sandbox::User=root "$@"
}

# The machine's own lines of both formats, asking for sources.
source_lines() {
	sed -n 's/^deb \(.*\)/deb-src \1/p' /etc/apt/sources.list 2>/dev/null || true
	awk -v RS= -F '\n' '{
		delete field
		for (i = 1; i <= NF; i++) {
			split($i, part, /: */)
			field[part[1]] = substr($i, length(part[1]) + 3)
		}
		key = field["Signed-By"] ? "[signed-by=" field["Signed-By"] "]" : ""
		n = split(field["URIs"], uris, / +/)
		m = split(field["Suites"], suites, / +/)
		for (i = 1; i <= n; i++)
			for (k = 1; k <= m; k++)
				print "deb-src", key, uris[i], suites[k], field["Components"]
	}' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list.d/ubuntu.sources 2>/dev/null || true
}

older_will_do() { [ "${STATIC_LIBS_OLDER-}" = yes ]; }

# Lists that are a day old do.
update_lists() {
	[ -z "$(find "$APT/updated" -mtime -1 2>/dev/null)" ] || return 0
	mkdir -p "$APT/lists/partial" "$APT/archives/partial"
	source_lines >"$APT/sources.list"
	[ -s "$APT/sources.list" ] || die "no Debian or Ubuntu package sources are set up here; the libraries' sources come from one of them"
	if apt_here apt-get update >&2; then
		touch "$APT/updated"
	else
		older_will_do || die "the lists of source packages could not be fetched, see above; STATIC_LIBS_OLDER=yes goes on with those of an earlier day"
		say "the lists of source packages could not be fetched; going on with old ones"
	fi
}

# The versions of a source package, newest first
versions_of() {
	apt_here apt-cache showsrc "$1" | sed -n 's/^Version: //p' | sort -Vru
}

# fetch_parts PACKAGE VERSION PART...: into $WORK; a part is --tar-only or --diff-only.
fetch_parts() {
	local package=$1 version=$2 part
	shift 2
	for part; do
		(cd "$WORK" && apt_here apt-get source --download-only "$part" "$package=$version" >>"$WORK/log" 2>&1) || return 1
	done
}
