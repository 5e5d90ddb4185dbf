"""A web page on the user's own machine on which photographs are coloured."""
