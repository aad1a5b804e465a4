"""Labels that people give to galaxies: questions, queues, answers and agreement."""
