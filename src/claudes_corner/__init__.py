"""Claude's Corner: essays by a language model, from prompt to page, with nothing edited and nothing hidden."""

__version__ = "0.1.0"
