# Log-based metrics: the functions write lines and know nothing of metrics, which so cost them nothing.

locals {
  metrics = {
    for metric in yamldecode(file("${local.tables}/metrics.yaml")).metrics : metric.name => {
      event       = metric.event
      where       = { for field, wanted in try(metric.where, {}) : field => jsonencode(wanted) }
      value       = try(metric.value, null)
      labels      = metric.labels
      numbers     = try(metric.numbers, [])
      unit        = metric.unit
      description = metric.description
    }
  }
  buckets = yamldecode(file("${local.tables}/metrics.yaml")).buckets
  units   = { ms = "ms", micro_usd = "{micro_usd}", "1" = "1" }
}

resource "google_logging_metric" "metric" {
  for_each = local.metrics

  project     = var.project_id
  name        = "${var.name}/${each.key}"
  description = each.value.description
  filter = join(" AND ", concat(
    [
      "resource.type=\"cloud_run_revision\"",
      "resource.labels.service_name=(${join(" OR ", [for service in local.services : jsonencode(service)])})",
      "jsonPayload.message=${jsonencode(each.value.event)}",
    ],
    [for field, wanted in each.value.where : "jsonPayload.${field}=${wanted}"],
    each.value.value == null ? [] : ["jsonPayload.${each.value.value}>=0"], # lines without the field are no values
  ))

  value_extractor  = each.value.value == null ? null : "EXTRACT(jsonPayload.${each.value.value})"
  label_extractors = { for label in each.value.labels : label => "EXTRACT(jsonPayload.${label})" }

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit         = local.units[each.value.unit]
    display_name = "${var.name}: ${each.key}"

    dynamic "labels" {
      for_each = each.value.labels
      content {
        key        = labels.value
        value_type = contains(each.value.numbers, labels.value) ? "INT64" : "STRING"
      }
    }
  }

  dynamic "bucket_options" {
    for_each = each.value.value == null ? [] : [local.buckets[each.value.unit]]
    content {
      explicit_buckets {
        bounds = bucket_options.value
      }
    }
  }
}
