"""A development set for the layout of the embedded engine: pages whose truth is known, because they are drawn here.

``python -m benchmarks.layout`` draws them, converts them and prints what was found of them, by kind.
"""
