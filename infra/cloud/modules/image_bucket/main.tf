# The images, and the pictures that clients upload.
resource "google_storage_bucket" "this" {
  #checkov:skip=CKV_GCP_62:images are read at addresses that status signs, and it logs each; audit logs have the rest
  #checkov:skip=CKV_GCP_78:versions would keep, and bill, what a client asked us to delete; soft delete undoes mistakes

  name     = var.name
  project  = var.project_id
  location = var.location
  labels   = var.labels

  storage_class               = "STANDARD" # an image is read most in its first days; older ones: see archive_after_days
  uniform_bucket_level_access = true       # rights by IAM alone: no object has a list of its own
  public_access_prevention    = "enforced" # nothing is ever public: images are handed out by signed addresses
  force_destroy               = !var.deletion_protection

  # No versions: a job's objects never change, their names hold the hash of their bytes, and `soft_delete_policy` brings
  # back what was deleted by mistake. Versions would keep, and bill, what a client asked us to delete.
  versioning {
    enabled = false
  }

  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 86400
  }

  # Uploads that no job has used. A job that uses one takes its own copy, under its own prefix, when it starts.
  lifecycle_rule {
    condition {
      age            = 1
      matches_prefix = ["inputs/"]
    }
    action {
      type = "Delete"
    }
  }

  # What is left of an upload that was broken off is billed, and seen nowhere.
  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  dynamic "lifecycle_rule" {
    for_each = var.archive_after_days == null ? [] : [var.archive_after_days]
    content {
      condition {
        age                   = lifecycle_rule.value
        matches_storage_class = ["STANDARD"]
      }
      action {
        type          = "SetStorageClass"
        storage_class = "NEARLINE"
      }
    }
  }

  # Pages of these origins show images and PUT uploads; the signature, not CORS, is what lets them.
  cors {
    origin          = concat([var.own_origin], var.cors_origins)
    method          = ["GET", "HEAD", "PUT"]
    response_header = ["Content-Type", "Content-MD5", "x-goog-content-length-range", "x-goog-if-generation-match"]
    max_age_seconds = 3600
  }
}
