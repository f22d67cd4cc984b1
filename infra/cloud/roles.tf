# Rights that no predefined role has alone. objectViewer lists, objectUser deletes, serviceAccountTokenCreator makes
# tokens, aiplatform.user does a thousand things: none of our functions needs that.
resource "google_project_iam_custom_role" "this" {
  for_each = local.roles

  project     = var.project
  role_id     = each.key
  title       = each.value.title
  description = each.value.description
  permissions = each.value.permissions
  stage       = "GA"

  depends_on = [google_project_service.this]
}

locals {
  roles = {
    darkroomImageReader = {
      title       = "Darkroom: read images"
      description = "Read objects whose names are known. No listing."
      permissions = ["storage.objects.get"]
    }
    darkroomUploader = {
      title       = "Darkroom: take uploads"
      description = "Create new objects. Neither read nor replace any."
      permissions = ["storage.objects.create"]
    }
    darkroomUploadRenewer = {
      title       = "Darkroom: take uploads, again"
      description = "Create objects, and replace them by the same, so that their day begins anew; Cloud Storage asks for delete to replace."
      permissions = ["storage.objects.create", "storage.objects.delete"]
    }
    darkroomImageKeeper = {
      title       = "Darkroom: keep images"
      description = "Store, copy and read images; list a job's own, and remove what an earlier holder left."
      permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list"]
    }
    darkroomImageRemover = {
      title       = "Darkroom: remove images"
      description = "List a job's objects and delete them. No reading."
      permissions = ["storage.objects.delete", "storage.objects.list"]
    }
    darkroomSigner = {
      title       = "Darkroom: sign addresses"
      description = "Sign bytes as the service account that it is granted on."
      permissions = ["iam.serviceAccounts.signBlob"]
    }
    darkroomPredictor = {
      title       = "Darkroom: call models"
      description = "Ask published models of Vertex AI."
      permissions = ["aiplatform.endpoints.predict"]
    }
    darkroomJobReader = {
      title       = "Darkroom: read jobs"
      description = "Read, query and follow documents. No writing."
      permissions = ["datastore.databases.get", "datastore.entities.get", "datastore.entities.list"]
    }
    darkroomJobWriter = {
      title       = "Darkroom: write jobs"
      description = "Read and write documents. No indexes, exports or databases."
      permissions = [
        "datastore.databases.get", "datastore.entities.create",
        "datastore.entities.delete", "datastore.entities.get", "datastore.entities.list", "datastore.entities.update",
      ]
    }
  }
}
