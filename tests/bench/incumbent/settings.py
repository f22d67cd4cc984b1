"""Where the incumbent's parts are."""

import os

PG_DSN = os.environ["INC_PG_DSN"]
REDIS = os.environ["INC_REDIS"]
OUT = os.environ["INC_OUT"]  # the folder of its pictures
PICTURE = os.environ["INC_PICTURE"]  # the file that its model gives
READY_FILE = os.environ.get("INC_READY_FILE")  # made when the workers are ready
