module swarm-helpers.invalid/providers/nfpm

go 1.26.3

require github.com/goreleaser/nfpm/v2 v2.45.2
