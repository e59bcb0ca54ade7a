"""The ledger's tables. What changes here needs a migration: a test compares the two.

Money is in whole millionths of a dollar, times are UTC epoch seconds. `history` and `charges` are only ever added to;
triggers hold that.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# A 64-bit key that counts up by itself on both: SQLite does so for INTEGER PRIMARY KEY only.
_Serial = BigInteger().with_variant(Integer, "sqlite")

owners = Table(
    "owners",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Text, nullable=False),
    Column("seen", Float, nullable=False),
)

intents = Table(
    "intents",
    metadata,
    Column("key", Text, primary_key=True),
    Column("base", Text, nullable=False),
    Column("take", Integer, nullable=False),
    Column("request", Text, nullable=False),
    Column("film", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("owner", Text),
    Column("claim", Text),
    Column("claimed_at", Float),
    Column("waiting_for", Text),
    Column("waiting_since", Float),
    UniqueConstraint("base", "take", name="one_intent_per_take"),
    Index("intents_by_waiting", "waiting_for"),
)

retakes = Table(
    "retakes",
    metadata,
    Column("base", Text, primary_key=True),
    Column("token", Text, primary_key=True),
    Column("take", Integer, nullable=False),
    Column("at", Float, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, ForeignKey("intents.key"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("substate", Text, nullable=False),
    Column("progress", Float),
    Column("operation", Text),
    Column("estimate", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("charged", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("film", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("begun_at", Float, nullable=False),
    Column("answered_at", Float),
    Column("ended_at", Float),
    Column("settled_at", Float),
    Column("account", Text),
    Column("sends", Integer, nullable=False, server_default="1"),
    UniqueConstraint("key", "number", name="attempts_by_key"),
    Index("attempts_by_run", "run"),
    Index("attempts_by_operation", "operation"),
    Index("attempts_by_state", "provider", "state"),
    Index("attempts_by_answer", "provider", "answered_at"),
    Index("attempts_by_end", "provider", "ended_at"),
    Index("attempts_by_day", "begun_at", "provider", "reserved", "charged"),
)

takes = Table(
    "takes",
    metadata,
    Column("key", Text, ForeignKey("intents.key"), primary_key=True),
    Column("attempt", Text, ForeignKey("attempts.id"), nullable=False),
    Column("path_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("duration", Float, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("fps", Float, nullable=False),
    Column("audio", Boolean, nullable=False),
    Column("details", Text, nullable=False),
    Column("stored_at", Float, nullable=False),
)

charges = Table(
    "charges",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("attempt", Text, ForeignKey("attempts.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Index("charges_by_key", "key"),
)

history = Table(
    "history",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("attempt", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("charged", BigInteger, nullable=False),
    Index("history_by_attempt", "attempt"),
    Index("history_by_time", "at"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("cap", Text, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("limit", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
    Column("told_at", Float),
    UniqueConstraint("cap", "threshold", name="one_alert_per_threshold"),
    Index("alerts_by_told", "told_at"),
)

vaults = Table(
    "vaults",
    metadata,
    Column("id", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("at", Float, nullable=False),
)
