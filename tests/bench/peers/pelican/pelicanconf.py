AUTHOR = "The Weekly Letter"
SITENAME = "The Weekly Letter"
SITEURL = "https://letter.example"
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
PATH = "content"
OUTPUT_PATH = "public"
THEME = "theme"
THEME_STATIC_DIR = ""
PLUGIN_PATHS = ["plugins"]
PLUGINS = ["neighbours", "pelican.plugins.sitemap"]
SITEMAP = {"format": "xml"}
ARTICLE_URL = "essays/{slug}/"
ARTICLE_SAVE_AS = "essays/{slug}/index.html"
TAG_URL = "tags/{slug}/"
TAG_SAVE_AS = "tags/{slug}/index.html"
TAGS_SAVE_AS = "tags/index.html"
AUTHOR_SAVE_AS = AUTHORS_SAVE_AS = CATEGORY_SAVE_AS = CATEGORIES_SAVE_AS = ARCHIVES_SAVE_AS = ""
DIRECT_TEMPLATES = ["index", "archive", "tags"]
ARCHIVE_SAVE_AS = "archive/index.html"
PAGINATED_TEMPLATES = {"archive": 20}
PAGINATION_PATTERNS = (
    (1, "/archive/", "archive/index.html"),
    (2, "/archive/page/{number}/", "archive/page/{number}/index.html"),
)
DEFAULT_PAGINATION = 20
FEED_RSS = None
FEED_ALL_RSS = "feed.xml"
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
FEED_MAX_ITEMS = 20
RSS_FEED_SUMMARY_ONLY = False
TYPOGRIFY = False
STATIC_PATHS = []
MARKDOWN = {"extensions": ["markdown.extensions.meta", "markdown.extensions.extra"], "output_format": "html5"}
SUMMARY_MAX_LENGTH = 30
import os

if os.environ.get("PELICAN_CACHE", "1") == "1":  # the documented way to a faster rebuild
    CACHE_CONTENT = LOAD_CONTENT_CACHE = True
    CHECK_MODIFIED_METHOD = "mtime"
    GZIP_CACHE = False
