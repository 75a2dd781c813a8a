"""``runs view``: a local web page of results, with each page's boxes next to their content."""
