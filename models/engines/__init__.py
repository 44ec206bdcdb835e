"""Engines: ways to solve one network, each giving the same answer."""
