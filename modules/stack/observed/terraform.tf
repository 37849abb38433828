terraform {
  required_version = ">= 1.9"

  required_providers {
    external = {
      source  = "hashicorp/external"
      version = ">= 1.2, < 3.0"
    }
  }
}
