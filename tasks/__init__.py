"""The work: from bytes to articles, and from articles to a dataset. No Prefect, no command line.

`pipeline` shows the path of one document in a few lines. Each folder is one concept with a small face
(`__all__` of its `__init__`); other folders import the face and nothing inside.

Prefect, terminal output and command-line options are in `flows`, never here.

Begin with `pipeline`, then open the folder of the step that interests you.
"""
