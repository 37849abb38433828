# What the object variables of the roots know. A type would leave out what it does not know
# without a word, a misspelt name too; so the roots take anything and look here, and the
# modules that they hand it to have the types.

locals {
  of = {
    aws_bastion      = ["type", "size", "subnet_id", "host", "port", "user", "private_key"]
    cloud_ssh        = ["private_key", "passphrase_env", "known_hosts", "host_key_policy", "host_keys"]
    disk             = ["size", "docker_size"]
    docker           = ["version", "source", "packages", "repository_url", "repository_key", "metrics_address", "log_driver", "log_max_size", "log_max_file", "dns", "storage_driver", "registry_mirrors", "labels"]
    hosts            = ["address", "role", "private_address", "ssh_port", "ssh_user", "hostname", "docker_socket", "labels", "availability", "machine"]
    image            = ["distribution", "owner", "name", "id", "user"]
    ingress_ports    = ["port", "to", "protocol", "cidrs"]
    pools            = ["count", "role", "type", "spot", "labels", "availability", "disk"]
    scaleway_bastion = ["host", "port", "user", "private_key"]
    ssh              = ["user", "private_key", "passphrase_env", "known_hosts", "host_key_policy", "host_keys", "bastion_host", "bastion_port", "bastion_user", "bastion_private_key"]
    swarm            = ["listen_port", "data_path_port", "default_addr_pool", "subnet_size", "task_history"]
    timeouts         = ["prepare", "init", "join", "leave", "drain", "tokens", "describe"]
    volume           = ["size", "type", "docker_size", "docker_iops"]
  }
}
