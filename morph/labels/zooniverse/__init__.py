"""Labels out of the exports of a Zooniverse project."""
