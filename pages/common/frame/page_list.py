"""The pages of the menu."""

# Group of the menu -> page -> icon; a page is `pages/<page>/<page>.py`.
PAGES = {
    "": {
        "overview": "travel_explore",
        "explore": "grid_view",
        "contrast": "contrast",
        "simplex": "change_history",
        "map": "map",
        "similar": "join",
        "galaxy": "center_focus_strong",
    },
    "Samples": {
        "designer": "tune",
        "populations": "stacked_line_chart",
        "subsets": "bookmarks",
        "download": "download",
    },
    "Models": {
        "compare": "compare",
        "data": "cloud_download",
        "runs": "model_training",
    },
    "About": {"methods": "menu_book"},
}
WITHOUT_SELECTION = ("Data", "Runs", "Methods")  # titles; the others show the selection
