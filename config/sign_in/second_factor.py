"""The second factor: who needs one, its forms, its secret and its events."""

from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa import signals as second_factor
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.conf import settings
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.utils import timezone
from qrcode.image.svg import SvgPathFillImage
from qrcode.main import QRCode

from forces import access
from lib import encryption

from . import events
from .password import ReadyToType

SET_UP_HERE = "second_factor_set_up_here"  # in a session


def owes_second_factor(request):
    """Whether a person has a role, but has not given the second factor that this needs."""
    if not settings.REQUIRE_SECOND_FACTOR or not access.is_member(
        request.user, timezone.localdate()
    ):
        return False
    methods = [step["method"] for step in get_authentication_records(request, request.user)]
    if settings.OIDC_SECOND_FACTOR and "socialaccount" in methods:
        return False
    proved = "mfa" in methods or SET_UP_HERE in request.session
    return not proved or not has_second_factor(request.user)


def has_second_factor(user):
    """Whether an account has an authenticator app set up."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


class LockOutRecorded:
    """A form for a code that logs when there were too many wrong ones."""

    def clean_code(self):
        try:
            return super().clean_code()
        except ValidationError as error:
            if error.code in ("too_many_login_attempts", "rate_limited"):
                events.record(
                    "locked out", context.request, self.user, reason="too many wrong codes"
                )
            raise


class CodeForm(ReadyToType, LockOutRecorded, AuthenticateForm):
    """The form for a code of the second factor, at sign-in."""


class ConfirmForm(ReadyToType, LockOutRecorded, ReauthenticateForm):
    """The form for a code, before a page that changes how somebody signs in."""


class SetUpForm(LockOutRecorded, ActivateTOTPForm):
    """The form to set up a second factor."""

    def clean(self):
        """The first code counts as a second factor, in this session alone, and only once."""
        cleaned = super().clean()
        if not self.errors:
            secret = get_adapter().encrypt(self.secret)
            device = Authenticator(
                user=self.user, type=Authenticator.Type.TOTP, data={"secret": secret}
            )
            device.wrap().validate_code(cleaned["code"])  # which marks it as used
            context.request.session[SET_UP_HERE] = True
        return cleaned


class SecondFactors(DefaultMFAAdapter):
    """Encrypts the secrets of second factors, so that the database does not reveal them."""

    def encrypt(self, text):
        return encryption.encrypt(text, "second factor")

    def decrypt(self, encrypted_text):
        return encryption.decrypt(encrypted_text, "second factor")

    def build_totp_svg(self, url):
        """A QR code as SVG without style attributes, which the page's policy forbids."""
        code = QRCode(image_factory=SvgPathFillImage)
        code.add_data(url)
        return code.make_image().to_string(encoding="unicode")


@receiver(second_factor.authentication_failed)
def record_second_factor_failure(sender, request, user, **kwargs):
    events.record("sign-in failed", request, user, reason="wrong code")


@receiver(second_factor.authenticator_added)
def record_second_factor_set_up(sender, request, user, authenticator, **kwargs):
    events.record("second factor set up", request, user, kind=authenticator.type)


@receiver(second_factor.authenticator_removed)
def record_second_factor_removal(sender, request, user, authenticator, **kwargs):
    events.record("second factor removed", request, user, kind=authenticator.type)


@receiver(second_factor.authenticator_reset)
def record_second_factor_replacement(sender, request, user, authenticator, **kwargs):
    events.record("second factor replaced", request, user, kind=authenticator.type)
