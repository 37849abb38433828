#!/bin/sh
# disks.sh - what a lab host runs before user data that makes a file system: in place of the
# programs that would find and touch the disks of the machine that the host is on, others
# that know of the machine's own only, a root and the DISKS, lines of "NAME LABEL" (- for an
# empty one). A disk's content is the folder that /var/lib/docker is in a host otherwise.
set -eu

lab=/run/lab-disks

# put PROGRAM: takes the place of the real one, which stays as $lab/PROGRAM
put() {
	real=$(command -v "$1" || echo "/usr/sbin/$1")
	[ ! -e "$real" ] || cp "$real" "$lab/$1"
	rm -f "$real"
	cat >"$real"
	chmod 755 "$real"
}

mkdir -p "$lab/data"
printf '%s\n' "$DISKS" >"$lab/table"
mount --bind /var/lib/docker "$lab/data"
umount /var/lib/docker

put lsblk <<'END'
#!/bin/sh
name=${3#/dev/}
case "$1 $2" in
'-dnpo NAME,TYPE,MODEL') awk 'BEGIN { print "/dev/sda disk BSSD" } NF { print "/dev/" $1 " disk BSSD" }' /run/lab-disks/table ;;
'-nro NAME') if [ "$name" = sda ]; then printf 'sda\nsda1\n'; else echo "$name"; fi ;;
'-dnro MOUNTPOINT') ;;
'-dnro FSTYPE') awk -v name="$name" '$1 == name && $2 != "-" { print "ext4" }' /run/lab-disks/table ;;
'-dnro LABEL') awk -v name="$name" '$1 == name && $2 != "-" { print $2 }' /run/lab-disks/table ;;
*) echo "no lsblk $* here" >&2; exit 1 ;;
esac
END

put mkfs.ext4 <<'END'
#!/bin/sh
[ "$1 $2" = '-q -L' ] && grep -q "^${4#/dev/} " /run/lab-disks/table || { echo "no mkfs.ext4 $* here" >&2; exit 1; }
echo "a file system on $4, which had the label $(sed -n "s/^${4#/dev/} //p" /run/lab-disks/table)"
echo "${4#/dev/} $3" >/run/lab-disks/table
END

put mount <<'END'
#!/bin/sh
[ "$*" = /var/lib/docker ] || exec /run/lab-disks/mount "$@"
label=$(sed -n 's,^LABEL=\([^ ]*\) /var/lib/docker .*,\1,p' /etc/fstab)
grep -q " $label\$" /run/lab-disks/table || { echo "no file system $label here" >&2; exit 1; }
exec /run/lab-disks/mount --bind /run/lab-disks/data /var/lib/docker
END
