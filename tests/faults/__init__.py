"""Faults that morph survives, each really done: ``python -m tests.faults``.

A row of the table is a kind of fault; its module has the faults, as functions of a
`Trial` that raise an error if something was lost.
"""
