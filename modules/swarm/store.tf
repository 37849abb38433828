# What machines join with that Terraform knows nothing of: the swarm's tokens and its managers'
# addresses in a store (docs/store.md). Written once the managers are in, and again when one of them
# is another one; removed while managers can still say which swarm it is of.

locals {
  stores = var.store != null && local.first != null

  store_settings = !local.stores ? {} : merge(
    { store = var.store.place, allow_http = tostring(var.store.allow_http) },
    { for key, value in { region = var.store.region, endpoint = var.store.endpoint } : key => value if value != null },
    length(var.store.names) == 0 ? {} : { store_names = jsonencode(var.store.names) },
  )

  store_query = !local.stores ? {} : merge(
    local.target[local.first], local.trust_all, local.timeout.store, local.store_settings,
    local.other_managers[local.first] == "" ? {} : { managers = local.other_managers[local.first] },
    { with_manager_token = tostring(var.store.with_manager_token) },
    var.store.kms_key == null ? {} : { kms_key = var.store.kms_key },
  )
}

# What goes, apart from what comes, as with leave. Replaced with the place: what is at the old one
# is removed there. Destroyed before the swarm is taken apart.
resource "terraform_data" "stored" {
  count = local.stores ? 1 : 0

  input = {
    helpers = var.helpers
    query = merge({ for key, value in local.store_query : key => value if !contains(["with_manager_token", "kms_key"], key) }, {
      host    = local.verified_host[local.first]
      remove  = "true"
      timeout = "30s"
    })
  }
  triggers_replace = local.store_settings

  depends_on = [terraform_data.drain]

  provisioner "local-exec" {
    when = destroy
    interpreter = [
      "${path.module}/unstore.sh",
      concat([
        for folder in compact([self.input.helpers, "${path.module}/../../bin"]) : "${pathexpand(folder)}/store-tokens"
        if try(fileexists("${folder}/store-tokens"), false)
      ], ["store-tokens"])[0],
      "--query-env",
    ]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(self.input.query) }
  }
}

# After the leaves of managers that go, too: those of an apply that replaces this end before it
# is made anew.
module "store" {
  source = "./step"

  program = local.program["store-tokens"]
  triggers = !local.stores ? {} : {
    swarm = {
      place    = one(terraform_data.stored[*].id)
      made     = module.init.ids["swarm"]
      managers = { for name in local.managers : name => module.join.ids[name] }
      wanted   = { with_manager_token = var.store.with_manager_token, kms_key = var.store.kms_key }
    }
  }
  queries = { swarm = local.store_query }

  depends_on = [terraform_data.leave]
}
