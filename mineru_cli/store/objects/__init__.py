"""Object storage: S3 and compatible services, Google Cloud Storage, Azure. Only here obstore is imported."""
