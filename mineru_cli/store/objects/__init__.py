"""Object storage: S3 and what speaks its protocol, Google Cloud Storage, Azure. The one room with obstore."""
