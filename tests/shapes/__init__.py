"""Wire formats as their callers and servers speak them, by hand, a module each.

What is the same in all of a channel's stands in its `shape.py`.
"""
