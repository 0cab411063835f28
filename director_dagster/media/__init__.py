"""Pictures and sound as files: encoding, probing, joining, captions and thumbnails."""
