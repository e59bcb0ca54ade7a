"""At which account an attempt was bought, and how often its request was sent under its one id."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("account", sa.Text))
    op.add_column("attempts", sa.Column("sends", sa.Integer, nullable=False, server_default="1"))
