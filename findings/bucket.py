"""The bucket of an object store (S3) in which files of evidence may be kept instead of a folder."""

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from storages.backends.s3 import S3Storage

from .storage import WholeFiles

# Seconds, for a store to take up a connection and to say anything: people wait for it.
CONNECT_TIMEOUT, READ_TIMEOUT = 3, 8
ONE_PIECE = 5 * 1024**3  # bytes; what is sent in several pieces could stay there in part
TRIES = 2  # a connection that was kept open may have been closed meanwhile


class EvidenceBucket(WholeFiles, S3Storage):
    """A bucket; it says soon that it does not answer."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.client_config = self.client_config.merge(
            Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                retries={"total_max_attempts": TRIES, "mode": "standard"},
            )
        )
        self.transfer_config = TransferConfig(
            multipart_threshold=ONE_PIECE, num_download_attempts=TRIES
        )
