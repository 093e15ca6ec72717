"""The command that makes a link by which somebody chooses a password."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.urls import reverse

from lib.terminal import TerminalCommand


class Command(TerminalCommand):
    help = (
        "Makes a link by which the owner of an account can choose a new password within an hour. "
        "Nobody else then knows the password, and the link works even while sign-in is locked."
    )

    def add_arguments(self, parser):
        parser.add_argument("username", help="the account that the link is for")

    def handle(self, username, **options):
        user = get_user_model().objects.filter(username=username, is_active=True).first()
        if not user:
            raise CommandError(f"There is no account in use with the name {username}.")
        address = reverse(
            "account_reset_password_from_key",
            kwargs={
                "uidb36": user_pk_to_url_str(user),
                "key": default_token_generator.make_token(user),
            },
        )
        self.stdout.write(settings.SITE_ADDRESS + address)
