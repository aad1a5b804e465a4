"""Published tables read into releases."""
