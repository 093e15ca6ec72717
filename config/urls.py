"""The addresses of the whole site."""

from allauth.account import views as account
from allauth.socialaccount import views as socialaccount
from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path

from . import views
from .browser_policy.csp_reports import CspReports
from .public_forms import follow, permalinks
from .sign_in.forgotten import forgotten
from .sitemaps import SITEMAPS

# The pages of allauth that we offer, by its names. Nobody signs up or connects accounts by hand.
auth_urls = [
    path("login/", views.sign_in, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("weekly-mail/stop/<str:token>/", views.stop_mail, name="account_stop_mail"),
    path("confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("second-factor/", include("allauth.mfa.urls")),
    path("oidc/<slug:provider_id>/login/", views.organisation_sign_in, name="openid_connect_login"),
    path(
        "oidc/<slug:provider_id>/login/callback/",
        views.organisation_callback,
        name="openid_connect_callback",
    ),
    path("oidc/cancelled/", socialaccount.login_cancelled, name="socialaccount_login_cancelled"),
    # Where a link leads by which somebody chooses a password: one sent by mail, or handed over.
    re_path(
        r"^forgotten/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "forgotten/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
if settings.EMAIL_HOST:
    auth_urls += [
        path("forgotten/", forgotten, name="account_reset_password"),
        path("forgotten/sent/", account.password_reset_done, name="account_reset_password_done"),
    ]

urlpatterns = [
    path("", include("forces.urls")),
    path("", include("inspections.urls")),
    path("", include("findings.urls")),
    path("api/", include("config.api.urls")),
    path("data/", include("lib.data_sets.urls")),
    path("admin/", include(auth_urls)),
    path("admin/weekly-mail/", admin.site.admin_view(views.weekly_mail), name="weekly_mail"),
    path("admin/", admin.site.urls),
    path("cite/", permalinks.StorePermalink.as_view(), name="permalink_store"),
    path("cite/<slug:key>/", permalinks.PermalinkDetail.as_view(), name="permalink"),
    path("follow/", follow.FollowPage.as_view(), name="follow"),
    path("follow/sent/", follow.Sent.as_view(), name="follow_sent"),
    path("follow/confirm/<str:token>/", follow.Confirm.as_view(), name="follow_confirm"),
    path("follow/stop/<str:token>/", follow.Stop.as_view(), name="follow_stop"),
    path("csp-reports", CspReports.as_view(), name="csp_reports"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error
