#!/bin/sh
# From a bucket to a bucket: PDFs below s3://BUCKET/pdfs, results below s3://BUCKET/out. Needs pip install '.[storage]'.
#   BUCKET=my-bucket examples/s3/convert.sh --server-url http://gpu:8000
# Keys come from the usual variables and files of AWS. For a store that is not AWS set MINERU_BATCH_STORAGE_ENDPOINT.
# Run it again, from another machine too: what is done and unchanged is skipped.
set -eu
exec mineru-batch convert "s3://${BUCKET:?the name of the bucket}/pdfs" -o "s3://$BUCKET/out" "$@"
