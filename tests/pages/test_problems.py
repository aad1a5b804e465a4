"""What a person sees of an error, and what they can report of it."""

from streamlit.testing.v1 import AppTest

from morph.errors import MorphError


def failing(error: Exception) -> None:
    from pages.common import problems

    assert problems.explain(error)


def shown(error: Exception) -> AppTest:
    page = AppTest.from_function(failing, args=(error,), default_timeout=20)
    page.query_params["bar_strong"] = ["0.5", "1"]
    return page.run()


def test_an_error_that_people_can_mend_is_one_sentence():
    page = shown(MorphError("there is no galaxy 'x'"))
    assert not page.exception
    assert page.error[0].value == "There is no galaxy 'x'"
    assert not page.code


def test_an_error_of_our_own_comes_with_a_report():
    page = shown(ValueError("no such thing"))
    assert not page.exception
    assert "went wrong" in page.error[0].value
    report = page.code[0].value
    for text in ("ValueError: no such thing", "duckdb: ", "Python: ", "bar_strong=0.5"):
        assert text in report
