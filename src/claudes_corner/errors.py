"""What can go wrong, as values a person can act on.

Owns the one `Problem` type that config, build, decisions and `--json` share, and the exceptions that carry it. Knows
nothing of where problems are found or how they are shown: only `cli/` prints, and only `cli/` exits.

Every message reads `where: what is wrong (expected X, found Y). What to do.`
"""

import errno
from collections.abc import Iterable

import msgspec

NAMED_AT_MOST = 3  # names that may have been meant
REMEDIES = dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Make room on the disk.")
REMEDIES |= dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "Look at its permissions.")
AS_NEAR = 0.02  # of difflib's ratio; one letter more or less in a short name is further


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a check found, or the one reason why an action stopped."""

    what: str  # what is wrong, lower case, without a full stop
    where: str = ""  # a relative path, with `:line` where there is one; empty if the place is plain
    expected: str = ""  # what would have been right
    found: str = ""  # what was there instead
    fix: str = ""  # what to do about it, one sentence

    def __str__(self) -> str:
        """Render the problem as one line, in the form the module's docstring gives."""
        facts = ", ".join(
            f"{name} {value}" for name, value in (("expected", self.expected), ("found", self.found)) if value
        )
        line = f"{self.where}: {self.what}" if self.where else self.what
        line += f" ({facts})" if facts else ""
        return f"{line}. {self.fix}" if self.fix else line


class CornerError(Exception):
    """Something that was refused or failed, and is explained: exit code 1, no traceback.

    Checks carry all the problems they found, actions the one they stopped at.
    """

    exit_code = 1

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class UsageError(CornerError):
    """The command was called in a way that cannot be meant: exit code 2."""

    exit_code = 2


class ConfigError(CornerError):
    """`corner.toml` is broken."""


class TextError(CornerError):
    """A text, its front matter or its transcript is not what its rule demands."""


class LedgerError(CornerError):
    """The ledger is broken, forked or contradicts itself."""


class WorkspaceError(CornerError):
    """The folders cannot be read or written as they should be."""


class AuthorError(CornerError):
    """The author could not be asked, or did not answer as it should."""


class DecisionError(CornerError):
    """A decision was refused: the rules do not allow it, or it is about another text than the one that was read."""


class DoubtError(DecisionError):
    """A decision waits to be confirmed: it may not be meant as it was given."""


class ThemeError(CornerError):
    """A theme is missing, or one of its templates fails."""


class BuildError(CornerError):
    """The site cannot be built from what is there; `site/` stays as it was."""


class DeployError(CornerError):
    """The site could not be sent, or is not at its target as it should be."""


def said_by(error: OSError) -> str:
    """Tell what the system says is wrong, in small letters."""
    return (error.strerror or str(error)).lower()


def remedy(error: OSError) -> str:
    """Tell what to do about what the system says; nothing, if that is not plain."""
    return REMEDIES.get(error.errno or 0, "")


def misread(error: Exception) -> str:
    """Tell in small letters why msgspec could not read what should have been JSON."""
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    said = " ".join(str(error).replace("`", "'").split())
    return said if said.startswith("JSON") else f"{said[:1].lower()}{said[1:]}"


def suggest(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant: `Did you mean 'title'?`; nothing, if none is near.

    Of several that are about as near as the nearest, none is picked: up to three are named.
    """
    import difflib  # only where something is wrong

    near = difflib.get_close_matches(name, sorted(known), n=NAMED_AT_MOST)
    ratios = [difflib.SequenceMatcher(None, each, name).ratio() for each in near]
    meant = sorted(f"'{each}'" for each, ratio in zip(near, ratios, strict=True) if ratio > ratios[0] - AS_NEAR)
    return f"Did you mean {' or '.join(filter(None, (', '.join(meant[:-1]), meant[-1])))}?" if meant else ""


def one_of(names: Iterable[str]) -> str:
    """Render a closed list of names for `Problem.expected`."""
    return f"one of: {', '.join(sorted(names))}"
