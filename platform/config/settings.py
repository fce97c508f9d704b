"""Django's settings, all of them from `config.env`."""

import sys
from pathlib import Path

from django.templatetags.static import static

from config import env
from config import logging as logs

BASE_DIR = env.ROOT

SECRET_KEY = env.read("SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = env.read("ALLOWED_HOSTS")
HOST = env.read("HOST")
PORT = env.read("PORT")
PUBLIC_URL = env.read("PUBLIC_URL").rstrip("/") or f"http://{HOST}:{PORT}"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

VAULT_KEYS = env.read("VAULT_KEYS")
EGRESS_ALLOW_CIDRS = env.read("EGRESS_ALLOW_CIDRS")
EGRESS_CA_FILE = env.read("EGRESS_CA_FILE")
SPOOL_DIR = Path(env.read("SPOOL_DIR"))
REDIS_URL = env.read("REDIS_URL")
VAR_DIR = BASE_DIR / "var"

INSTALLED_APPS = [
    "daphne",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_filters",
    "vault",
    "tenants",
    "usage",
    "endpoints",
    "gateway",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.headers.security_headers",
    "config.static.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.read("DATABASE_URL")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    if Path(DATABASES["default"]["NAME"]).parent == VAR_DIR:
        VAR_DIR.mkdir(exist_ok=True)  # a fresh clone has none
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
else:
    # A connection that died with its server is replaced before somebody's query fails on it.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    if sys.argv[1:2] == ["serve"]:
        # The task worker would close a pool at every task boundary, and a command needs none.
        DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
            "min_size": 2,
            "max_size": 20,
            "timeout": 5,
        }

# Guesses at sign-in are counted here, by each process; more than 300 entries, so that they stay.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

AUTH_USER_MODEL = "tenants.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"

STATIC_URL = "/static/"
_STATIC = BASE_DIR / "var" / "static"
# `collectstatic` makes compressed files with hashed names, kept for ever by browsers. Where it has
# not been run, files are served from the packages they came with.
_COLLECTED = (_STATIC / "staticfiles.json").exists() or "collectstatic" in sys.argv
WHITENOISE_ALLOW_ALL_ORIGINS = False
STATIC_ROOT = _STATIC if _COLLECTED else None
WHITENOISE_USE_FINDERS = not _COLLECTED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if _COLLECTED
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

# What needs TLS is on exactly when callers reach this installation by TLS.
_TLS = PUBLIC_URL.lower().startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other names below this host belong to the operator, not to Patchbay
    "security.W008",  # the proxy that ends TLS redirects; health checks come by plain HTTP
    "security.W021",  # preloading is the operator's promise for a whole domain
]

UNFOLD = {
    "SITE_TITLE": "Patchbay",
    "SITE_HEADER": "Patchbay",
    "SITE_SYMBOL": "settings_input_component",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("patchbay/icon.svg"),
        }
    ],
    "STYLES": [lambda request: static("patchbay/admin.css")],
    "SCRIPTS": [lambda request: static("patchbay/admin.js")],
    "DASHBOARD_CALLBACK": "endpoints.admin_overview.overview",
    "COLORS": {
        "primary": {
            "50": "#effaf8",
            "100": "#d5f2ec",
            "200": "#aee4da",
            "300": "#7acfc1",
            "400": "#45b3a4",
            "500": "#28978a",
            "600": "#1c7a71",
            "700": "#1a625c",
            "800": "#194f4b",
            "900": "#18423f",
            "950": "#082625",
        },
    },
}

# A REST view is a `tenants.rest.base.TenantView`; one that is not lets nobody in.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "tenants.rest.problems.ProblemHandler",
    "EXCEPTION_FORMATTER_CLASS": "tenants.rest.problems.ProblemFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Patchbay",
    "VERSION": "1",
    "DESCRIPTION": "Agents, endpoints, credentials and usage of one tenant.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RunStatus": "endpoints.models.RunStatus",
        "CheckStatus": "endpoints.models.CheckStatus",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tenants.rest.schema.describe_the_grammar",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

LOGGING = logs.configuration(sys.argv)
logs.configure_structlog()
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.logging.ReportFilter"
