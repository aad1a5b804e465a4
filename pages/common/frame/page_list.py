"""The pages of the menu."""

# Group of the menu -> page -> icon; a page is `pages/<page>/<page>.py`. Those without
# a group stand side by side: beside the sidebar, 1280 pixels have room for no more.
PAGES = {
    "": {
        "overview": "travel_explore",
        "explore": "grid_view",
        "contrast": "contrast",
        "simplex": "change_history",
        "map": "map",
        "similar": "join",
        "galaxy": "center_focus_strong",
        "download": "download",
    },
    "Samples": {
        "designer": "tune",
        "populations": "stacked_line_chart",
        "subsets": "bookmarks",
        "label": "label",
    },
    "Models": {
        "compare": "compare",
        "data": "cloud_download",
        "runs": "model_training",
    },
    "About": {"methods": "menu_book"},
}
FIRST = "overview"  # at the root
WITHOUT_SELECTION = ("Data", "Runs", "Methods")  # titles; the others show the selection
# Of the pages, below the base path; "" is the first one's.
PATHS = frozenset(
    {"", "index.html", *(name for group in PAGES.values() for name in group)}
)
