# The charts of dashboard.yaml, three in a row.

locals {
  charts = yamldecode(templatefile("${local.tables}/dashboard.yaml", local.words)).charts
  width  = 16
  height = 12
}

resource "google_monitoring_dashboard" "overview" {
  project = var.project_id
  dashboard_json = jsonencode({
    displayName = var.name
    mosaicLayout = {
      columns = 3 * local.width
      tiles = [
        for number, chart in local.charts : {
          xPos   = number % 3 * local.width
          yPos   = floor(number / 3) * local.height
          width  = local.width
          height = local.height
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [
                for name, query in chart.queries : {
                  plotType   = "LINE"
                  targetAxis = "Y1"
                  timeSeriesQuery = {
                    prometheusQuery = length(chart.queries) == 1 ? query : "label_replace(${query}, \"query\", \"${name}\", \"\", \"\")"
                    unitOverride    = chart.unit
                  }
                }
              ]
              yAxis = { scale = "LINEAR" }
            }
          }
        }
      ]
    }
  })
}
