"""Links to external services at a position."""

from urllib.parse import quote


def position_texts(ra: float, dec: float) -> tuple[str, str]:
    """A position in decimal degrees, and in hours and degrees to about 0.01 arcsec."""
    from astropy.coordinates import SkyCoord  # slow to import

    sexagesimal = SkyCoord(ra, dec, unit="deg").to_string(
        "hmsdms", sep=":", precision=3
    )
    return f"{ra:.6f} {dec:+.6f}", sexagesimal


def external_links(ra: float, dec: float, layer: str) -> list[tuple[str, str]]:
    """Names and URLs of external services at a position; ``layer`` of the viewer."""
    pair = quote(f"{ra:.6f} {dec:+.6f}")
    viewer = f"https://www.legacysurvey.org/viewer?ra={ra:.6f}&dec={dec:.6f}&zoom=16"
    return [
        ("Legacy Surveys viewer", f"{viewer}&layer={layer}&mark={ra:.6f},{dec:.6f}"),
        ("DESI spectra", f"{viewer}&layer={layer}&desi-spec-dr1"),
        (
            "SDSS SkyServer",
            "https://skyserver.sdss.org/dr18/VisualTools/explore/summary"
            f"?ra={ra:.6f}&dec={dec:.6f}",
        ),
        (
            "SIMBAD",
            f"https://simbad.cds.unistra.fr/simbad/sim-coo?Coord={pair}"
            "&CooFrame=ICRS&Radius=30&Radius.unit=arcsec",
        ),
        (
            "NED",
            "https://ned.ipac.caltech.edu/conesearch?search_type=Near%20Position%20Search"
            f"&in_csys=Equatorial&in_equinox=J2000&ra={ra:.6f}d&dec={dec:.6f}d&radius=0.5",
        ),
        (
            "VizieR",
            f"https://vizier.cds.unistra.fr/viz-bin/VizieR-4?-c={pair}&-c.rs=10",
        ),
        ("ESASky", f"https://sky.esa.int/?target={pair}&fov=0.05"),
        (
            "Aladin Lite",
            f"https://aladin.cds.unistra.fr/AladinLite/?target={pair}&fov=0.05",
        ),
    ]
