"""A local Firestore: the wire protocol of Google's, strict about preconditions, transactions and indexes."""
