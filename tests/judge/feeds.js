// Reads feeds as two readers from npm do, rss-parser and feedparser, and prints what each of them found, as JSON.
const fs = require("node:fs");
const RssParser = require("rss-parser");
const FeedParser = require("feedparser");

const iso = (date) => new Date(date).toISOString();

const withRssParser = async (path) => {
  const feed = await new RssParser().parseString(fs.readFileSync(path, "utf8"));
  return feed.items.map((item) => ({
    title: item.title, link: item.link, id: item.guid ?? item.id, date: iso(item.isoDate ?? item.pubDate),
    text: item["content:encoded"] ?? item.content,
  }));
};

const withFeedParser = (path) => new Promise((resolve, reject) => {
  const items = [];
  const parser = new FeedParser();
  parser.on("error", reject);
  parser.on("readable", () => {
    for (let item = parser.read(); item; item = parser.read()) {
      items.push({ title: item.title, link: item.link, id: item.guid, date: iso(item.pubdate), text: item.description });
    }
  });
  parser.on("end", () => resolve(items));
  fs.createReadStream(path).pipe(parser);
});

(async () => {
  const found = {};
  for (const path of process.argv.slice(2)) {
    found[path] = { "rss-parser": await withRssParser(path), "npm's feedparser": await withFeedParser(path) };
  }
  process.stdout.write(JSON.stringify(found));
})();
