# What is deployed: an archive a function, and the images that are built of them.
resource "google_storage_bucket" "bundles" {
  #checkov:skip=CKV_GCP_62:builds alone read it, and their logs say so
  #checkov:skip=CKV_GCP_78:names hold the hash of the content: nothing is ever replaced

  project                     = var.project
  name                        = "${var.project}-darkroom-bundles"
  location                    = var.region
  labels                      = local.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # every bundle can be made again, byte for byte

  versioning {
    enabled = false # names hold the hash of the content: nothing is ever replaced
  }

  depends_on = [google_project_service.this]
}

resource "google_storage_bucket_object" "bundle" {
  for_each = var.bundles

  bucket       = google_storage_bucket.bundles.name
  name         = "${each.key}/${each.value.sha256}.zip"
  source       = each.value.path
  content_type = "application/zip"

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_artifact_registry_repository" "functions" {
  #checkov:skip=CKV_GCP_84:images hold our code and no secret; Google's own keys encrypt them

  project       = var.project
  location      = var.region
  repository_id = "darkroom"
  format        = "DOCKER"
  description   = "Images of Darkroom's functions, as Cloud Functions builds them."
  labels        = local.labels

  # A roll-back builds anew from the bundle: old images are for looking at, for a while.
  cleanup_policy_dry_run = false
  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }
  cleanup_policies {
    id     = "drop-the-old"
    action = "DELETE"
    condition {
      older_than = "2592000s" # 30 days
    }
  }

  depends_on = [google_project_service.this]
}
