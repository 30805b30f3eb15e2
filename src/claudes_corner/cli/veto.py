"""`corner veto`: one editor's veto."""

from __future__ import annotations

import click

from claudes_corner.cli.deciding import Sought, digest_option, make_salt, say_decided
from claudes_corner.cli.letter import say_answer, send_veto_letter
from claudes_corner.cli.options import by_option, shared_options
from claudes_corner.cli.session import Session
from claudes_corner.errors import CornerError, one_of
from claudes_corner.review.decisions import veto


def _codes(ctx: click.Context | None) -> str:
    """Name the codes of the published criteria; if there is no newsletter to tell them, where they are."""
    try:
        criteria = ctx.find_object(Session).workspace.config.review.criteria  # type: ignore[union-attr]
        return f"It is {one_of(criterion.code for criterion in criteria)}."
    except CornerError:
        return "The codes are in corner.toml: [[review.criteria]]."


@click.command("veto", short_help="Veto exactly the text with this digest.")
@click.argument("draft_id", metavar="ID")
@digest_option
@click.option(
    "--criterion",
    required=True,
    type=Sought(_codes),
    metavar="C",
    help="The code of a published criterion: [[review.criteria]] in corner.toml.",
)
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
