# Exactly the provider whose schema the tests hold these files against (tests/unit/infra/cloud/provider_schema.json);
# a newer minor version is taken when the schema is made anew from its bindings.
terraform {
  required_version = ">= 1.11" # ephemeral values: secrets in no plan and no state

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7.0"
    }
    # API Gateway is in the beta provider alone; nothing else is taken from it.
    google-beta = {
      source  = "hashicorp/google-beta"
      version = "~> 8.7.0"
    }
  }
}
