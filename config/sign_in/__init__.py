"""How staff prove who they are: by name and password, a second factor, or their organisation's identity provider.

django-allauth leads through it and django-axes throttles it; here stands what is ours to decide.
"""

import base64
import hashlib
import ipaddress
from urllib.parse import urlsplit

import jwt
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa import signals as second_factor
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from axes.signals import user_locked_out
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.dispatch import receiver
from django.shortcuts import render
from django.utils import timezone
from qrcode.image.svg import SvgPathFillImage
from qrcode.main import QRCode
from requests import RequestException

from forces import access

from .. import events

SET_UP_HERE = "second_factor_set_up_here"  # in a session
SIGNED_WITH = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]


def owes_second_factor(request):
    """Whether someone signed in may write, and has not yet proved as much as that takes."""
    if not settings.REQUIRE_SECOND_FACTOR or not access.may_write(
        request.user, timezone.localdate()
    ):
        return False
    methods = [step["method"] for step in get_authentication_records(request, request.user)]
    if settings.OIDC_SECOND_FACTOR and "socialaccount" in methods:
        return False
    proved = "mfa" in methods or SET_UP_HERE in request.session
    return not proved or not has_second_factor(request.user)


def has_second_factor(user):
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


# Throttling


class Throttle(AxesDatabaseHandler):
    """Locks a name at an address after a few failures, and an address as a whole only after very many."""

    def get_failures(self, request, credentials=None):
        since = get_cool_off_threshold(request)
        attempts = AccessAttempt.objects.filter(
            ip_address=request.axes_ip_address, attempt_time__gte=since
        )
        at_address = attempts.aggregate(all=Sum("failures_since_start"))["all"] or 0
        if at_address >= settings.MOST_FAILURES_OF_AN_ADDRESS:
            return settings.AXES_FAILURE_LIMIT
        return super().get_failures(request, credentials)


def throttled_address(request):
    """The address that failures are counted by: of IPv6 the half that a household has, who may change the rest at will."""
    address = events.address(request)
    return (
        str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
        if address and ":" in address
        else address
    )


def locked_out(request, response, credentials):
    response = render(request, "429.html", status=429)
    response["Retry-After"] = int(settings.AXES_COOLOFF_TIME.total_seconds())
    return response


# Name, password and second factor


class ReadyToType:
    """A form whose first field has the focus, and no field a word in it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True


class SignInForm(ReadyToType, LoginForm):
    pass


def accounts_of(email):
    """The accounts with an e-mail address, in whatever case it was entered.

    The database's capitals are those of other letters too: "ı" and "i" are one to it, and may be two people.
    """
    alike = get_user_model().objects.filter(email__iexact=email)
    return [user for user in alike if user.email.encode().lower() == email.encode().lower()]


class ForgottenForm(ResetPasswordForm):
    def clean_email(self):
        """Finds an account whose address was entered with capitals too."""
        email = super().clean_email()
        self.users = [user for user in accounts_of(email) if user.is_active]
        return email


class CodeForm(ReadyToType, AuthenticateForm):
    def clean_code(self):
        try:
            return super().clean_code()
        except ValidationError as error:
            if error.code == "too_many_login_attempts":
                events.record(
                    "locked out", context.request, self.user, reason="too many wrong codes"
                )
            raise


class SetUpForm(ActivateTOTPForm):
    def clean(self):
        """Whoever gave the first code has proved as much as by any later one; their other sessions have not."""
        cleaned = super().clean()
        if not self.errors:
            context.request.session[SET_UP_HERE] = True
        return cleaned


class Accounts(DefaultAccountAdapter):
    """Accounts are made by superusers alone."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "This name and password do not belong together. Check both; capitals matter.",
        "incorrect_password": "That is not your password.",
        "too_many_login_attempts": "Too many wrong codes. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request):
        return False

    def pre_authenticate(self, request, **credentials):
        """Leaves throttling to django-axes: allauth's own would let strangers lock a name out from anywhere."""

    def get_reset_password_from_key_url(self, key):
        """At the address that the settings name: that of the request is whatever its sender says."""
        return (
            f"{settings.SITE_ADDRESS}{urlsplit(super().get_reset_password_from_key_url(key)).path}"
        )

    def get_client_ip(self, request):
        return events.address(request) or "unknown"

    def is_reauthentication_required(self, *, app, **kwargs):
        """Whoever signed in a moment ago need not prove it again."""
        steps = get_authentication_records(self.request, self.request.user)
        fresh = timezone.now().timestamp() - 300
        return not any(step["at"] > fresh for step in steps)


class SecondFactors(DefaultMFAAdapter):
    """Keeps the secrets of second factors encrypted, so that a copy of the database holds none."""

    def encrypt(self, text):
        return self._keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return self._keys().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url):
        """A QR code without style attributes, on white in the dark too, that scales to its place."""
        code = QRCode(image_factory=SvgPathFillImage)
        code.add_data(url)
        return code.make_image().to_string(encoding="unicode")

    def _keys(self):
        secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        digests = [
            hashlib.sha256(b"second factor" + secret.encode()).digest() for secret in secrets
        ]
        return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


# An organisation's own identity provider


class OrganisationLink(OpenIDConnectOAuth2Adapter):
    """The library's conversation with the provider, which here believes only what is signed, for us and for this very sign-in."""

    def get_access_token_data(self, request, app, client, pkce_code_verifier=None):
        self.nonce = nonce(pkce_code_verifier)
        return super().get_access_token_data(request, app, client, pkce_code_verifier)

    def complete_login(self, request, app, token, response, **kwargs):
        if self.openid_config["issuer"].rstrip("/") != app.settings["server_url"]:
            raise OAuth2Error("not the issuer that the settings name")
        claims = self._claims(app, response.get("id_token"))
        told = (
            self._fetch_user_info(token.token) if "userinfo_endpoint" in self.openid_config else {}
        )
        if told.get("sub", claims["sub"]) != claims["sub"]:
            raise OAuth2Error("userinfo speaks of somebody else")
        return self.get_provider().sociallogin_from_response(request, told | claims)

    def _claims(self, app, id_token):
        try:
            key = jwt.PyJWKClient(
                self.openid_config["jwks_uri"], timeout=5
            ).get_signing_key_from_jwt(id_token)
            claims = jwt.decode(
                id_token,
                key,
                algorithms=SIGNED_WITH,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=60,
                options={"require": ["exp", "iat", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"id_token: {error}") from error
        if claims.get("nonce") != self.nonce:
            raise OAuth2Error("id_token: made for another sign-in")
        return claims


class OrganisationProvider(OpenIDConnectProvider):
    """A provider that is asked to sign somebody in, and nothing else that an address could ask for."""

    oauth2_adapter_class = OrganisationLink

    def redirect(self, request, *args, **kwargs):
        try:
            return super().redirect(request, *args, **kwargs)
        except (RequestException, KeyError) as error:
            return render_authentication_error(request, self, exception=error)

    def get_redirect_from_request_kwargs(self, request):
        asked = super().get_redirect_from_request_kwargs(request)
        return {"process": "login", "next_url": asked.get("next_url")}

    def get_pkce_params(self):
        params = super().get_pkce_params()
        return params | {"nonce": nonce(params["code_verifier"])}


def nonce(code_verifier):
    """What the id_token must repeat: derived from the secret that lies in the session, so that it need not lie there too."""
    return hashlib.sha256(f"nonce {code_verifier}".encode()).hexdigest()


class Organisations(DefaultSocialAccountAdapter):
    """Leads whoever the provider names to the account that is theirs: by the provider's own name for them, first by e-mail."""

    def get_provider(self, request, provider, client_id=None):
        return OrganisationProvider(
            request, app=self.get_app(request, provider=provider, client_id=client_id)
        )

    def pre_social_login(self, request, sociallogin):
        if not sociallogin.is_existing:
            self._find_account(request, sociallogin)
        if not sociallogin.user.is_active:
            self._refuse(request, "account closed")

    def is_open_for_signup(self, request, sociallogin):
        return settings.OIDC_CREATE_ACCOUNTS

    def on_authentication_error(
        self, request, provider, error=None, exception=None, extra_context=None
    ):
        events.record(
            "sign-in failed", request, by=[provider.sub_id], reason=str(exception or error)
        )

    def _find_account(self, request, sociallogin):
        emails = [email.email for email in sociallogin.email_addresses if email.verified]
        if not emails:
            self._refuse(request, "no verified e-mail address")
        known = accounts_of(emails[0])
        if len(known) == 1:
            if SocialAccount.objects.filter(
                user=known[0], provider=sociallogin.account.provider
            ).exists():
                self._refuse(request, "e-mail address of an account that is somebody else's there")
            sociallogin.connect(request, known[0])
        elif known or not settings.OIDC_CREATE_ACCOUNTS:
            self._refuse(
                request,
                "several accounts have this e-mail address"
                if known
                else "no account has this e-mail address",
            )

    def _refuse(self, request, reason):
        events.record("sign-in failed", request, by=["organisation"], reason=reason)
        raise ImmediateHttpResponse(
            render(request, "socialaccount/authentication_error.html", status=403)
        )


# What is written down of it


@receiver(user_logged_in)
def signed_in(sender, request, user, **kwargs):
    events.record(
        "signed in",
        request,
        user,
        by=[step["method"] for step in get_authentication_records(request, user)],
    )


@receiver(user_logged_out)
def signed_out(sender, request, user, **kwargs):
    events.record("signed out", request, user or "")


@receiver(user_login_failed)
def failed(sender, credentials, request=None, **kwargs):
    if not getattr(request, "axes_locked_out", False):  # which is an event of its own
        events.record(
            "sign-in failed",
            request,
            credentials.get("username", ""),
            reason="wrong name or password",
        )


@receiver(user_locked_out)
def told_locked_out(sender, request, username, **kwargs):
    events.record("locked out", request, username or "", reason="too many failures")


@receiver(second_factor.authentication_failed)
def second_factor_failed(sender, request, user, **kwargs):
    events.record("sign-in failed", request, user, reason="wrong code")


@receiver(second_factor.authenticator_added)
def second_factor_added(sender, request, user, authenticator, **kwargs):
    events.record("second factor set up", request, user, kind=authenticator.type)


@receiver(second_factor.authenticator_removed)
def second_factor_removed(sender, request, user, authenticator, **kwargs):
    events.record("second factor removed", request, user, kind=authenticator.type)


@receiver(second_factor.authenticator_reset)
def second_factor_reset(sender, request, user, authenticator, **kwargs):
    events.record("second factor replaced", request, user, kind=authenticator.type)
