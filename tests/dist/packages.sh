# shellcheck shell=bash
# packages.sh - the Debian package and the RPM of a release: what linters say of them, and an
# installation, an upgrade and a removal, by apt and by dnf in minimal roots of Debian, by rpm
# in an empty one.
#
# Whoever sources this has set ROOT, WORK, ONE, TARGETS, HERE, NAME and HELPERS, as test-dist.sh does.

# shellcheck source=scripts/roots.sh
. "$ROOT/scripts/roots.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"
KEPT_ROOTS=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/terraform-swarm-helpers/roots
# What shows a man page, what completes, and the other family's package manager
IN_ROOTS=bash-completion,dnf,fish,man-db,zsh
PACKAGE=terraform-swarm-helpers
SHARE=/usr/share/$PACKAGE
NEWER=99.0.1

# ---- files ----

# deb_of TARGET [VERSION], rpm_of TARGET [VERSION]: their names
deb_of() { printf '%s_%s-1_%s.deb\n' "$PACKAGE" "${2:-${NAME##*helpers-}}" "${1#linux-}"; }

rpm_of() {
	local machine=x86_64
	[ "$1" = linux-amd64 ] || machine=aarch64
	printf '%s-%s-1.%s.rpm\n' "$PACKAGE" "${2:-${NAME##*helpers-}}" "$machine"
}

linux_targets() { tr ' ' '\n' <<<"$TARGETS" | grep '^linux-'; }

root_tarball() { printf '%s/%s-%s.tar\n' "$KEPT_ROOTS" "$1" "$(printf '%s' "$IN_ROOTS" | sha256sum | cut -c 1-8)"; }

# Roots come from a network, which the tests have not.
fetch_roots() {
	local release tarball
	mkdir -p "$KEPT_ROOTS"
	for release in $(releases_of "$(os_release ID)"); do
		tarball=$(root_tarball "$release")
		[ -e "$tarball" ] || { minimal_root "$release" "$tarball.new.tar" "$IN_ROOTS" && mv "$tarball.new.tar" "$tarball"; }
	done
}

# ---- what is in them ----

of_rpm() { rpm --define '_dbpath /var/lib/rpm' "$@" 2>"$WORK/rpm.said" || { cat "$WORK/rpm.said" && return 1; }; }

unpack_packages() {
	local target
	for target in $(linux_targets); do
		mkdir -p "$WORK/deb-$target" "$WORK/rpm-$target"
		dpkg-deb -x "$ONE/$(deb_of "$target")" "$WORK/deb-$target" &&
			of_rpm --root "$WORK/rpm-$target" --ignorearch -i "$ONE/$(rpm_of "$target")" || return 1
	done
}

# same_as_tarball FOLDER TARGET
same_as_tarball() {
	local helper part top=$WORK/$NAME-$2
	for helper in $HELPERS; do cmp "$1/usr/bin/$helper" "$top/bin/$helper" || return 1; done
	for part in modules terraform scripts/install-docker.sh; do diff -r "$1$SHARE/$part" "$top/$part" || return 1; done
	for helper in $HELPERS; do
		zcat "$1/usr/share/man/man1/$helper.1.gz" | cmp - "$top/share/man/man1/$helper.1" || return 1
		[ -e "$1/usr/share/bash-completion/completions/$helper" ] && [ -e "$1/usr/share/fish/vendor_completions.d/$helper.fish" ] || return 1
	done
}

# Static, which rpmlint cannot see
needs_no_library() {
	local helper
	for helper in $HELPERS; do
		! readelf --program-headers --dynamic "$1/usr/bin/$helper" | grep -E 'INTERP|NEEDED' || return 1
	done
}

in_deb() {
	local folder=$WORK/deb-$1 doc=$WORK/deb-$1/usr/share/doc/$PACKAGE
	same_as_tarball "$folder" "$1" && needs_no_library "$folder" &&
		[ -e "$folder/usr/share/zsh/vendor-completions/_join-node" ] && zcat "$doc/changelog.gz" | cmp - "$ROOT/CHANGELOG.md" &&
		[[ "$(zcat "$doc/changelog.Debian.gz")" = "$PACKAGE (${NAME##*helpers-}-1) unstable;"* ]] &&
		grep -q 'Permission is hereby granted' "$doc/copyright" &&
		[ "$(dpkg-deb -f "$ONE/$(deb_of "$1")" Architecture)" = "${1#linux-}" ]
}

in_rpm() {
	local folder=$WORK/rpm-$1
	same_as_tarball "$folder" "$1" && needs_no_library "$folder" &&
		[ -e "$folder/usr/share/zsh/site-functions/_join-node" ] && cmp "$folder/usr/share/doc/$PACKAGE/CHANGELOG.md" "$ROOT/CHANGELOG.md" &&
		[ -s "$folder/usr/share/licenses/$PACKAGE/openssl" ] && [ "$(of_rpm -qpd "$ONE/$(rpm_of "$1")" | grep -c '/man1/')" = "$(wc -w <<<"$HELPERS")" ]
}

# As docs/release.md has it, in a root of somebody's own
modules_are_a_source() {
	local own=$WORK/own-root
	mkdir -p "$own"
	printf 'module "swarm" {\n  source = "%s//modules/swarm"\n}\n' "$WORK/deb-$HERE$SHARE" >"$own/main.tf"
	"${TF:-terraform}" -chdir="$own" get && [ -e "$own/.terraform/modules/swarm/modules/swarm/main.tf" ]
}

lintian_passes() { lintian --allow-root --fail-on error,warning "$ONE/$(deb_of "$1")"; }

rpmlint_passes() { rpmlint --config "$ROOT/scripts/dist.d/packages/rpmlint.toml" "$ONE/$(rpm_of "$1")"; }

overrides_are_used() {
	! lintian --allow-root --display-info "$ONE/$(deb_of "$1")" | grep -E '(unused|mismatched)-override'
}

# Nothing that another package has, and nothing of a folder that many have
own_folders() {
	local listed
	listed=$(of_rpm -qp --queryformat '[%{FILEMODES:perms} %{FILENAMES}\n]' "$ONE/$(rpm_of "$1")") || return 1
	! grep '^d' <<<"$listed" | grep -vE " /usr/share/(doc/|licenses/)?$PACKAGE(/|\$)"
}

# ---- a newer version of this machine's ----

build_newer() {
	local tree=$WORK/newer
	copy_checkout "$tree"
	sed -i "0,/^## \[/s/^## \[/## [$NEWER] - 2026-12-01\n\nNewer.\n\n&/" "$tree/CHANGELOG.md"
	SOURCE_DATE_EPOCH=1798761600 "$tree/scripts/dist" "$HERE" || return 1
	mv "$tree/build/dist" "$WORK/newer-dist"
	rm -rf "$tree"
}

# ---- in a root ----

# A release's root as it is without us; ROOT_HERE is its folder.
open_root() {
	ROOT_HERE=$WORK/root-$1
	rm -rf "$ROOT_HERE"
	mkdir "$ROOT_HERE"
	tar -xf "$(root_tarball "$1")" -C "$ROOT_HERE" && cp "$ONE"/*.deb "$ONE"/*.rpm "$WORK"/newer-dist/*.{deb,rpm} "$ROOT_HERE/srv/" &&
		mkdir -p "$ROOT_HERE"/usr/share/{licenses,zsh/site-functions} && contents >"$WORK/before"
}

# All that is there but what package managers, man and shells note for themselves
contents() {
	(cd "$ROOT_HERE" && find . -xdev \( -path ./root -o -path ./var \) -prune -o -printf '%p %y %m %l\n' | sort)
}

# With /proc, where /dev/fd leads, for as long as that takes
inside() {
	# shellcheck disable=SC2016 # of that shell
	unshare --mount --propagation private sh -c 'mount --bind /proc "$0/proc" && exec chroot "$0" "$@"' "$ROOT_HERE" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# says_version VERSION
says_version() {
	local helper
	for helper in $HELPERS; do
		[ "$(inside "/usr/bin/$helper" --version)" = "$helper ($PACKAGE) $1" ] || return 1
	done
}

# by_the_page BEGINNING: that block of docs/release.md where the packages are; it names the files of amd64.
by_the_page() {
	local block
	block=$(readme_block "$ROOT/docs/release.md" "$1") || return 1
	[ "$HERE" = linux-amd64 ] || block=$(sed 's/amd64/arm64/; s/x86_64/aarch64/' <<<"$block")
	inside bash -ec "cd /srv; VERSION=${NAME##*helpers-}; $block"
}

apt_by_the_page() { by_the_page 'apt install' && [ -z "$(inside dpkg --verify "$PACKAGE")" ]; }
# Without repositories, which are not there
dnf_by_the_page() {
	inside sh -c 'echo skip_if_unavailable=True >>/etc/dnf/dnf.conf; echo assumeyes=True >>/etc/dnf/dnf.conf' && by_the_page 'dnf install'
}

deb_installs() { inside apt-get -y install "/srv/$1" && [ -z "$(inside dpkg --verify "$PACKAGE")" ]; }

has_page() { inside man join-node | grep -F 'JOIN-NODE(1)' && inside whatis fetch-tokens; }

# The loaders of two versions of bash-completion
bash_completes() {
	# shellcheck disable=SC2016 # for the shell there
	inside bash -c '. /usr/share/bash-completion/bash_completion
		if declare -F _comp_load; then _comp_load join-node; else _completion_loader join-node; fi
		COMP_WORDS=(join-node --role m) COMP_CWORD=2
		_join_node && echo "offered: ${COMPREPLY[*]}"' | grep -xF 'offered: manager'
}

zsh_completes() {
	# shellcheck disable=SC2016
	inside zsh -c 'autoload -U compinit && compinit -u && autoload +X _docker-tunnel && echo "by: $_comps[join-node]"' | grep -xF 'by: _join-node'
}

fish_completes() {
	inside fish -c 'complete -C "join-node --role "' | cut -f 1 | xargs | grep -xF 'manager worker' &&
		inside fish -c 'complete -C "docker-tunnel --host x -- join-no"' | cut -f 1 | grep -xF join-node
}

nothing_left() { diff "$WORK/before" <(contents); }

deb_goes() { inside apt-get -y remove "$PACKAGE" && nothing_left; }

# Without repositories: none is there.
dnf_inside() { inside dnf -y --disablerepo='*' "$@"; }

dnf_goes() { dnf_inside remove "$PACKAGE" && nothing_left; }

in_debian() {
	local release=$1
	check "$release: a minimal root" open_root "$release"
	check "$release: the package is installed, word for word as docs/release.md has it" apt_by_the_page
	check "$release: the executables run" says_version "${NAME##*helpers-}"
	check "$release: a man page is there" has_page
	check "$release: bash completes" bash_completes
	check "$release: zsh completes" zsh_completes
	check "$release: fish completes" fish_completes
	check "$release: it is upgraded" deb_installs "$(deb_of "$HERE" $NEWER)"
	check "$release: the executables are those of the upgrade" says_version $NEWER
	check "$release: it is removed without a leftover" deb_goes
	check "$release, dnf: the RPM is installed, word for word" dnf_by_the_page
	check "$release, dnf: the executables run" says_version "${NAME##*helpers-}"
	check "$release, dnf: it is upgraded" dnf_inside install "/srv/$(rpm_of "$HERE" $NEWER)"
	check "$release, dnf: the executables are those of the upgrade" says_version $NEWER
	check "$release, dnf: it is removed without a leftover" dnf_goes
	rm -rf --one-file-system "$ROOT_HERE"
}

# ---- in an empty root ----

# Of what a system of that family has, the folders
open_rpm_root() {
	ROOT_HERE=$WORK/root-rpm
	mkdir -p "$ROOT_HERE"/usr/bin "$ROOT_HERE"/usr/share/{man/man1,doc,licenses,bash-completion/completions,zsh/site-functions,fish/vendor_completions.d} \
		"$ROOT_HERE/var/lib/rpm"
	contents >"$WORK/before"
}

rpm_here() { of_rpm --root "$ROOT_HERE" "$@"; }

rpm_installs() { rpm_here "$1" "$2" && rpm_here -V "$PACKAGE"; }

# Nothing else is in that root: pages and completion are read from outside.
rpm_page() { man -l "$ROOT_HERE/usr/share/man/man1/join-node.1.gz" | grep -F 'JOIN-NODE(1)'; }

rpm_completes() {
	# shellcheck disable=SC2016
	bash -c '. "$1" && complete -p join-node' - "$ROOT_HERE/usr/share/bash-completion/completions/join-node" | grep -F _join_node
}

rpm_says_version() {
	local helper
	for helper in $HELPERS; do
		[ "$(chroot "$ROOT_HERE" "/usr/bin/$helper" --version)" = "$helper ($PACKAGE) $1" ] || return 1
	done
}

rpm_goes() { rpm_here -e "$PACKAGE" && nothing_left; }

in_empty_root() {
	check "rpm: an empty root" open_rpm_root
	check "rpm: the package is installed" rpm_installs -i "$ONE/$(rpm_of "$HERE")"
	check "rpm: the executables run" rpm_says_version "${NAME##*helpers-}"
	check "rpm: a man page is there" rpm_page
	check "rpm: bash completes" rpm_completes
	check "rpm: it is upgraded" rpm_installs -U "$WORK/newer-dist/$(rpm_of "$HERE" $NEWER)"
	check "rpm: the executables are those of the upgrade" rpm_says_version $NEWER
	check "rpm: it is removed without a leftover" rpm_goes
}

test_packages() {
	local target release
	[ -n "${ONE-}" ] || check "a release to look at" made
	check "packages can be unpacked" unpack_packages
	for target in $(linux_targets); do
		check "$target: the Debian package has what the tarball has" in_deb "$target"
		check "$target: the RPM has what the tarball has" in_rpm "$target"
		check "$target: the RPM owns no folder of others" own_folders "$target"
		check "$target: lintian" lintian_passes "$target"
		check "$target: what lintian is told to overlook is there" overrides_are_used "$target"
		check "$target: rpmlint" rpmlint_passes "$target"
	done
	check "the modules of a package are a source" modules_are_a_source
	check "a newer version" build_newer
	while read -r release _; do
		if [ -e "$(root_tarball "$release")" ]; then
			in_debian "$release"
		else
			echo "skip $release: the package is installed, runs, is upgraded and removed - $(no_sources "$release")"
		fi
	done < <(grep . <<<"$RELEASES")
	in_empty_root
}
