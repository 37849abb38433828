# shellcheck shell=bash
# roots.sh - minimal roots of releases of Debian and Ubuntu, made by mmdebstrap from the
# machine's own package sources.

# Releases with their distributions. A machine has the package sources of its own one.
RELEASES='
bookworm debian
trixie   debian
noble    ubuntu
'

os_release() { sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" /etc/os-release; }

# The machine's own mirror, by the first list that it has read
mirror() {
	# shellcheck disable=SC2016 # apt fills these in
	apt-get indextargets --format '$(REPO_URI)' "Release: $(os_release VERSION_CODENAME)" 'Created-By: Packages' | head -n 1
}

# Configuration of apt that no package brought, as somebody's proxies are
own_apt_options() {
	local file
	for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
		[ ! -f "$file" ] || dpkg -S "$file" >/dev/null 2>&1 || printf -- '--aptopt=%s\n' "$file"
	done
}

distribution_of() { awk -v release="$1" '$1 == release { print $2 }' <<<"$RELEASES"; }

# Those of a distribution, the oldest first
releases_of() { awk -v of="$1" '$2 == of { print $1 }' <<<"$RELEASES"; }

# minimal_root RELEASE TARGET PACKAGES: into a folder, or a tarball; PACKAGES with commas between
minimal_root() {
	local release=$1 target=$2 packages=$3 options
	mapfile -t options < <(own_apt_options)
	mmdebstrap --quiet --variant=minbase --include="$packages" "${options[@]}" "$release" "$target" "$(mirror)"
}

# Why there is none of that release
no_sources() {
	printf 'its packages are of %s, and the package sources of this machine are of %s\n' "$(distribution_of "$1")" "$(os_release ID)"
}
