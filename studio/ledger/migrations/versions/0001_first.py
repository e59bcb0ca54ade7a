"""The first release's tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "owners",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started", sa.Text, nullable=False),
        sa.Column("seen", sa.Float, nullable=False),
    )
    op.create_table(
        "intents",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("take", sa.Integer, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("film", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("claim", sa.Text),
        sa.Column("claimed_at", sa.Float),
        sa.Column("waiting_for", sa.Text),
        sa.Column("waiting_since", sa.Float),
        sa.UniqueConstraint("base", "take", name="one_intent_per_take"),
    )
    op.create_index("intents_by_waiting", "intents", ["waiting_for"])
    op.create_table(
        "retakes",
        sa.Column("base", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("take", sa.Integer, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, sa.ForeignKey("intents.key"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("base_url", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("substate", sa.Text, nullable=False),
        sa.Column("progress", sa.Float),
        sa.Column("operation", sa.Text),
        sa.Column("estimate", sa.BigInteger, nullable=False),
        sa.Column("reserved", sa.BigInteger, nullable=False),
        sa.Column("charged", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("film", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("begun_at", sa.Float, nullable=False),
        sa.Column("answered_at", sa.Float),
        sa.Column("ended_at", sa.Float),
        sa.Column("settled_at", sa.Float),
        sa.UniqueConstraint("key", "number", name="attempts_by_key"),
    )
    op.create_index("attempts_by_run", "attempts", ["run"])
    op.create_index("attempts_by_operation", "attempts", ["operation"])
    op.create_index("attempts_by_state", "attempts", ["provider", "state"])
    op.create_index("attempts_by_answer", "attempts", ["provider", "answered_at"])
    op.create_index("attempts_by_end", "attempts", ["provider", "ended_at"])
    op.create_index("attempts_by_day", "attempts", ["begun_at", "provider", "reserved", "charged"])
    op.create_table(
        "takes",
        sa.Column("key", sa.Text, sa.ForeignKey("intents.key"), primary_key=True),
        sa.Column("attempt", sa.Text, sa.ForeignKey("attempts.id"), nullable=False),
        sa.Column("path_name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("duration", sa.Float, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("fps", sa.Float, nullable=False),
        sa.Column("audio", sa.Boolean, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("stored_at", sa.Float, nullable=False),
    )
    op.create_table(
        "charges",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("attempt", sa.Text, sa.ForeignKey("attempts.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("charges_by_key", "charges", ["key"])
    op.create_table(
        "history",
        sa.Column("seq", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("attempt", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("reserved", sa.BigInteger, nullable=False),
        sa.Column("charged", sa.BigInteger, nullable=False),
    )
    op.create_index("history_by_attempt", "history", ["attempt"])
    op.create_index("history_by_time", "history", ["at"])
    op.create_table(
        "alerts",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("cap", sa.Text, nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("used", sa.BigInteger, nullable=False),
        sa.Column("limit", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("told_at", sa.Float),
        sa.UniqueConstraint("cap", "threshold", name="one_alert_per_threshold"),
    )
    op.create_index("alerts_by_told", "alerts", ["told_at"])
    for table in ("history", "charges"):
        only_added_to(table)


def only_added_to(table: str) -> None:
    """What happened, and what was paid, is never rewritten."""
    sentence = f"{table} is only ever added to"
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{sentence}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_stays()"
    )
