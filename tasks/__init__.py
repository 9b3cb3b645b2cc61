"""The work: from bytes to articles, and from articles to a dataset. No Prefect, no command line.

`pipeline` tells the path of one document in ten lines. Each folder is one concept with a small face
(`__all__` of its `__init__`); other folders import the face and nothing behind it.

Never here: Prefect, terminal output, command-line options (`flows` has them).

Begin with `pipeline`, then open the folder of the step that interests you.
"""
