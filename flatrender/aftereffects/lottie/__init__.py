"""The scene graph written as Lottie, the way Adobe's exporter bodymovin writes it.

Conversion rules follow bodymovin's published exporter (MIT) and the Lottie format description
(https://lottiefiles.github.io/lottie-docs/); what players need more strictly than those is said where it is done.
"""
