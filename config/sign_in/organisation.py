"""An organisation's own identity provider, by OpenID Connect."""

import hashlib

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.shortcuts import render
from requests import RequestException

from . import events
from .forgotten import accounts_of

SIGNED_WITH = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]


class OrganisationLink(OpenIDConnectOAuth2Adapter):
    """allauth's adapter for the provider; it only trusts a token signed for us and this sign-in."""

    def get_access_token_data(self, request, app, client, pkce_code_verifier=None):
        self.nonce = nonce(pkce_code_verifier)
        return super().get_access_token_data(request, app, client, pkce_code_verifier)

    def complete_login(self, request, app, token, response, **kwargs):
        if self.openid_config["issuer"].rstrip("/") != app.settings["server_url"]:
            raise OAuth2Error("not the issuer that the settings name")
        claims = self._claims(app, response.get("id_token"))
        user_info = (
            self._fetch_user_info(token.token) if "userinfo_endpoint" in self.openid_config else {}
        )
        if user_info.get("sub", claims["sub"]) != claims["sub"]:
            raise OAuth2Error("userinfo speaks of somebody else")
        return self.get_provider().sociallogin_from_response(request, user_info | claims)

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
    """A provider that only signs people in, even if an address asks for something else."""

    oauth2_adapter_class = OrganisationLink

    def redirect(self, request, *args, **kwargs):
        try:
            return super().redirect(request, *args, **kwargs)
        except (RequestException, KeyError) as error:
            return render_authentication_error(request, self, exception=error)

    def get_redirect_from_request_kwargs(self, request):
        kwargs = super().get_redirect_from_request_kwargs(request)
        return {"process": "login", "next_url": kwargs.get("next_url")}

    def get_pkce_params(self):
        params = super().get_pkce_params()
        return params | {"nonce": nonce(params["code_verifier"])}


def nonce(code_verifier):
    """The value that the id_token must repeat, derived from a secret of the session."""
    return hashlib.sha256(f"nonce {code_verifier}".encode()).hexdigest()


class Organisations(DefaultSocialAccountAdapter):
    """Finds the account of the person whom the provider names.

    The first time it goes by their e-mail address, afterwards by the provider's id for them.
    """

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
        accounts = accounts_of(emails[0])
        if len(accounts) == 1:
            if SocialAccount.objects.filter(
                user=accounts[0], provider=sociallogin.account.provider
            ).exists():
                self._refuse(request, "e-mail address of an account that is somebody else's there")
            sociallogin.connect(request, accounts[0])
        elif accounts or not settings.OIDC_CREATE_ACCOUNTS:
            self._refuse(
                request,
                "several accounts have this e-mail address"
                if accounts
                else "no account has this e-mail address",
            )

    def _refuse(self, request, reason):
        events.record("sign-in failed", request, by=["organisation"], reason=reason)
        raise ImmediateHttpResponse(
            render(request, "socialaccount/authentication_error.html", status=403)
        )
