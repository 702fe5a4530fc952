"""What detect-secrets should know of our own secrets: see `Kind` in src/secret.rs."""

import re

from detect_secrets.plugins.base import RegexBasedDetector


class OwnSecretDetector(RegexBasedDetector):
    secret_type = "Porteiro secret"
    denylist = (re.compile(r"\bp(?:ac|bc|cs|gc|lf|ls|rt|sc|vc)_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"),)
