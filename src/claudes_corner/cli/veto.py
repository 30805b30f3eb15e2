"""`corner veto`: one editor's veto."""

from __future__ import annotations

import click

from claudes_corner.cli.deciding import digest_option, make_salt, say_decided
from claudes_corner.cli.letter import say_answer, send_veto_letter
from claudes_corner.cli.session import Session, by_option, shared_options
from claudes_corner.review.decisions import veto


@click.command("veto")
@click.argument("draft_id", metavar="ID")
@digest_option
@click.option("--criterion", required=True, metavar="C", help="The code of a published criterion.")
@click.option(
    "--reason", required=True, metavar="TEXT", help="Why; stays with the editors. Only its digest is recorded."
)
@click.option("--letter", "writes", is_flag=True, help="Also write to the author what was vetoed and why, at once.")
@by_option
@shared_options
def command(session: Session, draft_id: str, digest: str, criterion: str, reason: str, writes: bool) -> None:
    """Veto exactly the text with this digest: a hold, or the veto itself if it is the one that completes the quorum.

    The bar is high: disagreement, taste and quality are no reasons.
    """
    why = {"criterion": criterion, "reason": reason, "salt": make_salt()}
    standing = veto(session.workspace, draft_id, digest, session.editor, session.now(), **why)
    say_decided(session, standing)
    if writes:
        say_answer(send_veto_letter(session, draft_id, session.editor))
