package musiccorp.demo;

/** A file as somebody outside would hand it in: the feed it is for, its name, its text. */
record FeedFile(String feed, String name, String text) {}
