# upgrade.sh - what the tests of an upgrade share: a state that 0.1.0 made, with the machines that
# the fake has and executables that only log, which today's root then takes over. Sourced after
# the lib.sh of a cloud.
# shellcheck shell=bash

# shellcheck source=tests/lib/releases.sh
. "$ROOT/tests/lib/releases.sh"
RELEASE=$FIRST_RELEASE
OLD=$WORK/0.1.0

# A shallow clone has no 0.1.0.
if ! has_release "$RELEASE"; then
	echo "skip upgrade - the history of this checkout does not reach 0.1.0; git fetch --unshallow"
	exit 0
fi

# No machine boots: what would ask one writes down that it was called.
no_machines() {
	local helper
	mkdir -p "$WORK/stubs" "$WORK/swarm" "$WORK/asked" "$WORK/keys"
	for helper in "$ROOT"/bin/*; do
		cp "$ROOT/tests/terraform/helpers/stub" "$WORK/stubs/${helper##*/}"
	done
	export STUB_LOG=$WORK/asked/log STUB_SWARM=$WORK/swarm STUB_KEYS=$WORK/keys TF_VAR_helpers=$WORK/stubs
	: >"$STUB_LOG"
}

# release ROOT: the modules and roots of 0.1.0 are in OLD, and DIR is that root of them.
release() {
	mkdir "$OLD"
	git -C "$ROOT" archive "$RELEASE" modules terraform scripts | tar -x -C "$OLD"
	TREE=$OLD init "$1"
}

# take_over ROOT: DIR is today's root, in a workspace of the same name with the state that DIR had
take_over() {
	local state=$DIR/terraform.tfstate.d/$WORKSPACE/terraform.tfstate
	init "$1"
	workspace "$WORKSPACE"
	cp "$state" "$DIR/terraform.tfstate.d/$WORKSPACE/terraform.tfstate"
	: >"$STUB_LOG"
}

# planned FILTER: the address of each resource of the plan whose actions the filter of jq takes
planned() {
	tf show -json "$WORK/plan.bin" |
		jq -r ".resource_changes[] | select(.mode == \"managed\") | select(.change.actions | $1) | .address" | sort
}

# How often each executable was called
asked() { cut -d' ' -f1 "$STUB_LOG" | sort | uniq -c | awk '{ print $2 " x" $1 }' | paste -sd, -; }

# upgraded RECORDS: the plan of today's root takes nothing away but these records of Terraform's
# own, a line each, makes nothing at the cloud, and its apply asks the machines for nothing but
# their host keys, which 0.1.0 did not keep.
upgraded() {
	check "upgrade: a plan" tf plan -out "$WORK/plan.bin"
	equal "upgrade: nothing is destroyed or replaced but records" "$1" "$(planned 'index("delete") != null')"
	equal "upgrade: nothing is made but records" '' "$(planned '. == ["create"]' | grep -vE '(^|\.)terraform_data\.' || true)"
	apply "upgrade: an apply"
	check "upgrade: the machines were asked for their host keys alone" grep -qxE 'fetch-host-key x[0-9]+' <(asked)
	empty_plan "upgrade: the next plan is empty"
}
