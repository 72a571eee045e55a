# SPDX-License-Identifier: MIT
"""The task of the workers: pydub, which starts ffmpeg."""

import os

import celery
from pydub import AudioSegment

import config
import store

app = celery.Celery("tasks", broker=f"redis+socket://{config.REDIS}")
app.conf.broker_connection_retry_on_startup = True


def path_of(task, ext):
    return os.path.join(config.FILES, f"{task}.{ext}")


@app.task(acks_late=True)
def convert(task, original_ext, converted_ext):
    store.write("UPDATE tasks SET state = 'PROCESSING' WHERE id = ?", task)
    try:
        sound = AudioSegment.from_file(path_of(task, original_ext), original_ext)
        sound.export(path_of(task, converted_ext), converted_ext).close()
        state = "PROCESSED"
    except Exception:  # any error of pydub or ffmpeg: the task has failed
        state = "FAILED"
        raise
    finally:
        store.write("UPDATE tasks SET state = ? WHERE id = ?", state, task)
