"""What an sshd is told that a test starts for itself; as a program it prints that."""

import subprocess

NO_PENALTIES = "PerSourcePenalties no"


def no_penalties():
    """A line for its configuration, where it has penalties (sshd_config(5), PerSourcePenalties, since 9.8): hundreds of
    clients from one address are killed, cut off or refused here."""
    # -G came with 9.3, so an sshd that does not know it has no penalties either.
    known = subprocess.run(
        ["/usr/sbin/sshd", "-G", "-f", "/dev/null", "-o", NO_PENALTIES], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )  # fmt: skip
    return NO_PENALTIES + "\n" if known.returncode == 0 else ""


if __name__ == "__main__":
    print(no_penalties(), end="")
