# Every right that a function has on data, each with its reason. A grant is as narrow as Google lets it be: on a bucket, a
# prefix, a database, an account. tests/unit/infra/cloud holds this file against a table: a new grant needs a row there.

locals {
  # Of the one database only, whatever else the project has.
  our_database = "resource.name == \"projects/${var.project}/databases/${module.job_store.database}\""
  # Of objects under inputs/, where uploads lie until a job has taken its copy.
  uploads = "resource.name.startsWith(\"projects/_/buckets/${module.image_bucket.name}/objects/inputs/\")"
}

# Firestore ------------------------------------------------------------------------------------------------------------

# submit records jobs, batches, storyboards, keys and controls. generate claims jobs and writes what becomes of them.
# notify notes deliveries. sweep moves on whatever is due. openai records jobs and waits for them.
resource "google_project_iam_member" "job_writer" {
  for_each = toset(concat(["submit", "generate", "notify", "sweep"], var.openai ? ["openai"] : []))

  project = var.project
  role    = google_project_iam_custom_role.this["darkroomJobWriter"].id
  member  = local.members[each.key]

  condition {
    title      = "our database"
    expression = local.our_database
  }
}

# status answers from the jobs and follows their changes. It changes nothing, so that it may not.
resource "google_project_iam_member" "job_reader" {
  project = var.project
  role    = google_project_iam_custom_role.this["darkroomJobReader"].id
  member  = local.members["status"]

  condition {
    title      = "our database"
    expression = local.our_database
  }
}

# Cloud Storage --------------------------------------------------------------------------------------------------------

# A signed address can do what its signer may: status hands out images, and so reads; it neither writes nor lists.
resource "google_storage_bucket_iam_member" "status_reads" {
  bucket = module.image_bucket.name
  role   = google_project_iam_custom_role.this["darkroomImageReader"].id
  member = local.members["status"]
}

# submit signs the addresses that clients upload to: new objects under inputs/, and nothing else of the bucket.
resource "google_storage_bucket_iam_member" "submit_uploads" {
  bucket = module.image_bucket.name
  role   = google_project_iam_custom_role.this["darkroomUploader"].id
  member = local.members["submit"]

  condition {
    title      = "uploads"
    expression = local.uploads
  }
}

# generate reads uploads and other jobs' images, stores and copies its own, and removes what a dead worker left of its job.
resource "google_storage_bucket_iam_member" "generate_keeps" {
  bucket = module.image_bucket.name
  role   = google_project_iam_custom_role.this["darkroomImageKeeper"].id
  member = local.members["generate"]
}

# sweep removes the images of deleted jobs and what frozen workers uploaded late. It reads none.
resource "google_storage_bucket_iam_member" "sweep_removes" {
  bucket = module.image_bucket.name
  role   = google_project_iam_custom_role.this["darkroomImageRemover"].id
  member = local.members["sweep"]
}

# openai answers with the bytes of images, or with signed addresses of them.
resource "google_storage_bucket_iam_member" "openai_reads" {
  count = var.openai ? 1 : 0

  bucket = module.image_bucket.name
  role   = google_project_iam_custom_role.this["darkroomImageReader"].id
  member = local.members["openai"]
}

# openai keeps the pictures that come with an edit under inputs/, each under the hash of its bytes. The same picture an
# hour later is written anew, so that it is there for a day from then on, and to replace is to delete.
resource "google_storage_bucket_iam_member" "openai_uploads" {
  count = var.openai ? 1 : 0

  bucket = module.image_bucket.name
  role   = google_project_iam_custom_role.this["darkroomUploadRenewer"].id
  member = local.members["openai"]

  condition {
    title      = "uploads"
    expression = local.uploads
  }
}

# Signatures -----------------------------------------------------------------------------------------------------------

# Each of these signs as itself, and as nobody else: status and openai images, submit uploads, generate the pictures that
# a provider fetches by address.
resource "google_service_account_iam_member" "signer" {
  for_each = toset(concat(["submit", "status", "generate"], var.openai ? ["openai"] : []))

  service_account_id = google_service_account.function[each.key].name
  role               = google_project_iam_custom_role.this["darkroomSigner"].id
  member             = local.members[each.key]
}

# Models ---------------------------------------------------------------------------------------------------------------

# What costs: only generate may.
resource "google_project_iam_member" "predictor" {
  project = var.project
  role    = google_project_iam_custom_role.this["darkroomPredictor"].id
  member  = local.members["generate"]
}

# Traces ---------------------------------------------------------------------------------------------------------------

# Every function sends the spans of sampled requests; the role writes traces, and reads none.
resource "google_project_iam_member" "tracer" {
  for_each = local.accounts

  project = var.project
  role    = "roles/telemetry.tracesWriter"
  member  = local.members[each.key]
}

# Builds ---------------------------------------------------------------------------------------------------------------

# A build writes its log, and nothing of it is to be had elsewhere.
resource "google_project_iam_member" "build_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = "serviceAccount:${google_service_account.build.email}"
}

# It reads the bundle: in our bucket, and where Cloud Functions lays its copy.
resource "google_project_iam_member" "build_reads" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = "serviceAccount:${google_service_account.build.email}"

  condition {
    title = "bundles"
    expression = join(" || ", [
      "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.bundles.name}\")",
      "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${data.google_project.this.number}-\")",
    ])
  }
}

# It pushes the image to our repository.
resource "google_artifact_registry_repository_iam_member" "build_pushes" {
  project    = var.project
  location   = google_artifact_registry_repository.functions.location
  repository = google_artifact_registry_repository.functions.name
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${google_service_account.build.email}"
}
