variable "name" {
  type        = string
  description = "Name of the job, and of the function that it calls."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "name has 2 to 24 lower-case letters, digits and hyphens."
  }
}

variable "project_id" {
  type        = string
  description = "The project that it lies in."
}

variable "region" {
  type        = string
  description = "A region of Cloud Scheduler."
}

variable "schedule" {
  type        = string
  description = "When it calls, in cron's five fields, UTC."
  default     = "* * * * *" # a minute is the finest there is, and what the design's waits are made for
  validation {
    condition     = length(split(" ", var.schedule)) == 5
    error_message = "schedule has cron's five fields, such as \"* * * * *\"."
  }
}

variable "function_uri" {
  type        = string
  description = "Address of the function, which is the audience of the token too."
}

variable "deadline_seconds" {
  type        = number
  description = "After so long without an answer the call counts as failed."
  validation {
    condition     = var.deadline_seconds >= 15 && var.deadline_seconds <= 1800
    error_message = "deadline_seconds is 15 to 1800, Cloud Scheduler's bounds."
  }
}
