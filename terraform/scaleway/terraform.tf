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
  zone       = var.zone
  region     = join("-", slice(split("-", var.zone), 0, 2))
  project_id = var.project_id
}
