"""Pub/Sub: topics, subscriptions, push and pull delivery, retries, dead letters, filters and ordering keys."""
