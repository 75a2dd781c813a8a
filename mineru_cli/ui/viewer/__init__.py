"""``runs view``: a local page to look at results, each page's boxes beside what was read in them."""
