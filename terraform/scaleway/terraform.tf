terraform {
  required_version = ">= 1.9"

  required_providers {
    scaleway = {
      source  = "scaleway/scaleway"
      version = "~> 2.81.0"
    }
  }
}

# Who pays is in the environment (SCW_ACCESS_KEY, SCW_SECRET_KEY) or in the
# configuration file of the scw command.
provider "scaleway" {
  zone       = coalesce(local.own.zone, "fr-par-1")
  region     = try(join("-", slice(split("-", local.own.zone), 0, 2)), "fr-par")
  project_id = local.own.project_id
}
