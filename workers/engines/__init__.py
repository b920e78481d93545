"""Engines that a node offers."""
