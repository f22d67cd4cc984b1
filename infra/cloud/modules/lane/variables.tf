variable "name" {
  type        = string
  description = "What the lane is called: interactive, batch, events."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}[a-z0-9]$", var.name))
    error_message = "name has 3 to 25 lower-case letters, digits and hyphens: a service account is named after it."
  }
}

variable "project_id" {
  type        = string
  description = "The project that it lies in."
}

variable "region" {
  type        = string
  description = "Where messages are kept."
}

variable "labels" {
  type        = map(string)
  description = "Labels, for costs and filters."
  default     = {}
}

variable "topic" {
  type        = string
  description = "Name of the topic; the functions publish to jobs-interactive, jobs-batch and job-events."
}

variable "subscriber" {
  type        = string
  description = "What the subscription's name ends in: whom it brings messages to."
}

variable "function" {
  type        = object({ name = string, uri = string })
  description = "The deployment of a function that messages are pushed to."
}

variable "publishers" {
  type        = map(string)
  description = "Service accounts that publish to the topic, by function."
}

variable "pubsub_agent" {
  type        = string
  description = "Address of Pub/Sub's service agent in this project."
}

variable "ack_deadline_seconds" {
  type        = number
  description = "After so long without an answer a message is delivered again."
  validation {
    condition     = var.ack_deadline_seconds >= 10 && var.ack_deadline_seconds <= 600
    error_message = "ack_deadline_seconds is 10 to 600, Pub/Sub's bounds."
  }
}

variable "dead_letters_retention" {
  type        = string
  description = "How long a dead letter waits for somebody, such as 1209600s."
  default     = "1209600s" # two weeks: a holiday
  validation {
    condition     = can(regex("^[0-9]+s$", var.dead_letters_retention))
    error_message = "dead_letters_retention is a number of seconds with an s, up to 31 days."
  }
}
