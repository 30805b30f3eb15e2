"""Older/newer links (the usual 'neighbors' plugin, cut to what the bench needs)."""

from pelican import signals


def link(generator):
    a = generator.articles  # newest first
    for i, x in enumerate(a):
        x.newer = a[i - 1] if i else None
        x.older = a[i + 1] if i + 1 < len(a) else None


def register():
    signals.article_generator_finalized.connect(link)
