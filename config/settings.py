"""The settings; everything that differs between machines comes from the environment."""

import os
import shlex
from datetime import timedelta

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from . import data_sets, database, locations, storages
from .environment import (
    env_bool,
    env_database,
    env_list,
    env_number,
    env_secret,
    require_package,
    words,
)
from .observability import logs, metrics

BASE_DIR = locations.PROJECT

# A variable that was renamed is never ignored: a site would run otherwise than it was told to.
RENAMED_VARIABLES = {"ONE_PERSON_MAY_SIGN_OFF": "ONE_PERSON_MAY_APPROVE"}
for old_name, new_name in RENAMED_VARIABLES.items():
    if old_name in os.environ:
        raise ImproperlyConfigured(f"{old_name} is now called {new_name}. Set that instead.")

DEBUG = env_bool("DEBUG")

SECRET_KEY = env_secret("SECRET_KEY")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Set it to a long random text that only this site's servers "
        "know, or SECRET_KEY_FILE to a file that holds it; `findings run` makes its own."
    )

# Former keys, while the mails and second factors made with them are still in use.
SECRET_KEY_FALLBACKS = words(env_secret("SECRET_KEY_FALLBACKS"))

# Who may ask, and how

ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
HTTPS = env_bool("HTTPS", default=not DEBUG)
BEHIND_PROXY = env_bool("BEHIND_PROXY")
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# With this prefix, browsers let no other host, not even a subdomain, set the cookie.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, KNOWN_DEVICE_COOKIE_NAME = (
    f"{'__Host-' if HTTPS else ''}{name}" for name in ("session", "csrf", "known-device")
)
CSRF_FAILURE_VIEW = "config.views.permission_denied"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": dict.fromkeys(
        ("default-src", "font-src", "object-src", "base-uri", "frame-ancestors"), NONE
    )
    | dict.fromkeys(
        ("script-src", "style-src", "img-src", "connect-src", "manifest-src", "form-action"), SELF
    )
    # The older and the newer way; browsers that know the second one leave out the first.
    | {"report-uri": "/csp-reports", "report-to": "csp"}
}

# What the site is made of

INSTALLED_APPS = [
    "config.apps.Staff",
    "config.backups.apps.Backups",
    "config.doctor.apps.Doctor",
    "config.upgrades.apps.Upgrades",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django_tables2",
    "django_htmx",
    "pgtrigger",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "lib.forms",
    "lib.audit",
    "lib.imports",
    "lib.data_sets",
    "lib.permalinks",
    "lib.followers",
    "lib.as_at",
    "lib.observability",
    "forces",
    "inspections",
    "findings",
]
MIDDLEWARE = [
    "config.browser_policy.headers.BrowserPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "lib.api.middleware.CrossOriginMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PublicGZipMiddleware",
    "config.middleware.TrackersMiddleware",
    "config.middleware.ReadableAddressMiddleware",
    "lib.as_at.middleware.AsAtMiddleware",
    "config.middleware.OldAddressMiddleware",
    "config.caching.page_cache.PageCacheMiddleware",
    "lib.as_at.middleware.PastMiddleware",
    "lib.forms.middleware.FormsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.methods.MethodsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.middleware.StaffMiddleware",
    "config.middleware.AuditMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [locations.TEMPLATES],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"pages": "lib.pages"},
            "builtins": [
                "lib.forms.tags",
                "lib.observability.tags",
                "lib.markup",
                "inspections.markup",
                "findings.markup",
            ],
        },
    }
]

# Where the rows are

DATABASE_URL = env_database("DATABASE_URL")
EVIDENCE_DIR, EVIDENCE_BUCKET = os.environ.get("EVIDENCE_DIR"), os.environ.get("EVIDENCE_BUCKET")
if not DATABASE_URL or not (EVIDENCE_DIR or EVIDENCE_BUCKET):
    # Where `make run` keeps them. A site that sets both variables never gets here.
    from .local import folders

    DATABASE_URL = DATABASE_URL or folders.database_url(locations.data_folder())
    EVIDENCE_DIR = EVIDENCE_DIR or locations.data_folder() / "evidence"
# A streaming replica of it, from which public pages may be read.
REPLICA_URL = env_database("REPLICA_URL")
for name, url in {"DATABASE_URL": DATABASE_URL, "REPLICA_URL": REPLICA_URL}.items():
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured(
            f"{name} names no PostgreSQL; it is written "
            "postgresql://user:password@host:5432/database."
        )
# Whether a pooler that pools transactions, such as pgbouncer, stands before both.
DATABASE_POOLED = env_bool("DATABASE_POOLED")
DATABASES = {"default": database.database(DATABASE_URL, DATABASE_POOLED)}
REPLICA = database.database(REPLICA_URL, DATABASE_POOLED) if REPLICA_URL else None

# The table and the column that say when what is under embargo becomes public.
RELEASES = ("inspections_inspection", "public_at")
# What the addresses begin with that show no day in the past, but always what is now.
ALWAYS_NOW = (
    *("/admin/", "/evidence/", "/static/", "/cite/", "/data/", "/embed/", "/follow/"),
    *("/healthz", "/readyz", "/favicon.ico", "/robots.txt", "/sitemap.xml"),
    "/api/v1/openapi.json",
)

# Processes share failed attempts and used codes. Each keeps its own drawings of charts.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Django's 300 are too few: a stranger could soon push out the failed attempts of others.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "drawings": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "drawings",
    },
    # Public pages, see config/caching/. While somebody edits the code, they are made anew.
    "pages": {
        "BACKEND": (
            "django.core.cache.backends.dummy.DummyCache"
            if DEBUG
            else "django.core.cache.backends.locmem.LocMemCache"
        ),
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 1_000, "CULL_FREQUENCY": 10},
    },
}

# In a store that processes and hosts share, if one is named (requirements-valkey.txt).
if (CACHE_URL := env_secret("CACHE_URL")) and not DEBUG:
    require_package("CACHE_URL", "redis", "valkey")
    for kept in ("drawings", "pages"):
        CACHES[kept] = {
            "BACKEND": "config.caching.shared_cache.SharedCache",
            "LOCATION": CACHE_URL,
            "KEY_PREFIX": kept,
        }

# Who staff are

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "forces.access.RoleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "config.sign_in.password.NameInPasswordValidator"},
]
LOGIN_URL = "/admin/login/"
# What the names of the pages begin with on which people prove who they are, or leave.
SIGN_IN_VIEWS = ("account_", "mfa_", "openid_connect_", "socialaccount_")
# The names of buttons in our own forms, where one has several.
FORM_BUTTONS = ("submit", "draft", "more", "publish", "send_back", "take_over", "close")
# Says whether a request, of somebody, has saved anything.
REQUEST_HAS_SAVED = "lib.audit.models.request_has_saved"
LOGIN_REDIRECT_URL = "/admin/"
# A session ends after a while without use of staff pages, and after a working day at the latest.
SESSION_COOKIE_AGE = env_number("IDLE_MINUTES", 30) * 60
LONGEST_SESSION = timedelta(hours=12)
SESSION_ENGINE = "config.sign_in.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# How many passwords may be wrong in the time of `AXES_COOLOFF_TIME`: for a name at an address, at
# an address (which people share in an office), and for a name from all addresses together. A known
# device of an account has a limit of its own instead.
AXES_HANDLER = "config.sign_in.throttle.Throttle"
MOST_FAILURES = {"name_at_address": 5, "address": 100, "name": 20, "device": 5}
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # what a success forgets
AXES_CLIENT_IP_CALLABLE = "config.sign_in.throttle.throttled_address"
AXES_LOCKOUT_CALLABLE = "config.sign_in.throttle.lock_out_response"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
KNOWN_DEVICE_LASTS = timedelta(days=180)
PASSWORD_RESET_TIMEOUT = 60 * 60  # seconds

ACCOUNT_ADAPTER = "config.sign_in.password.Accounts"
ACCOUNT_FORMS = {
    "login": "config.sign_in.password.SignInForm",
    "reset_password": "config.sign_in.forgotten.ForgottenForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
# Nobody signs up, but this is where allauth reads that accounts have passwords.
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
# django-axes limits passwords, wherever they are asked for; "login_failed" limits the codes of the
# second factor.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0

REQUIRE_SECOND_FACTOR = env_bool("REQUIRE_SECOND_FACTOR", default=HTTPS)
MFA_ADAPTER = "config.sign_in.second_factor.SecondFactors"
MFA_FORMS = {
    "authenticate": "config.sign_in.second_factor.CodeForm",
    "reauthenticate": "config.sign_in.second_factor.ConfirmForm",
    "activate_totp": "config.sign_in.second_factor.SetUpForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Inspection findings"

# An organisation's own identity provider (OpenID Connect), where one is named.
OIDC_ISSUER = os.environ.get("OIDC_ISSUER", "").rstrip("/")
# E-mail addresses in these domains count as verified, even if the provider does not say so.
OIDC_EMAIL_DOMAINS = env_list("OIDC_EMAIL_DOMAINS")
OIDC_CREATE_ACCOUNTS = env_bool("OIDC_CREATE_ACCOUNTS")
OIDC_SECOND_FACTOR = env_bool("OIDC_SECOND_FACTOR")
SOCIALACCOUNT_ADAPTER = "config.sign_in.organisation.Organisations"
SOCIALACCOUNT_LOGIN_ON_GET = True  # form-action forbids a form that leads to another site
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"].append(
        {
            "provider_id": "organisation",
            "name": os.environ.get("OIDC_NAME") or "your organisation",
            "client_id": os.environ.get("OIDC_CLIENT_ID", ""),
            "secret": env_secret("OIDC_CLIENT_SECRET"),
            "settings": {
                "server_url": OIDC_ISSUER,
                "oauth_pkce_enabled": True,
                "verified_email": OIDC_EMAIL_DOMAINS,
            },
        }
    )

# Mail, where a server for it is named

EMAIL_BACKEND = "lib.observability.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = env_number("EMAIL_PORT", 587)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env_secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
# What links in mails begin with: there is no request to take it from.
SITE_ADDRESS = os.environ.get("SITE_ADDRESS", "").rstrip("/")
if not SITE_ADDRESS:
    SITE_ADDRESS = (
        f"{'https' if HTTPS else 'http'}://{next(iter(ALLOWED_HOSTS), 'localhost').lstrip('.')}"
    )
# Who runs this copy, a web or mail address to reach them, and the licence of what it compiles.
OPERATOR_NAME = os.environ.get("OPERATOR_NAME", "")
OPERATOR_CONTACT = os.environ.get("OPERATOR_CONTACT", "")
DATA_LICENCE = os.environ.get("DATA_LICENCE", "")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "inspection-findings@localhost"

# Language and time

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "Europe/London"
USE_TZ = True

# Static files

STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("STATIC_ROOT") or locations.collected_static_files()
STATICFILES_DIRS = [locations.STATIC]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.finders.PlotlyFinder",
]
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# What staff report

# For very small teams: one person may approve what they wrote. Pages say when this is on.
ONE_PERSON_MAY_APPROVE = env_bool("ONE_PERSON_MAY_APPROVE")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "evidence": storages.evidence(EVIDENCE_DIR, EVIDENCE_BUCKET),
    "data_sets": storages.data_sets(EVIDENCE_DIR, EVIDENCE_BUCKET),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_SETS = data_sets.ABOUT
FACTS = locations.FIXTURES
EVIDENCE_MB = env_number("EVIDENCE_MB", 20)
EVIDENCE_SCANNER = shlex.split(os.environ.get("EVIDENCE_SCANNER", ""))
# No more of an upload reaches the disk than may be kept.
FILE_UPLOAD_HANDLERS = [
    "findings.files.SizeLimitHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "lib.forms.uploads.DiskUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# What those who run the site are told: a log on standard error, figures, and errors

LOGGING, REQUEST_LOG, SLOW_QUERY_MS = logs.LOGGING, logs.REQUEST_LOG, logs.SLOW_QUERY_MS
METRICS_PORT = metrics.METRICS_PORT
metrics.require_client()
if SENTRY_DSN := env_secret("SENTRY_DSN"):
    require_package("SENTRY_DSN", "sentry_sdk", "sentry")
