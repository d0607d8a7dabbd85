"""One settings file. Everything that differs between machines comes from the environment.

Clone, install, migrate and run work with no variable set; a wrong value stops the start
with a message that names it.
"""

import ipaddress
import logging
import os
import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from digestsite import listen, proxy

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"


def env_bool(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in ("0", "false", "no", "off"):
        return False
    if value in ("1", "true", "yes", "on"):
        return True
    raise ImproperlyConfigured(f"{name} is {value!r}. Set it to 1 or 0, or leave it out.")


def data_dir() -> Path:
    """The one folder with everything that is not code: database, media, secret key."""
    path = Path(os.environ.get("DIGEST_DATA_DIR") or BASE_DIR / "var").expanduser().resolve()
    try:
        path.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"DIGEST_DATA_DIR: the folder {path} can't be made ({error.strerror}). Name one that can be written."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(
            f"DIGEST_DATA_DIR: the folder {path} can't be written by this account. "
            "Change its owner, or name another."
        )
    return path


def secret_key() -> str:
    """SECRET_KEY from the environment, else one made on the first start and kept (0600)."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    path = DATA_DIR / "secret-key"
    try:
        if not path.exists():
            # Written aside and linked into place, so that two processes starting together agree.
            fresh = DATA_DIR / f"secret-key.{os.getpid()}"
            try:
                with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                    file.write(secrets.token_urlsafe(64))
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink(missing_ok=True)
        key = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The secret key can't be kept in {path} ({error.strerror}). "
            "Make DIGEST_DATA_DIR writable, or set SECRET_KEY."
        ) from error
    if not key:
        raise ImproperlyConfigured(f"The secret key in {path} is empty. Delete that file, or set SECRET_KEY.")
    return key


def site_url() -> str:
    """SITE_URL as a browser writes an origin: lower case, no default port, no slash at the end."""
    url = os.environ.get("SITE_URL", "").strip()
    if not url:
        return ""
    wrong = ImproperlyConfigured(
        f"SITE_URL is {url!r}. Write the scheme and the host alone, such as https://reports.example.org."
    )
    if re.search(r"\s", url):
        raise wrong  # urlsplit would drop line ends in silence
    try:
        parts = urlsplit(url.rstrip("/"))
        host, port = parts.hostname or "", parts.port
        if ":" in host:
            host = f"[{ipaddress.IPv6Address(host)}]"
        else:
            host = host.encode("idna").decode()
            # A leading dot or a star would let every host in.
            if not re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?", host):
                raise wrong
    except ValueError:
        raise wrong from None
    rest = (parts.path, parts.query, parts.fragment, parts.username, parts.password)
    if parts.scheme not in ("http", "https") or any(rest):
        raise wrong
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, default) else "")


def database() -> dj_database_url.DBConfig:
    """DATABASE_URL as Django wants it. The messages never repeat it: it holds a password."""
    text = os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'digestsite.sqlite3'}"
    shape = "Write postgres://user:password@host:5432/name or sqlite:////folder/file, or leave it out."
    scheme = text.partition("://")[0]
    if scheme not in ("postgres", "postgresql", "sqlite"):
        known = f"begins with {scheme[:20]!r}" if "://" in text else "has no scheme"
        raise ImproperlyConfigured(f"DATABASE_URL {known}. {shape}")
    try:
        config = dj_database_url.parse(text, conn_max_age=60, conn_health_checks=True)
    except ValueError:
        raise ImproperlyConfigured(
            f"DATABASE_URL can't be read. {shape} Special characters in a password are written as %-codes."
        ) from None
    if config["NAME"] in ("", ":memory:"):
        raise ImproperlyConfigured(f"DATABASE_URL names no database after the host. {shape}")
    if scheme == "sqlite":
        # IMMEDIATE takes the write lock at the start, so that two editors wait instead of failing;
        # WAL lets readers read meanwhile.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
    return config


def caches() -> dict[str, dict[str, object]]:
    """CACHE_URL, shared by all processes of all machines; else files, shared by those of this one."""
    url = os.environ.get("CACHE_URL")
    if not url:
        return {
            "default": {
                "BACKEND": "digestsite.filecache.FileBasedCache",
                "LOCATION": DATA_DIR / "cache",
                "OPTIONS": {"MAX_ENTRIES": 5000},
            }
        }
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0
        right = right and re.fullmatch(r"/?\d*", parts.path) is not None
    except ValueError:
        right = False
    if not right:
        raise ImproperlyConfigured(
            "CACHE_URL can't be read. Write redis://host:6379/0 (Valkey or Redis), or leave it out."
        )
    return {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}}


DATA_DIR = data_dir()
SECRET_KEY = secret_key()
DEBUG = env_bool("DEBUG")

try:
    HOST, PORT = listen.address()
except ValueError as error:
    raise ImproperlyConfigured(str(error)) from None

if not re.fullmatch(r"([1-9][0-9]{0,2})?", os.environ.get("WEB_CONCURRENCY", "")):
    raise ImproperlyConfigured(
        f"WEB_CONCURRENCY is {os.environ['WEB_CONCURRENCY']!r}. Write a number of processes, such as 2."
    )

SITE_URL = site_url()
HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS: list[str] = []
if SITE_URL:
    ALLOWED_HOSTS.append(re.sub(r":\d+$", "", SITE_URL.partition("://")[2]))
    # The browser's origin is SITE_URL, whatever port or host a proxy passes on.
    CSRF_TRUSTED_ORIGINS.append(SITE_URL)

# The proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; gunicorn reads the same
# variable, and turns the latter into the request's scheme, so SECURE_PROXY_SSL_HEADER, which would
# believe anybody, stays unset.
try:
    TRUSTED_PROXIES = proxy.networks(os.environ.get("FORWARDED_ALLOW_IPS") or "127.0.0.1,::1")
except ValueError as error:
    raise ImproperlyConfigured(
        f"FORWARDED_ALLOW_IPS: {error}. Write the addresses of your proxies, such as 10.0.0.5,10.1.0.0/16."
    ) from None

# Networks beside the public internet that sources may be fetched from, such as a lab's own library.
try:
    FETCH_NETWORKS = tuple(
        ipaddress.ip_network(part.strip())
        for part in os.environ.get("DIGEST_FETCH_NETWORKS", "").split(",")
        if part.strip()
    )
except ValueError as error:
    raise ImproperlyConfigured(
        f"DIGEST_FETCH_NETWORKS: {error}. Write networks, such as 10.1.0.0/16,192.0.2.7, or leave it out."
    ) from None

INSTALLED_APPS = [
    "digestsite.apps.DigestsiteConfig",
    "digestsite.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "markdownx",
    "simple_history",
    "papers",
    "quotes",
    "timeline",
    "publishing",
]

MIDDLEWARE = [
    "digestsite.health.probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "digestsite.paths.no_nul",
]

ROOT_URLCONF = "digestsite.urls"
WSGI_APPLICATION = "digestsite.wsgi.application"

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
    }
]

# ------------------------------------------------------------------- database and cache

DATABASES = {"default": database()}
CACHES = caches()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ------------------------------------------------------------------- files

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or DATA_DIR / "static").expanduser().resolve()
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
        # Public, and often collected by one account (an image's build) and served by another.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
FILE_UPLOAD_PERMISSIONS = 0o640

# Uploaded pictures: bytes as sent, and pixels after decoding.
PICTURE_MAX_BYTES = 10 * 1024 * 1024
PICTURE_MAX_PIXELS = 40_000_000
# Archived copies of sources: bytes of one, seconds to fetch one.
SOURCE_MAX_BYTES = 50 * 1024 * 1024
FETCH_SECONDS = 45
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# ------------------------------------------------------------------- people and language

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "digestsite.proxy.client_ip"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
FORMAT_MODULE_PATH = "digestsite.formats"
USE_TZ = True

# ------------------------------------------------------------------- closed by default

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # data: is for the icons in Django's own admin style sheets.
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "digestsite.refused.csrf_failure"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = False
if HTTPS:
    SECURE_SSL_REDIRECT = env_bool("SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

# ------------------------------------------------------------------- parts

# The history's author is named by change(), never taken from a request global.
SIMPLE_HISTORY_ENABLED = True


def refused_host(record: logging.LogRecord) -> bool:
    """Strangers try hosts all day: one line for each, and what to do if it was no stranger."""
    record.exc_info = None
    record.msg = f"{record.getMessage().partition(' You may')[0]} If people come by that name, set SITE_URL."
    record.args = None
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"refused_host": {"()": "django.utils.log.CallbackFilter", "callback": refused_host}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "WARNING"},
        # Named without handlers, so that each line is written once, by the root's.
        "django": {"level": "INFO"},
        "django.security.DisallowedHost": {"level": "WARNING", "filters": ["refused_host"]},
        # It warns of every HEAD request: Django leaves dropping the body to the server.
        "gunicorn.http.wsgi": {"level": "ERROR"},
    },
}
