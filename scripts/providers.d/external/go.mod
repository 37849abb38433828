module swarm-helpers.invalid/providers/external

go 1.21

require github.com/terraform-providers/terraform-provider-external v1.2.0
