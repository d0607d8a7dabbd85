"""The settings of the test suite: the real ones, read with a clean environment.

pytest-django reads the settings before any conftest.py, so what must be set first is set here.
Nothing of the machine's own set-up leaks in, and `var/` is never touched. DATABASE_URL stays:
it says which database the suite runs on.
"""

import atexit
import os
import shutil
import tempfile

DATA = tempfile.mkdtemp(prefix="digestsite-tests-")
atexit.register(shutil.rmtree, DATA, ignore_errors=True)

for name in ("SITE_URL", "CACHE_URL", "SECRET_KEY", "DEBUG", "HOST", "PORT", "SSL_REDIRECT"):
    os.environ.pop(name, None)
for name in (
    "STATIC_ROOT",
    "FORWARDED_ALLOW_IPS",
    "DIGEST_ADMIN_PASSWORD",
    "DIGEST_FETCH_NETWORKS",
    "WEB_CONCURRENCY",
):
    os.environ.pop(name, None)
os.environ["DIGEST_DATA_DIR"] = DATA

from digestsite.settings import *  # noqa: E402, F403
from digestsite.settings import STATIC_ROOT, STORAGES  # noqa: E402

# Files as they lie in static/, unhashed: no test depends on collectstatic having been run.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
os.makedirs(STATIC_ROOT, exist_ok=True)  # WhiteNoise warns of a missing folder

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow by design
AXES_ENABLED = False  # `client.login()` has no request to count; the tests of the lock-out turn it on

# A real file, as in use: a database in memory locks whole tables, without waiting, between the threads
# of a browser test's server.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(DATA, "test.sqlite3")}  # noqa: F405
