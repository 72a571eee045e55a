# SPDX-License-Identifier: MIT
"""Paths of the service, below the folder SERVICE_FOLDER."""

import os

FOLDER = os.environ["SERVICE_FOLDER"]
REDIS = os.path.join(FOLDER, "redis")
DATABASE = os.path.join(FOLDER, "service.db")
FILES = os.path.join(FOLDER, "files")
SECRET = "a secret that is nobody's"
