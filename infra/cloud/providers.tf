provider "google" {
  project = var.project
  region  = var.region

  # Calls are counted against the project, not against whoever deploys.
  user_project_override = true
  billing_project       = var.project
}

# For API Gateway alone.
provider "google-beta" {
  project               = var.project
  region                = var.region
  user_project_override = true
  billing_project       = var.project
}

data "google_project" "this" {
  project_id = var.project
}
