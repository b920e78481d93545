"""a site's own fonts, sender of letters, first page and legal pages"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import flatrender.core.db

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TEXTS = {"sender_name": 100, "sender_address": 254, "reply_to": 254, "landing_picture": 64}
DOCUMENTS = ("fonts", "landing", "legal")


def upgrade() -> None:
    for name, length in TEXTS.items():
        text = sqlmodel.sql.sqltypes.AutoString(length=length)
        op.add_column("tenant", sa.Column(name, text, nullable=False, server_default=""))
    for name in DOCUMENTS:
        op.add_column("tenant", sa.Column(name, flatrender.core.db.JsonDict(), nullable=False, server_default="{}"))


def downgrade() -> None:
    for name in (*DOCUMENTS, *TEXTS):
        op.drop_column("tenant", name)
