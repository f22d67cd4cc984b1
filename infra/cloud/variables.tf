# Where --------------------------------------------------------------------------------------------------------------

variable "project" {
  type        = string
  description = "The project that it is deployed to; one Darkroom a project."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is a project's id, such as my-project: 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  type        = string
  description = "The region of the functions, the images and, unless database_location says otherwise, the jobs."
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is one of Google Cloud's, such as us-central1."
  }
}

variable "environment" {
  type        = string
  description = "What this deployment is: the name of its file in environments/."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,20}$", var.environment))
    error_message = "environment has up to 21 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "gateway_region" {
  type        = string
  description = "The region of the API Gateway, which is not to be had in every region; null: the functions'."
  default     = null
}

variable "schedule_region" {
  type        = string
  description = "The region of Cloud Scheduler, where there is none in the functions'; null: theirs."
  default     = null
  validation {
    condition     = var.schedule_region == null || can(regex("^[a-z]+-[a-z]+[0-9]+$", var.schedule_region))
    error_message = "schedule_region is a region of Google Cloud's, such as us-central1, or null."
  }
}

variable "database_location" {
  type        = string
  description = "Where the jobs lie: a region, nam5 or eur3; null: the region. It cannot be changed later."
  default     = null
  validation {
    condition     = var.database_location == null || can(regex("^([a-z]+-[a-z]+[0-9]+|nam[0-9]+|eur[0-9]+)$", var.database_location))
    error_message = "database_location is a region such as us-central1, a multi-region such as nam5 or eur3, or null."
  }
}

# What is deployed, as `make deploy` fills it in ---------------------------------------------------------------------

variable "bundles" {
  type        = map(object({ path = string, sha256 = string }))
  description = "The functions' archives: where each lies, and the hash of its content."
  validation {
    condition = alltrue([
      for function in ["submit", "status", "generate", "notify", "sweep", "openai"] : contains(keys(var.bundles), function)
    ])
    error_message = "bundles has an archive of every function; make deploy builds them."
  }
}

variable "first_secrets" {
  type        = map(string)
  description = "A random value for each generated secret. Only the first ever is written; none is kept in plans or states."
  sensitive   = true
  ephemeral   = true
}

# How it is reached --------------------------------------------------------------------------------------------------

variable "domain" {
  type        = string
  description = "The API's own host, such as images.example.com, on a load balancer; null: an API Gateway at an address of Google's."
  default     = null
  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain is a host's name, such as images.example.com, or null."
  }
}

variable "requests_per_minute_by_address" {
  type        = number
  description = "With a domain: so many requests a minute from one client address, by Cloud Armor; null: any number."
  default     = null
}

variable "cors_origins" {
  type        = list(string)
  description = "Whose pages may call the API from browsers: https://studio.example; any port: https://studio.example:*."
  default     = []
  validation {
    condition     = alltrue([for origin in var.cors_origins : can(regex("^(\\*|https?://[a-z0-9.-]+(:([0-9]{1,5}|\\*))?)$", origin))])
    error_message = "cors_origins are scheme://host, with a port (any: *) where it is no usual one, or *."
  }
}

variable "bucket_cors_origins" {
  type        = list(string)
  description = "Whose pages may read images and send uploads from browsers; the bucket knows no port *."
  default     = []
}

variable "openai" {
  type        = bool
  description = "Whether the function openai is deployed, which answers OpenAI's clients with images."
  default     = true
}

# How large it may become --------------------------------------------------------------------------------------------

variable "lease_seconds" {
  type        = number
  description = "How long a worker holds a job; ack deadlines and timeouts follow from it."
  default     = 180 # six calls of 30 s, the longest that a model is given by its objective
  validation {
    condition     = var.lease_seconds >= 30 && var.lease_seconds <= 580 && floor(var.lease_seconds) == var.lease_seconds
    error_message = "lease_seconds is a whole number from 30 to 580: with 20 s on top, Pub/Sub's longest ack deadline."
  }
}

variable "lanes" {
  type = map(object({
    max_instances = number
    concurrency   = number # jobs at once in an instance
    cpu           = optional(string, "1")
    memory        = optional(string, "2Gi")
  }))
  description = "How much work each lane may do at once: instances × jobs in each."
  default = {
    interactive = { max_instances = 10, concurrency = 16 } # fewer to an instance: pictures wait less for each other
    batch       = { max_instances = 4, concurrency = 32 }  # nobody waits: cheaper, and never all of the models' quota
  }
  validation {
    condition     = toset(keys(var.lanes)) == toset(["interactive", "batch"])
    error_message = "lanes are interactive and batch: the priorities that a job can have."
  }
  validation {
    condition = alltrue([
      for size in values(var.lanes) :
      size.max_instances >= 1 && size.concurrency >= 1 && size.concurrency <= 32 * tonumber(trimsuffix(size.memory, "Gi")) / 2
    ])
    error_message = "A lane has 1 instance or more, memory in whole Gi, and at most 16 jobs at once for each Gi: a job in flight holds 25 to 50 MB."
  }
}

variable "min_instances" {
  type        = map(number)
  description = "Instances of a function that are kept warm; of the others none, and the first request waits for a start."
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.min_instances), ["submit", "status", "notify", "openai"])) == 0
    error_message = "min_instances names submit, status, notify or openai; a lane's are in lanes, and one sweep is enough."
  }
}

variable "max_instances" {
  type        = map(number)
  description = "Instances that a function may have at most, where it is not what functions.tf says."
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.max_instances), ["submit", "status", "notify", "openai"])) == 0
    error_message = "max_instances names submit, status, notify or openai; a lane's are in lanes, and one sweep is enough."
  }
}

# What is kept -------------------------------------------------------------------------------------------------------

variable "database" {
  type        = string
  description = "Id of the Firestore database."
  default     = "(default)"
}

variable "bucket" {
  type        = string
  description = "Name of the images' bucket; null: after the project."
  default     = null
}

variable "deletion_protection" {
  type        = bool
  description = "Whether jobs and images are safe from `make destroy`."
  default     = true
}

variable "backup_days" {
  type        = number
  description = "For how many days a daily backup of the jobs is kept."
  default     = 14
}

variable "soft_delete_days" {
  type        = number
  description = "For how many days a deleted image can be brought back; 0: not at all."
  default     = 7
}

variable "archive_after_days" {
  type        = number
  description = "After so many days an image moves to cheaper storage; null: never."
  default     = null
}

# What is secret, and a vendor's -------------------------------------------------------------------------------------

variable "provider_keys" {
  type        = list(string)
  description = "The vendors' secrets that have a value, so that generate reads them (README.md: keys of vendors)."
  default     = []
  validation {
    condition = alltrue([
      for name in var.provider_keys : contains(["GEMINI_API_KEY", "NANO_BANANA_API_KEY", "REPLICATE_API_TOKEN"], name)
    ])
    error_message = "provider_keys are of GEMINI_API_KEY, NANO_BANANA_API_KEY and REPLICATE_API_TOKEN."
  }
}

# Who is told, and of what -------------------------------------------------------------------------------------------

variable "notification_emails" {
  type        = list(string)
  description = "Who is told of alerts by mail."
  default     = []
}

variable "notification_channels" {
  type        = list(string)
  description = "Ids of channels that exist already, a pager's say."
  default     = []
}

variable "monthly_budget_usd" {
  type        = number
  description = "What the models may cost in a month, in US dollars; alerts tell when it is spent too fast. Tenants have budgets of their own."
  default     = 100
  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "monthly_budget_usd is more than 0."
  }
}

variable "billing_account" {
  type        = string
  description = "The billing account, for a budget over all of the project's costs; null: none is made (it needs a right on the account)."
  default     = null
  validation {
    condition     = var.billing_account == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account is an id such as 012345-6789AB-CDEF01, or null."
  }
}

variable "runbook_url" {
  type        = string
  description = "Where RUNBOOK.md can be read, linked from alerts; null: no link."
  default     = null
}
