"""A strict Google Cloud in one Python process: Firestore, Pub/Sub, Cloud Storage and Vertex AI."""
