# SPDX-License-Identifier: MIT
"""Accounts and tasks in SQLite, with one connection per process."""

import functools
import sqlite3

import config

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
  id INTEGER PRIMARY KEY, username TEXT UNIQUE, email TEXT UNIQUE, password TEXT);
CREATE TABLE IF NOT EXISTS tasks (
  id INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER, name TEXT, original_ext TEXT, converted_ext TEXT,
  state TEXT, timestamp TEXT);
CREATE INDEX IF NOT EXISTS tasks_of ON tasks (user, id);
"""


@functools.lru_cache(maxsize=None)
def database():
    connection = sqlite3.connect(config.DATABASE, timeout=60, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(SCHEMA)
    return connection


def rows(text, *values):
    return database().execute(text, values).fetchall()


def row(text, *values):
    return database().execute(text, values).fetchone()


def write(text, *values):
    """Inserts a row and returns its id."""
    return database().execute(text, values).lastrowid
