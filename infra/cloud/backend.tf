# The state lies in a bucket of the project's own, with versions, which `make deploy` makes and names here
# (-backend-config): PROJECT-darkroom-state, under darkroom/.
terraform {
  backend "gcs" {}
}
