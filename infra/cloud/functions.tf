# The functions: how large each is, how many there may be, and why. A bundle is built by `make bundle` and named by the
# hash of its content, so that a deployment changes what changed.
#
# Generate's times follow from one number, lease_seconds (shared/idempotency.py: LeaseRules):
#
#   delivery ── waits for a place, at most a lease ──> claim ── work, at most a lease ──> answer
#   the broker delivers again after lease + 20 s, finds the lease held, and is answered at once
locals {
  ack_seconds      = var.lease_seconds + 20     # LeaseRules.ack_seconds: a redelivery after a death finds the lease expired
  generate_timeout = 2 * var.lease_seconds + 20 # a wait for a place and the work, and time to say so
  notify_seconds   = 60                         # a webhook's receiver is given 20 s, the database what it needs
  sweep_seconds    = 300                        # a tick begins nothing after 50 s, and ends what it has begun

  functions = merge({
    submit = {
      description = "POST, DELETE: what clients want done"
      bundle      = "submit"
      timeout     = 90 # Prefer: wait is at most 60 s, and the answer comes after it
      # A record costs a core 0.4 ms: what fills an instance are requests that wait, which cost nothing but memory.
      concurrency = 250
      max         = 20
      cpu         = "1"
      memory      = "1Gi" # a batch of 16 MiB is decoded in memory
      environment = merge(local.common, local.api, local.images, local.requests, {
        OPERATOR_TENANT = var.settings.operator_tenant
        MAX_WAITERS     = "200" # so that whoever does not wait finds a place all the same
        # Both only ask whether there is one: notify has the secret, generate the token.
        WEBHOOK_SECRETS     = "held by notify"
        REPLICATE_API_TOKEN = contains(var.provider_keys, "REPLICATE_API_TOKEN") ? "held by generate" : null
        PROVIDER_POLLING    = var.settings.provider_polling
        SCENE_WRITER        = var.settings.scene_writer
        SCENE_MODEL         = var.settings.scene_model
      })
      secrets  = ["CALLBACK_SECRET"]
      account  = "submit"
      ingress  = module.api.ingress
      invokers = local.everybody
    }

    status = {
      description = "GET: what became of it, with the dashboard and the contract"
      bundle      = "status"
      timeout     = 3600 # Cloud Run's most: an event stream lasts as long as its job, and its client comes back
      # A stream holds a place and hardly costs more: 500 of them, and 100 places for all who ask once.
      concurrency = 600
      max         = 20
      cpu         = "1"
      memory      = "1Gi"
      environment = merge(local.common, local.api, local.images, local.links, {
        OPERATOR_TENANT = var.settings.operator_tenant
        MAX_WAITERS     = "500"
        DASHBOARD       = var.settings.dashboard
        # Behind an API Gateway: so long somebody who follows a job may wait for its news.
        STREAM_SECONDS = module.api.stream_seconds
      })
      secrets  = ["PUBLIC_URL_SECRET"]
      account  = "status"
      ingress  = module.api.ingress
      invokers = local.everybody
    }

    notify = {
      description = "Events of jobs, to webhooks"
      bundle      = "notify"
      timeout     = local.notify_seconds
      concurrency = 80 # it waits for other people's servers
      max         = 10
      cpu         = "1"
      memory      = "512Mi"
      environment = local.common
      secrets     = ["WEBHOOK_SECRETS"]
      account     = "notify"
      ingress     = local.inside
      invokers    = { events = module.lane["events"].push_member }
    }

    sweep = {
      description = "Whatever is due"
      bundle      = "sweep"
      timeout     = local.sweep_seconds
      # One tick at a time is the rule; a second, somebody's by hand, need not wait. They do each other no harm.
      concurrency = 2
      max         = 1
      cpu         = "1"
      memory      = "512Mi" # a page is 100 jobs
      environment = merge(local.common, local.images, { IMAGE_MODEL = var.settings.image_model })
      secrets     = []
      account     = "sweep"
      ingress     = local.inside
      invokers    = { clock = module.schedule.clock_member }
    }
    },
    {
      for lane, size in var.lanes : "generate-${lane}" => {
        description = "A job of the lane ${lane}, to its images"
        bundle      = "generate"
        timeout     = local.generate_timeout
        # Places of jobs. It waits for a model most of the time; a job in flight holds 25 to 50 MB of pictures, so that
        # 32 of them and the program's 150 MB fit 2 GiB. Instances × places is how many calls of models there can be at
        # once: keep it near the quota of the models, or jobs meet 429s instead of waiting.
        concurrency = size.concurrency
        max         = size.max_instances
        cpu         = size.cpu
        memory      = size.memory
        environment = merge(local.common, local.images, local.models, {
          LEASE_SECONDS   = var.lease_seconds
          MAX_ATTEMPTS    = var.settings.max_attempts
          MAX_CONCURRENCY = size.concurrency
          WEBHOOK_SECRETS = "held by notify" # it only asks whether there is one, when it records a storyboard's scenes
        })
        secrets  = concat(["CALLBACK_SECRET"], var.provider_keys)
        account  = "generate"
        ingress  = local.inside
        invokers = { lane = local.push_members[lane] }
      }
    },
    var.openai ? {
      openai = {
        description = "OpenAI's images API: answers with the images"
        bundle      = "openai"
        timeout     = 600 # its clients wait so long; OPENAI_DEADLINE_SECONDS is less, so that they are told in time
        # An edit may bring 25 MiB, and its answer is images in Base64: 20 of them fit 2 GiB.
        concurrency = 20
        max         = 10
        cpu         = "1"
        memory      = "2Gi"
        environment = merge(local.common, local.api, local.images, local.requests, {
          MAX_WAITERS             = "20" # whoever asks here waits
          OPENAI_DEADLINE_SECONDS = 540
          WEBHOOK_SECRETS         = "held by notify" # it only asks whether there is one
        })
        secrets  = []
        account  = "openai"
        ingress  = module.api.ingress
        invokers = local.everybody
      }
    } : {},
  )

  # As whom each lane calls. By name: of a lane that is looked up, Terraform would wait for all, its function too.
  push_members = {
    interactive = module.lane["interactive"].push_member
    batch       = module.lane["batch"].push_member
  }

  # The API: open to requests from everywhere, and closed by keys (AUTH_MODE).
  everybody = { everybody = "allUsers" }
  # Pub/Sub and Cloud Scheduler of the same project count as inside; nothing else reaches these at all.
  inside = "ALLOW_INTERNAL_ONLY"
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name        = each.key
  project_id  = var.project
  region      = var.region
  description = each.value.description
  labels      = local.labels

  # The interpreter that every test runs on, and under which the pins were resolved (infra/constraints.txt).
  runtime     = "python311"
  entry_point = each.value.bundle
  source_archive = {
    bucket = google_storage_bucket.bundles.name
    object = google_storage_bucket_object.bundle[each.value.bundle].name
  }
  build = {
    service_account   = google_service_account.build.id
    docker_repository = google_artifact_registry_repository.functions.id
  }

  service_account_email = google_service_account.function[each.value.account].email
  invokers              = each.value.invokers
  ingress               = each.value.ingress
  timeout_seconds       = each.value.timeout
  scaling = {
    # Kept warm where somebody waits for the answer and the environment says so; the others start in under a second.
    min_instances = lookup(var.min_instances, each.key, 0)
    max_instances = lookup(var.max_instances, each.key, each.value.max)
    concurrency   = each.value.concurrency
  }
  resources = { cpu = each.value.cpu, memory = each.value.memory }

  environment = { for name, value in each.value.environment : name => tostring(value) if value != null }
  secrets     = { for name in each.value.secrets : name => module.secrets.versions[name] }

  # Its rights are there before it is: else its first requests, and its build, would be refused.
  depends_on = [
    google_artifact_registry_repository_iam_member.build_pushes,
    google_project_iam_member.build_logs,
    google_project_iam_member.build_reads,
    google_project_iam_member.job_reader,
    google_project_iam_member.job_writer,
    google_project_service.this,
  ]
}
