"""Published catalogues: where they are, and how they are downloaded.

A published catalogue is a TOML file that names a record of Zenodo, or an address, and
what the table in it is. Sizes, names and checksums come from the record when it is
asked, never from here. A download resumes where it was interrupted.
"""
