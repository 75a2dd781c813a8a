"""``runs view``: a local page to look at results, each page's boxes next to what was read in them."""
