# Every rule of tflint's Terraform ruleset, for the modules and the roots.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Files are split by concern (locals.tf, terraform.tf) rather than by the three
# names that the rule knows.
rule "terraform_standard_module_structure" {
  enabled = false
}
