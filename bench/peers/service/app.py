# SPDX-License-Identifier: MIT
"""A conversion service of the older kind: Flask behind gunicorn, Celery, Redis, SQLite, files in a folder.
Like the originals: plain-text passwords, no explicit flushes, no quotas, minimal validation."""

import datetime
import functools
import os

import flask
import jwt

import config
import store
import tasks

app = flask.Flask(__name__)
os.makedirs(config.FILES, exist_ok=True)


def fields():
    return flask.request.get_json(silent=True) or flask.request.form


def authenticated(view):
    @functools.wraps(view)
    def checked(**words):
        try:
            token = flask.request.headers["Authorization"].removeprefix("Bearer ")
            flask.g.user = jwt.decode(token, config.SECRET, algorithms=["HS256"])["sub"]
        except (KeyError, jwt.InvalidTokenError):
            return {"error": "Log in first."}, 401
        return view(**words)

    return checked


def mine(task):
    found = store.row("SELECT * FROM tasks WHERE id = ? AND user = ?", task, flask.g.user)
    return found or flask.abort(404)


def shown(row):
    return {
        "id": row["id"],
        "name": row["name"],
        "originalExt": row["original_ext"],
        "convertedExt": row["converted_ext"],
        "state": row["state"],
        "timestamp": row["timestamp"],
        "user": flask.g.user,
    }


@app.post("/api/auth/signup")
def signup():
    given = fields()
    if given["password1"] != given["password2"]:
        return {"error": "The passwords differ."}, 400
    store.write(
        "INSERT INTO users (username, email, password) VALUES (?, ?, ?)",
        given["username"],
        given["email"],
        given["password1"],
    )
    return {"message": "Welcome."}


@app.post("/api/auth/login")
def login():
    given = fields()
    user = store.row(
        "SELECT id FROM users WHERE username = ? AND password = ?", given["username"], given["password"]
    )
    if not user:
        return {"error": "Wrong name or password."}, 401
    expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    token = jwt.encode({"sub": user["id"], "exp": expires}, config.SECRET, algorithm="HS256")
    return {"token": token, "access_token": token}


@app.get("/api/tasks")
@authenticated
def listed():
    most = int(flask.request.args.get("max", 1000))
    order = "DESC" if flask.request.args.get("order") == "1" else "ASC"
    found = store.rows(f"SELECT * FROM tasks WHERE user = ? ORDER BY id {order} LIMIT ?", flask.g.user, most)
    return flask.jsonify([shown(row) for row in found])


@app.post("/api/tasks")
@authenticated
def created():
    file = flask.request.files["file"]
    original, converted = (
        os.path.splitext(file.filename)[1][1:].lower(),
        flask.request.form["newFormat"].lower(),
    )
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    task = store.write(
        "INSERT INTO tasks (user, name, original_ext, converted_ext, state, timestamp) "
        "VALUES (?, ?, ?, ?, 'UPLOADED', ?)",
        flask.g.user,
        file.filename,
        original,
        converted,
        now,
    )
    file.save(tasks.path_of(task, original))
    tasks.convert.delay(task, original, converted)
    return {"message": "Task created.", "task": shown(mine(task))}


@app.get("/api/tasks/<int:task>")
@authenticated
def looked_at(task):
    return shown(mine(task))


@app.get("/api/tasks/<int:task>/output")
@authenticated
def downloaded(task):
    row = mine(task)
    if row["state"] != "PROCESSED":
        flask.abort(404)
    return flask.send_file(tasks.path_of(task, row["converted_ext"]), as_attachment=True)


@app.delete("/api/tasks/<int:task>")
@authenticated
def deleted(task):
    row = mine(task)
    for ext in (row["original_ext"], row["converted_ext"]):
        try:
            os.remove(tasks.path_of(task, ext))
        except FileNotFoundError:
            pass
    store.write("DELETE FROM tasks WHERE id = ?", task)
    return "", 204
