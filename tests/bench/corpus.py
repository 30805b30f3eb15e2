"""Deterministic newsletter corpus: essays of about 900 words each.

Essay i depends on i only, so a corpus of 1,000 is a prefix of one of 10,000. Essay 0 is the newest (2026-11-20); each
further one is a week older; -1, -2 ... are newer by a day each. Hugo reads its front matter as YAML, Pelican as its own
'Key: value' header; the Markdown body is the same bytes for both. Standard library only.
"""

import datetime as dt
import os
import random

TAGS = [
    "attention",
    "books",
    "cities",
    "craft",
    "cooking",
    "design",
    "economics",
    "gardens",
    "history",
    "language",
    "letters",
    "maps",
    "memory",
    "music",
    "nature",
    "patience",
    "philosophy",
    "poetry",
    "politics",
    "science",
    "solitude",
    "technology",
    "travel",
    "weather",
    "work",
    "writing",
]

NOUNS = [
    "morning",
    "river",
    "letter",
    "argument",
    "garden",
    "machine",
    "library",
    "window",
    "neighbour",
    "habit",
    "season",
    "village",
    "kitchen",
    "notebook",
    "map",
    "silence",
    "harbour",
    "sentence",
    "question",
    "bridge",
    "teacher",
    "tool",
    "market",
    "promise",
    "winter",
    "orchard",
    "paragraph",
    "committee",
    "train",
    "radio",
    "newspaper",
    "lantern",
    "ledger",
    "essay",
    "melody",
    "chapter",
    "household",
    "engine",
    "forest",
    "signal",
    "corridor",
    "island",
    "printer",
    "compass",
    "archive",
    "proposal",
    "bakery",
    "theatre",
    "fence",
    "stranger",
    "experiment",
    "mirror",
    "apprentice",
    "translation",
    "century",
    "footpath",
    "factory",
    "calendar",
    "envelope",
    "rumour",
    "treaty",
    "novel",
    "carpenter",
    "workshop",
    "recipe",
    "station",
    "painting",
    "lecture",
    "telescope",
    "conversation",
    "editor",
    "street",
    "ceremony",
    "algorithm",
    "manuscript",
    "current",
    "furnace",
    "ritual",
    "postcard",
    "pattern",
    "clerk",
    "museum",
    "sparrow",
    "staircase",
    "telegram",
    "syllable",
    "reservoir",
    "courtyard",
    "hypothesis",
    "portrait",
    "detour",
    "inheritance",
    "ferry",
    "granary",
    "rehearsal",
    "diary",
    "surveyor",
    "almanac",
    "threshold",
    "lighthouse",
    "democracy",
    "sonnet",
    "measurement",
    "ladder",
    "mistake",
    "audience",
    "dictionary",
    "doorway",
    "shoreline",
    "tradition",
    "machine-room",
    "timetable",
    "appetite",
    "friendship",
    "gesture",
    "tempo",
    "catalogue",
    "weather",
    "furniture",
    "landscape",
    "invention",
    "memory",
    "patience",
    "attention",
    "labour",
    "fashion",
    "distance",
    "kindness",
    "ambition",
    "evidence",
    "grammar",
    "boredom",
    "curiosity",
    "grief",
    "leisure",
    "accuracy",
    "translation",
    "neighbourhood",
    "hunger",
    "laughter",
    "money",
    "darkness",
    "bread",
    "water",
    "paper",
    "music",
    "stone",
    "wood",
    "ink",
    "glass",
    "steam",
    "light",
    "rain",
    "snow",
    "dust",
    "smoke",
    "salt",
    "iron",
    "wool",
]

ADJ = [
    "quiet",
    "ordinary",
    "patient",
    "brittle",
    "generous",
    "narrow",
    "stubborn",
    "luminous",
    "careful",
    "provincial",
    "unfinished",
    "modest",
    "forgotten",
    "elaborate",
    "borrowed",
    "familiar",
    "peculiar",
    "anonymous",
    "temporary",
    "hollow",
    "reluctant",
    "deliberate",
    "cheerful",
    "faithful",
    "uneven",
    "delicate",
    "honest",
    "distant",
    "practical",
    "foolish",
    "slow",
    "gentle",
    "severe",
    "abundant",
    "private",
    "public",
    "ancient",
    "recent",
    "remote",
    "plain",
    "ornate",
    "crowded",
    "empty",
    "restless",
    "sturdy",
    "fragile",
    "obvious",
    "hidden",
    "bitter",
    "warm",
    "cold",
    "bright",
    "faded",
    "minor",
    "serious",
    "comic",
    "local",
    "foreign",
    "expensive",
    "humble",
    "awkward",
    "elegant",
    "dull",
    "vivid",
    "unlikely",
    "necessary",
    "accidental",
    "permanent",
]

VERBS = [
    "carries",
    "repairs",
    "remembers",
    "refuses",
    "explains",
    "borrows",
    "measures",
    "forgets",
    "rewards",
    "interrupts",
    "outlives",
    "describes",
    "imitates",
    "follows",
    "shelters",
    "translates",
    "doubts",
    "rescues",
    "abandons",
    "teaches",
    "corrects",
    "inherits",
    "disturbs",
    "gathers",
    "answers",
    "observes",
    "replaces",
    "preserves",
    "resists",
    "invites",
    "rearranges",
    "confuses",
    "softens",
    "reveals",
    "survives",
    "collects",
    "betrays",
    "orders",
    "neglects",
    "notices",
    "returns",
    "crosses",
    "copies",
    "weighs",
    "questions",
    "arranges",
    "divides",
    "softens",
    "publishes",
    "trusts",
    "delays",
    "ignores",
]

ADV = [
    "slowly",
    "quietly",
    "rarely",
    "almost",
    "seldom",
    "carefully",
    "usually",
    "stubbornly",
    "openly",
    "suddenly",
    "gradually",
    "politely",
    "badly",
    "cheaply",
    "faithfully",
    "merely",
    "perhaps",
    "eventually",
    "finally",
    "evidently",
]

NAMES = [
    "Montaigne",
    "Woolf",
    "Baldwin",
    "Sebald",
    "Lispector",
    "Ginzburg",
    "Chekhov",
    "Borges",
    "Didion",
    "Orwell",
    "Weil",
    "Hazlitt",
    "Bashō",
    "Achebe",
    "Szymborska",
    "Calvino",
    "Sontag",
    "Arendt",
    "Thoreau",
    "Dickinson",
    "Szabó",
    "Müller",
    "Čapek",
    "Ferrante",
    "Tagore",
    "Morrison",
    "Kierkegaard",
    "Æsop",
]

PLACES = [
    "Lisbon",
    "Trieste",
    "Kyoto",
    "Glasgow",
    "Oaxaca",
    "Tbilisi",
    "Bergen",
    "Ljubljana",
    "Valparaíso",
    "Kraków",
    "Dakar",
    "Hobart",
    "Galway",
    "Leipzig",
    "Mumbai",
    "Reykjavík",
    "Antwerp",
    "Porto",
    "Nagasaki",
    "Zürich",
]

CODES = [
    "git log --oneline",
    "sort -u",
    "Ctrl-Z",
    "SELECT count(*)",
    "README.md",
    "x = x + 1",
    "404",
    "make all",
    "utf-8",
    "grep -n",
    "robots.txt",
    "/dev/null",
    "cron",
    "diff -u",
]

SITES = [
    "https://example.org/essays/{a}-{b}",
    "https://archive.example.com/{a}/{b}.html",
    "https://www.example.net/{b}?year={y}",
    "https://en.example.org/wiki/{A}_{b}",
]

T = [  # sentence templates
    "The {adj} {n} {v} the {n}, and nobody in {place} {adv} asks why",
    "It is {adv} true that a {n} {v} its {n}; what is harder to say is which {n} it leaves behind",
    "{name} once wrote that every {n} is a kind of {n}, and I have {adv} wanted to disagree",
    "There is a {adj} sort of {n} that {v} whatever we put beside it",
    "When I moved to {place}, the {n} was {adj} and the {n} was worse",
    "I don't mean the {adj} {n} of the {n}; I mean the one that {v} you before breakfast",
    "We speak of {n} as though it were {n}, but a {n} can't be kept in a {n}",
    "In {year} the {n} at {place} was still {adj}, and its {n} {adv} worked",
    "My grandmother's {n} was {adj}, {adj} and, on Sundays, {adv} in use",
    "What the {n} {v}, the {n} {v}",
    "A {n} that {v} a {n} is not the same as a {n} that {v} one -- the difference is the {n}",
    '"You can have the {n}," she said, "or you can have the {n}, but don\'t expect the {n} to notice"',
    "Some of this is {n}, and some of it is only {adj} {n}",
    "If {name} is right, then the {n} of {place} {v} more than it {v}",
    "Nothing about the {n} suggested that it had been {adj} for {num} years",
    "The {n} was there, the {n} was not, and between the two of them lay {num} miles of {adj} {n}",
    "Think of the {n}: it {v} the {n}, it {v} the {n}, and it {adv} complains",
    "I kept the {n} in a drawer for {num} weeks before the {n} made it {adj}",
    "Every {n} needs a {n}, though few of them deserve a {adj} one",
    "It's the {n} we forget; the {adj} {n} we {adv} get to keep",
    'To call this {n} "{adj}" is to miss how {adv} the {n} {v} it',
    "Of the {num} people who answered my letter, {num} mentioned the {n} and one, a {adj} man from {place}, mentioned the {n}",
    "And yet",
    "This was, {adv}, a mistake",
    "Was the {n} ever really {adj}? Or had the {n} of {place} merely grown used to the {n}",
    "Readers of {name} will know the passage in which a {n} {v} a whole {n} and is thanked for it",
]


WORDS = 900


def _title_case(s):
    return s[:1].upper() + s[1:]


class Essay:
    def __init__(self, i):
        self.i = i
        r = self.r = random.Random(f"7:{i}")
        if i >= 0:
            day = dt.date(2026, 11, 20) - dt.timedelta(weeks=i)
        else:
            day = dt.date(2026, 11, 20) + dt.timedelta(days=-i)
        self.date = dt.datetime(day.year, day.month, day.day, 6, 30)
        a, b, c = r.choice(ADJ), r.choice(NOUNS), r.choice(NOUNS)
        form = r.randrange(4)
        self.title = [
            f"The {a.title()} {b.title()}",
            f"On {b.title()} and {c.title()}",
            f"Notes Toward a {a.title()} {b.title()}",
            f"{r.choice(NAMES)}'s {b.title()}: A Letter",
        ][form]
        key = f"{i:05d}" if i >= 0 else f"new-{-i:03d}"
        self.slug = f"{a}-{b}-{c}-{key}".lower()
        self.tags = sorted(r.sample(TAGS, r.choice((2, 2, 3, 3, 4))))
        self.description = self.sentence(plain=True)
        self.body = self._body()

    def _fill(self, t):
        r = self.r
        out = []
        j = 0
        while True:
            k = t.find("{", j)
            if k < 0:
                out.append(t[j:])
                break
            e = t.find("}", k)
            out.append(t[j:k])
            w = t[k + 1 : e]
            if w == "n":
                s = NOUNS[int(len(NOUNS) * r.random() ** 1.4)]
            elif w == "adj":
                s = ADJ[int(len(ADJ) * r.random() ** 1.3)]
            elif w == "v":
                s = r.choice(VERBS)
            elif w == "adv":
                s = r.choice(ADV)
            elif w == "name":
                s = r.choice(NAMES)
            elif w == "place":
                s = r.choice(PLACES)
            elif w == "year":
                s = str(r.randint(1804, 2019))
            else:
                s = r.choice(("two", "three", "six", "nine", "eleven", "twenty", "forty", "a hundred"))
            out.append(s)
            j = e + 1
        return "".join(out)

    def sentence(self, plain=False):
        r = self.r
        t = r.choice(T)
        s = self._fill(t)
        if not plain:
            x = r.random()
            if x < 0.10:
                s = self._mark(s, "*", "*")
            elif x < 0.13:
                s = self._mark(s, "**", "**")
            elif x < 0.185:
                u = r.choice(SITES).format(
                    a=r.choice(ADJ), b=r.choice(NOUNS), A=r.choice(NAMES), y=r.randint(1900, 2020)
                )
                ttl = f' "{r.choice(NAMES)} in {r.choice(PLACES)}"' if r.random() < 0.2 else ""
                s = self._mark(s, "[", f"]({u}{ttl})")
            elif x < 0.20:
                s += f" (see `{r.choice(CODES)}`)"
            elif x < 0.24:
                s += f" -- or so the {r.choice(NOUNS)} says..."
                return _title_case(s)
        return _title_case(s) + ("?" if s.startswith("Was ") else ".")

    def _mark(self, s, a, b):
        w = s.split(" ")
        n = self.r.choice((1, 1, 2, 3))
        if len(w) < n + 2:
            return s
        k = self.r.randrange(1, len(w) - n)
        pick = w[k : k + n]
        if any(ch in '"*[]()`;:,-' for x in pick for ch in x):
            return s
        return " ".join(w[:k] + [a + " ".join(pick) + b] + w[k + n :])

    def para(self, lo=3, hi=7):
        return " ".join(self.sentence() for _ in range(self.r.randint(lo, hi)))

    def _body(self):
        r = self.r
        blocks, count = [], 0

        def add(b):
            nonlocal count
            blocks.append(b)
            count += len(b.split())

        poem_at = r.randint(2, 6) if r.random() < 0.2 else -1
        section = 0
        add(self.para())
        add(self.para())
        while count < WORDS - 40:
            x = r.random()
            k = len(blocks)
            if k == poem_at:
                stanzas = []
                for _ in range(r.randint(1, 3)):
                    lines = [
                        self._fill(
                            r.choice(
                                (
                                    "the {adj} {n}",
                                    "and {n} {v} the {n}",
                                    "no {n} but {adj} {n},",
                                    "{adv} the {n} {v}",
                                    "in {place}, {adj} {n}",
                                )
                            )
                        )
                        for _ in range(4)
                    ]
                    stanzas.append(r.choice(("  \n", "\\\n")).join(lines))
                add("\n\n".join(stanzas))
            elif k and k % 5 == 4:
                section += 1
                add(
                    f"## {_title_case(self._fill(r.choice(('The {adj} {n}', 'What the {n} {v}', 'On {n}', 'A {n} in {place}'))))}"
                )
                if r.random() < 0.15:
                    add(f"### {_title_case(self._fill('the {n} of {place}'))}")
                add(self.para())
            elif x < 0.08:
                q = self.para(1, 3).split(" ")
                h = max(1, len(q) // 2)
                add("> " + " ".join(q[:h]) + "\n> " + " ".join(q[h:]) + f"\n>\n> -- {r.choice(NAMES)}")
            elif x < 0.13:
                add("\n".join(f"- {self.sentence()}" for _ in range(r.randint(3, 5))))
            elif x < 0.16:
                add("\n".join(f"{m}. {self.sentence()}" for m in range(1, r.randint(4, 6))))
            elif x < 0.18:
                add("* * *")
                add(self.para())
            else:
                p = self.para()
                if r.random() < 0.3:  # hard-wrapped source lines, as some writers do
                    w, line, out = p.split(" "), "", []
                    for t in w:
                        if len(line) + len(t) > 88 and t[:1] not in "-*+#>0123456789":
                            out.append(line)
                            line = t
                        else:
                            line = f"{line} {t}" if line else t
                    p = "\n".join(out + [line])
                add(p)
        return "\n\n".join(blocks) + "\n"

    # --- the peers' files ---------------------------------------------------
    def yaml(self):
        q = lambda s: '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return (
            "---\n"
            f"title: {q(self.title)}\n"
            f"date: {self.date:%Y-%m-%dT%H:%M:%S}Z\n"
            "tags:\n" + "".join(f"  - {t}\n" for t in self.tags) + f"description: {q(self.description)}\n"
            f"slug: {self.slug}\n"
            "---\n\n"
        )

    def render(self, peer):
        if peer == "pelican":
            return (
                f"Title: {self.title}\nDate: {self.date:%Y-%m-%d %H:%M}\nTags: {', '.join(self.tags)}\n"
                f"Slug: {self.slug}\nDescription: {self.description}\n\n{self.body}"
            )
        return self.yaml() + self.body


FOLDER = {"hugo": "content/essays", "pelican": "content"}


def write(e, peer, out):
    d = os.path.join(out, FOLDER[peer])
    os.makedirs(d, exist_ok=True)
    with open(os.path.join(d, e.slug + ".md"), "w", encoding="utf-8", newline="\n") as f:
        f.write(e.render(peer))
