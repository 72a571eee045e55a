# SPDX-License-Identifier: MIT
"""Where the service keeps things: below the folder that SERVICE_FOLDER names."""
import os

FOLDER = os.environ["SERVICE_FOLDER"]
REDIS = os.path.join(FOLDER, "redis")
DATABASE = os.path.join(FOLDER, "service.db")
FILES = os.path.join(FOLDER, "files")
SECRET = "a secret that is nobody's"
