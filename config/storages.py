"""Where files are kept: in a folder, or in a bucket of an object store (requirements-s3.txt)."""

import os
from pathlib import Path

from .environment import require_package


def evidence(directory, bucket_name):
    """Files of evidence, sent only by a view that checks the reader: no web server reaches them."""
    return bucket(bucket_name) if bucket_name else folder(directory)


def data_sets(directory, bucket_name):
    """Data sets, which are public: beside evidence, unless a folder of their own is named."""
    own = os.environ.get("DATA_SETS_DIR")
    if bucket_name and not own:
        # More of a file than this goes to the disk while it is sent.
        return bucket(bucket_name, location="data-sets", max_memory_size=1_000_000)
    return folder(own or Path(directory) / "data-sets")


def folder(location):
    """The storage of files in a folder that only the site's own account may read."""
    return {
        "BACKEND": "findings.storage.EvidenceFolder",
        "OPTIONS": {
            "location": location,
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }


def bucket(name, **options):
    """The storage of files in a bucket; boto3 reads its keys, region and address from AWS_…."""
    require_package("EVIDENCE_BUCKET", "storages", "s3")
    return {
        "BACKEND": "findings.bucket.EvidenceBucket",
        "OPTIONS": {
            "bucket_name": name,
            "default_acl": None,  # what the bucket says
            "file_overwrite": False,
            "addressing_style": "path" if os.environ.get("AWS_ENDPOINT_URL_S3") else None,
            **options,
        },
    }
