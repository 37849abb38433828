# shellcheck shell=bash
# mirror.sh - a small copy of Docker's own repository, made of the distribution's packages.
#
# The engine inside is real. docker-ce is there twice: as the version that the engine
# really has, and as MIRROR_FALSE, which holds the same engine and so lies about it.

MIRROR_FALSE=99.0.1

# What the distribution's packages put where, and which of Docker's packages has it.
mirror_files() {
	case $1 in
	docker-ce) echo 'usr/sbin/dockerd usr/bin/docker-proxy' ;;
	docker-ce-cli) echo 'usr/bin/docker' ;;
	containerd.io) echo 'usr/bin/containerd usr/bin/containerd-shim-runc-v2 usr/sbin/runc usr/bin/runc' ;;
	esac
}

mirror_relations() {
	case $1 in
	docker-ce) printf 'Depends: docker-ce-cli, containerd.io\nConflicts: docker.io\nReplaces: docker.io\n' ;;
	docker-ce-cli) printf 'Conflicts: docker.io, docker-cli\nReplaces: docker.io, docker-cli\n' ;;
	containerd.io) printf 'Provides: containerd, runc\nConflicts: containerd, runc\nReplaces: containerd, runc\n' ;;
	esac
}

# The value of NAME in /etc/os-release, which sets many more.
os_release() {
	(
		# shellcheck source=/dev/null
		. /etc/os-release
		printf '%s\n' "${!1}"
	)
}

# Builds the package NAME at VERSION from the TREE of unpacked files into POOL.
mirror_package() {
	local name=$1 version=$2 tree=$3 pool=$4 file root
	root=$(mktemp -d "$tree.XXXXXX")
	chmod 0755 "$root"
	mkdir "$root/DEBIAN"
	for file in $(mirror_files "$name"); do
		[ -e "$tree/$file" ] || continue
		mkdir -p "$root/${file%/*}"
		ln "$tree/$file" "$root/$file"
	done
	{
		printf 'Package: %s\nVersion: %s\nArchitecture: %s\n' "$name" "$version" "$(dpkg --print-architecture)"
		printf 'Maintainer: Tests <tests@swarm-helpers.invalid>\nDescription: a part of the engine\n'
		mirror_relations "$name"
	} >"$root/DEBIAN/control"
	dpkg-deb -Znone --build "$root" "$pool" >/dev/null
	rm -rf "$root"
}

# The list of the packages in POOL, as paths below BASE.
mirror_list() {
	local base=$1 pool=$2 file
	for file in "$pool"/*.deb; do
		dpkg-deb --field "$file"
		printf 'Filename: %s\nSize: %s\nSHA256: %s\n\n' "${file#"$base/"}" \
			"$(stat -c %s "$file")" "$(sha256sum "$file" | cut -d ' ' -f 1)"
	done
}

mirror_release() {
	local dist=$1 path
	printf 'Suite: stable\nComponents: stable\nArchitectures: %s\nDate: %s\nSHA256:\n' \
		"$(dpkg --print-architecture)" "$(date -u -R)"
	find "$dist" -name Packages -printf '%P\n' | while read -r path; do
		printf ' %s %s %s\n' "$(sha256sum "$dist/$path" | cut -d ' ' -f 1)" "$(stat -c %s "$dist/$path")" "$path"
	done
}

# Makes a key for NAME and writes its public half to FILE.
mirror_key() {
	gpg --batch --quiet --passphrase '' --quick-generate-key "$1" rsa2048 sign never
	gpg --batch --armor --export "$1" >"$2"
}

# The fingerprint of the key NAME
mirror_fingerprint() { gpg --batch --with-colons --list-keys "$1" | awk -F : '$1 == "fpr" { print $10; exit }'; }

# Makes the mirror in DIR of the packages in FOLDER, whose engine has VERSION. Beside the
# right key it has a wrong one, gpg.other, and a file with both, gpg.both. GNUPGHOME is to be a folder that goes away.
mirror_build() {
	local dir=$1 folder=$2 version=$3 base dist pool tree file suffix
	base=$dir/linux/$(os_release ID)
	dist=$base/dists/$(os_release VERSION_CODENAME)
	pool=$dist/pool/stable
	tree=$dir.tree
	mkdir -p "$tree" "$pool" "$dist/stable/binary-$(dpkg --print-architecture)"
	for file in "$folder"/*.deb; do
		dpkg-deb --extract "$file" "$tree"
	done
	for suffix in "5:$version-1" "5:$MIRROR_FALSE-1"; do
		mirror_package docker-ce "$suffix~$(os_release ID)" "$tree" "$pool"
		mirror_package docker-ce-cli "$suffix~$(os_release ID)" "$tree" "$pool"
	done
	mirror_package containerd.io 1.0-1 "$tree" "$pool"
	rm -rf "$tree"
	mirror_list "$base" "$pool" >"$dist/stable/binary-$(dpkg --print-architecture)/Packages"
	mirror_release "$dist" >"$dir/Release"
	mirror_key mirror "$base/gpg.right"
	cp "$base/gpg.right" "$base/gpg"
	mirror_key other "$base/gpg.other"
	gpg --batch --armor --export mirror other >"$base/gpg.both"
	gpg --batch --quiet --local-user mirror --clearsign --output "$dist/InRelease" "$dir/Release"
}
