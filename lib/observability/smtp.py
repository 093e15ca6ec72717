"""Mails by SMTP, counted."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

from . import metrics


class EmailBackend(smtp.EmailBackend):
    """Django's, which also counts the mails that went out and those that did not."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        try:
            sent = super().send_messages(email_messages) or 0
        except Exception:
            metrics.mails.labels("failed").inc(len(email_messages))
            raise
        metrics.mails.labels("sent").inc(sent)
        return sent
