# Indexes, exemptions and TTLs are those of firestore.indexes.json, which the local cloud holds every query to as well.
locals {
  definitions = jsondecode(file(var.definitions))

  indexes = {
    for index in local.definitions.indexes :
    join(" ", concat([index.collectionGroup], [
      for field in index.fields : "${field.fieldPath}:${try(field.order, field.arrayConfig)}"
    ])) => index
  }

  # The last definition of a field counts, as in the file's other readers.
  fields = {
    for name, definitions in {
      for field in local.definitions.fieldOverrides : "${field.collectionGroup} ${field.fieldPath}" => field...
    } : name => definitions[length(definitions) - 1]
  }
}

resource "google_firestore_index" "this" {
  for_each = local.indexes

  project     = var.project_id
  database    = google_firestore_database.this.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)
    }
  }
}

# `*` with no index switches single-field indexes off: of a field that rises with time they would bound a collection to
# 500 writes a second, and each one costs every write. What is queried is listed by name.
resource "google_firestore_field" "this" {
  for_each = local.fields

  project    = var.project_id
  database   = google_firestore_database.this.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        order        = try(indexes.value.order, null)
        array_config = try(indexes.value.arrayConfig, null)
        query_scope  = try(indexes.value.queryScope, "COLLECTION")
      }
    }
  }

  # What has passed its time is deleted by Firestore itself, within a day.
  dynamic "ttl_config" {
    for_each = try(each.value.ttl, false) ? [true] : []
    content {}
  }
}
